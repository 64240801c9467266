import { describe, expect, it } from 'vitest';
import type { FlinkError } from '../../src/core/errors.js';
import { sharedKernels } from '../../src/operators/specialise.js';
import { DirectCall } from '../../src/runtime/direct-call.js';
import { isBatch } from '../../src/runtime/exchange/channel.js';
import { openLocalChannel } from '../../src/runtime/exchange/local-channel.js';
import { labelOperator, locateFailure } from '../../src/runtime/failure.js';
import { deferred, settled, taskOf, type TaskOptions, type TaskSetup } from './chain-fixture.js';

async function started(options: TaskOptions = {}): Promise<TaskSetup> {
  const setup = taskOf(options);
  await setup.task.start();
  setup.log.length = 0;
  return setup;
}

const reported = (setup: TaskSetup): string[] => setup.states.map(({ state }) => state);

describe('the start of a task', () => {
  it('opens the chain from tail to head, then starts the input, then runs', async () => {
    const setup = taskOf({ scripts: [{}, {}] });
    await setup.task.start();
    expect(setup.log).toEqual(['b.open', 'a.open', 'input.start']);
    expect(reported(setup)).toEqual(['INITIALIZING', 'RUNNING']);
    expect(setup.wakes).toBe(1);
  });

  it('runs no turn before it has opened', async () => {
    const setup = taskOf();
    setup.input.turns.push(() => {
      throw new Error('too early');
    });
    expect([setup.task.ready, setup.task.run(0)]).toEqual([false, 'wait']);
  });

  it('keeps mail until it runs', async () => {
    const setup = taskOf();
    setup.task.post(() => setup.log.push('mail'));
    setup.task.run(0);
    await setup.task.start();
    setup.task.run(0);
    expect(setup.log).toEqual(['a.open', 'input.start', 'mail', 'a.flush']);
  });

  it('fails with the operator that does not open, and closes all of them', async () => {
    const setup = taskOf({ scripts: [{}, { open: () => Promise.reject(new Error('no disk')) }] });
    await setup.task.start();
    await settled();
    expect(setup.log).toEqual(['b.open', 'input.close', 'a.close', 'b.close']);
    expect(setup.states.at(-1)).toMatchObject({ state: 'FAILED', error: { message: 'Error: no disk', place: { operator: 'b' } } });
  });

  it('fails when the input does not start', async () => {
    const setup = taskOf({ life: { start: () => Promise.reject(new Error('no file')) } });
    await setup.task.start();
    await settled();
    expect(reported(setup)).toEqual(['INITIALIZING', 'FAILED']);
    expect(setup.log).toEqual(['a.open', 'input.start', 'input.close', 'a.close']);
  });

  it('waits, when it is cancelled, for the operator that is opening, and opens no other', async () => {
    const opening = deferred();
    const setup = taskOf({ scripts: [{}, { open: () => opening.promise }] });
    void setup.task.start();
    setup.task.cancel();
    await settled();
    expect(setup.log).toEqual(['b.open']);
    opening.resolve();
    await settled();
    expect(setup.log).toEqual(['b.open', 'input.close', 'a.close', 'b.close']);
    expect(reported(setup)).toEqual(['INITIALIZING', 'CANCELED']);
  });

  it('is cancelled, not failed, when the opening that it waits for throws', async () => {
    const opening = deferred();
    const setup = taskOf({ scripts: [{ open: () => opening.promise }] });
    void setup.task.start();
    setup.task.cancel();
    opening.reject(new Error('interrupted'));
    await settled();
    expect(reported(setup)).toEqual(['INITIALIZING', 'CANCELED']);
  });
});

describe('a turn of a task', () => {
  it('waits after an idle input and goes on after one that has more', async () => {
    const setup = await started();
    setup.input.turns.push('more', 'idle');
    expect([setup.task.run(0), setup.task.run(0)]).toEqual(['again', 'wait']);
  });

  it('hands over what is buffered when there is nothing else to do, and only then', async () => {
    const setup = await started();
    setup.input.turns.push('more', 'idle', 'idle');
    setup.task.run(0);
    expect(setup.log).toEqual([]);
    setup.task.run(0);
    setup.task.run(0);
    expect(setup.log).toEqual(['a.flush', 'a.flush']);
  });

  it('hands over what is buffered while it is busy, once the buffer timeout has passed', async () => {
    const { output } = openLocalChannel();
    const setup = await started({ channels: [output], bufferTimeoutMs: 20 });
    setup.input.turns.push('more', 'more', 'more');
    setup.task.run(0);
    setup.clock.advance(19);
    setup.task.run(0);
    expect(setup.log).toEqual([]);
    setup.clock.advance(1);
    setup.task.run(0);
    expect(setup.log).toEqual(['a.flush']);
  });

  it('reads its mail between two records', async () => {
    const setup = await started();
    setup.input.turns.push(() => {
      setup.task.post(() => setup.log.push('mail'));
      setup.log.push('record');
      return 'more';
    }, () => {
      setup.log.push('next record');
      return 'more';
    });
    setup.task.run(0);
    setup.task.run(0);
    expect(setup.log).toEqual(['record', 'mail', 'next record']);
  });

  it('fails with the record that was being processed', async () => {
    const setup = await started();
    setup.input.record = { value: { word: 'x' } };
    setup.input.turns.push(() => {
      throw new TypeError('boom');
    });
    expect(setup.task.run(0)).toBe('wait');
    await settled();
    expect(setup.states.at(-1)!.error).toMatchObject({ code: 'USER_FUNCTION', message: 'TypeError: boom', place: { operator: 'a', subtask: 0, record: "{ word: 'x' }" } });
    expect(setup.log).toEqual(['input.close', 'a.close']);
  });

  it.each(['fails', 'is cancelled'] as const)('goes straight to closing its operators when it %s: none hears of the end of its input, none finishes', async (how) => {
    const setup = await started({ scripts: [{}, {}] });
    setup.input.turns.push(() => {
      throw new TypeError('boom');
    });
    if (how === 'fails') setup.task.run(0);
    else setup.task.cancel();
    await settled();
    expect(setup.log).toEqual(['input.close', 'a.close', 'b.close']);
    expect(reported(setup).at(-1)).toBe(how === 'fails' ? 'FAILED' : 'CANCELED');
  });

  it('names no record when a call in its mail throws', async () => {
    const setup = await started();
    setup.input.record = { value: 'innocent' };
    setup.task.post(() => {
      throw new Error('late');
    });
    setup.task.run(0);
    await settled();
    expect((setup.states.at(-1)!.error as FlinkError).place).toEqual({ operator: 'a', subtask: 0, parallelism: 1 });
  });

  it('has a terminal state and takes no more turns after it failed', async () => {
    const setup = await started();
    setup.task.fail(new Error('x'));
    setup.task.fail(new Error('y'));
    setup.task.cancel();
    await settled();
    expect(reported(setup)).toEqual(['INITIALIZING', 'RUNNING', 'FAILED']);
    expect([setup.task.run(0), setup.task.over, setup.task.ready]).toEqual(['over', true, false]);
  });
});

describe('back pressure on a task', () => {
  it('is held while an output has no room, and ready again when it has', async () => {
    const { output, input } = openLocalChannel(1);
    const setup = await started({ channels: [output], scripts: [{}] });
    setup.input.turns.push(() => {
      for (const value of [1, 2]) setup.task.parts.chain.head!.inputs[0]!(value as never, 0);
      return 'held';
    });
    expect(setup.task.run(0)).toBe('wait');
    expect([setup.gate.holds, setup.task.ready]).toEqual([1, false]);
    const wakes = setup.wakes;
    input.poll();
    expect(setup.task.ready).toBe(true);
    expect([setup.gate.holds, setup.wakes]).toEqual([0, wakes + 1]);
  });

  it('shows in its counters', async () => {
    const setup = await started();
    setup.input.turns.push('held');
    setup.task.run(0);
    setup.clock.advance(50);
    expect(setup.metrics.read(setup.clock.now())).toMatchObject({ backPressuredMs: 50, busyMs: 0, idleMs: 0 });
  });
});

describe('the end of a task', () => {
  it('finishes from head to tail, announces the end downstream, and closes', async () => {
    const { output, input } = openLocalChannel();
    const setup = await started({ channels: [output], scripts: [{}, {}] });
    setup.input.turns.push('ended');
    setup.task.run(0);
    await settled();
    expect(setup.log).toEqual(['a.finish', 'b.endInput(0)', 'b.finish']);
    expect([input.poll(), input.poll()]).toEqual([{ type: 'end-of-data', drain: true }, { type: 'end-of-partition' }]);
    setup.task.run(0);
    await settled();
    expect(setup.log.slice(3)).toEqual(['input.close', 'a.close', 'b.close']);
    expect(reported(setup)).toEqual(['INITIALIZING', 'RUNNING', 'FINISHED']);
  });

  it('of a source sends the last watermark first', async () => {
    const { output, input } = openLocalChannel();
    const setup = await started({ channels: [output], scripts: [{ finish: () => setup.log.push('finish') as unknown as void }], parts: { isSource: true } });
    setup.input.turns.push('ended');
    setup.task.run(0);
    await settled();
    expect(input.poll()).toEqual({ type: 'watermark', timestamp: Number.POSITIVE_INFINITY });
  });

  it('comes only when its outputs have taken everything', async () => {
    const { output, input } = openLocalChannel(1);
    const setup = await started({ channels: [output] });
    setup.input.turns.push(() => {
      for (const value of [1, 2]) setup.task.parts.chain.head!.inputs[0]!(value as never, 0);
      return 'ended';
    });
    setup.task.run(0);
    await settled();
    expect([setup.task.run(0), setup.task.ready]).toEqual(['wait', false]);
    expect(isBatch(input.poll()!)).toBe(true);
    expect(setup.task.ready).toBe(true);
    setup.task.run(0);
    await settled();
    expect(setup.states.at(-1)!.state).toBe('FINISHED');
  });

  it('sends what is buffered without waiting for an operator that finishes slowly', async () => {
    const { output, input } = openLocalChannel();
    const finishing = deferred();
    const setup = await started({ channels: [output], scripts: [{ finish: () => finishing.promise }] });
    setup.input.turns.push(() => {
      setup.task.parts.chain.head!.inputs[0]!('last' as never, 0);
      return 'ended';
    });
    expect([setup.task.run(0), setup.task.run(0)]).toEqual(['again', 'wait']);
    expect(isBatch(input.poll()!)).toBe(true);
    setup.task.post(() => setup.task.parts.chain.headOutput.emit('late', 0));
    setup.task.run(0);
    expect(isBatch(input.poll()!)).toBe(true);
  });

  it('fails when an operator cannot finish', async () => {
    const setup = await started({ scripts: [{}, { finish: () => Promise.reject(new Error('lost')) }] });
    setup.input.turns.push('ended');
    setup.task.run(0);
    await settled();
    expect(setup.states.at(-1)).toMatchObject({ state: 'FAILED', error: { place: { operator: 'b' } } });
  });

  it('when cancelled while an operator finishes, closes at once and finishes no other', async () => {
    const finishing = deferred();
    const setup = await started({ scripts: [{ finish: () => finishing.promise }, {}] });
    setup.input.turns.push('ended');
    setup.task.run(0);
    setup.task.cancel();
    await settled();
    expect(setup.log).toEqual(['a.finish', 'input.close', 'a.close', 'b.close']);
    finishing.resolve();
    await settled();
    expect(setup.log).toHaveLength(4);
    expect(reported(setup).at(-1)).toBe('CANCELED');
  });

  it('closes the chain even when the input does not close, and says what went wrong first', async () => {
    const setup = await started({ scripts: [{ close: () => Promise.reject(new Error('second')) }], life: { close: () => Promise.reject(new Error('first')) } });
    setup.input.turns.push('ended');
    setup.task.run(0);
    await settled();
    setup.task.run(0);
    await settled();
    expect(setup.log.slice(-2)).toEqual(['input.close', 'a.close']);
    expect(setup.states.at(-1)).toMatchObject({ state: 'FAILED', error: { message: 'Error: first' } });
  });

  it('makes failures forget who its operators were', async () => {
    const place = { operator: 'Gone', subtask: 0, parallelism: 1 };
    const label = labelOperator(place);
    const error = new Error('late');
    error.stack = `Error: late\n    at map (flink-operator-${label}-1:3:5)`;
    const setup = await started({ parts: { labels: [label] } });
    expect(locateFailure(error, setup.task.parts.head).place).toEqual(place);
    setup.task.cancel();
    await settled();
    expect(locateFailure(error, setup.task.parts.head).place!.operator).toBe('a');
  });

  it('stays cancelled when something does not close', async () => {
    const setup = await started({ scripts: [{ close: () => Promise.reject(new Error('x')) }] });
    setup.task.cancel();
    await settled();
    expect(setup.states.at(-1)).toMatchObject({ state: 'CANCELED', error: undefined });
  });

  it('keeps the failure, not what closing threw after it', async () => {
    const setup = await started({ scripts: [{ close: () => Promise.reject(new Error('second')) }] });
    setup.task.fail(new Error('first'));
    await settled();
    expect(setup.states.at(-1)!.error!.message).toBe('Error: first');
  });
});

describe('a staged task', () => {
  const scripts = [{}, { opensLast: true }];

  it('opens all but sinks, says so, and opens these and takes input when it is told to begin', async () => {
    const setup = taskOf({ scripts, parts: { staged: true } });
    const starting = setup.task.start();
    await settled();
    expect(setup.log).toEqual(['a.open', 'task opened']);
    expect(setup.states.map(({ state }) => state)).toEqual(['INITIALIZING']);
    setup.task.begin();
    await starting;
    expect(setup.log).toEqual(['a.open', 'task opened', 'b.open', 'input.start']);
    expect(setup.states.at(-1)!.state).toBe('RUNNING');
  });

  it('whose sinks wait takes input before it opens them, and says that it runs only then', async () => {
    const setup = taskOf({ scripts, parts: { staged: true } });
    const starting = setup.task.start();
    await settled();
    setup.task.begin(false);
    await settled();
    expect(setup.log).toEqual(['a.open', 'task opened', 'b.awaitOpening', 'input.start']);
    setup.input.turns.push(() => {
      setup.log.push('input');
      return 'idle';
    });
    expect(setup.task.ready).toBe(true);
    setup.task.run(Number.POSITIVE_INFINITY);
    expect(setup.states.map(({ state }) => state)).toEqual(['INITIALIZING']);
    setup.task.openSinks();
    await starting;
    expect(setup.log.slice(4).filter((line) => !line.endsWith('.flush'))).toEqual(['input', 'b.open']);
    expect(setup.states.at(-1)!.state).toBe('RUNNING');
  });

  it('whose sinks wait finishes only when they are open, and says before that no more keys come', async () => {
    const setup = taskOf({ scripts, parts: { staged: true } });
    void setup.task.start();
    await settled();
    setup.task.begin(false);
    await settled();
    setup.input.turns.push('ended');
    setup.task.run(Number.POSITIVE_INFINITY);
    await settled();
    expect(setup.log.at(-1)).toBe('task keys of a,b end');
    setup.task.openSinks();
    await settled();
    expect(setup.log.filter((line) => line === 'b.open' || line.endsWith('.finish'))).toEqual(['b.open', 'a.finish', 'b.finish']);
  });

  it('whose sinks wait never opens them when it fails before', async () => {
    const setup = taskOf({ scripts, parts: { staged: true } });
    void setup.task.start();
    await settled();
    setup.task.begin(false);
    await settled();
    setup.task.fail(new Error('another type'));
    await settled();
    expect(setup.log).not.toContain('b.open');
    expect(setup.log.slice(-2)).toEqual(['a.close', 'b.close']);
    expect(setup.states.at(-1)!.state).toBe('FAILED');
  });

  it('says of its operators that no key comes any more when its input has ended', async () => {
    const setup = taskOf({ scripts, parts: { staged: true } });
    void setup.task.start();
    await settled();
    setup.task.begin();
    await settled();
    setup.input.turns.push('ended');
    setup.task.run(Number.POSITIVE_INFINITY);
    expect(setup.log).toContain('task keys of a,b end');
  });

  it('has written to nothing when its operators cannot be opened', async () => {
    const setup = taskOf({ scripts: [{ open: () => Promise.reject(new Error('no')) }, { opensLast: true }], parts: { staged: true } });
    await setup.task.start();
    await settled();
    expect(setup.log).not.toContain('b.open');
    expect(setup.states.at(-1)!.state).toBe('FAILED');
  });

  it('ends when it is cancelled while it waits', async () => {
    const setup = taskOf({ scripts, parts: { staged: true } });
    void setup.task.start();
    await settled();
    setup.task.cancel();
    await settled();
    expect(setup.log).not.toContain('b.open');
    expect(setup.states.at(-1)!.state).toBe('CANCELED');
  });
});

describe('a task that another one calls directly', () => {
  /** `driver` calls `called`: operators a (driver) and a (called), whose log lines are prefixed. */
  function pair(called: TaskOptions = {}, driver: TaskOptions = {}): { called: TaskSetup; driver: TaskSetup } {
    const inner = taskOf({ ...called, parts: { name: 'called', input: undefined, ...called.parts } });
    const call = new DirectCall(inner.task, inner.metrics, sharedKernels);
    const outer = taskOf({ ...driver, parts: { name: 'driver', calls: [call], listener: inner.task.parts.listener, ...driver.parts } });
    return { called: inner, driver: outer };
  }
  const states = ({ called }: { called: TaskSetup }): string[] => called.states.map(({ task, state }) => `${task} ${state}`);

  it('opens before its driver and ends with it, the driver being reported first', async () => {
    const both = pair();
    await both.driver.task.start();
    both.driver.input.turns.push('ended');
    both.driver.task.run(0);
    await settled();
    both.driver.task.run(0);
    await settled();
    expect(both.called.log).toEqual(['a.open', 'a.endInput(0)', 'a.finish', 'a.close']);
    expect(states(both)).toEqual(['called INITIALIZING', 'driver INITIALIZING', 'called RUNNING', 'driver RUNNING', 'driver FINISHED', 'called FINISHED']);
  });

  it('that does not open makes its driver fail before it has opened anything', async () => {
    const both = pair({ scripts: [{ open: () => Promise.reject(new Error('no')) }] });
    await both.driver.task.start();
    await settled();
    expect(both.driver.log).toEqual(['input.close', 'a.close']);
    expect(states(both)).toEqual(['called INITIALIZING', 'driver FAILED', 'called CANCELED']);
    expect(both.called.states[1]!.error).toMatchObject({ message: 'Error: no' });
  });

  it('is waited for when its driver is cancelled while it opens', async () => {
    const opening = deferred();
    const both = pair({ scripts: [{ open: () => opening.promise }] });
    void both.driver.task.start();
    both.driver.task.cancel();
    await settled();
    expect(both.called.log).toEqual(['a.open']);
    opening.resolve();
    await settled();
    expect(both.called.log).toEqual(['a.open', 'a.close']);
    expect(both.driver.log).toEqual(['input.close', 'a.close']);
    expect(states(both)).toEqual(['called INITIALIZING', 'driver CANCELED', 'called CANCELED']);
  });

  it('has its mail read by its driver', async () => {
    const both = pair();
    await both.driver.task.start();
    both.called.task.post(() => both.called.log.push('mail'));
    expect(both.driver.task.ready).toBe(true);
    both.driver.task.run(0);
    expect(both.called.log).toContain('mail');
    expect(both.called.task.run(0)).toBe('wait');
  });

  it('makes its driver fail with what its own mail throws', async () => {
    const both = pair();
    await both.driver.task.start();
    both.called.task.post(() => {
      throw new Error('x');
    });
    both.driver.task.run(0);
    await settled();
    expect(states(both).slice(-2)).toEqual(['driver FAILED', 'called CANCELED']);
  });
});
