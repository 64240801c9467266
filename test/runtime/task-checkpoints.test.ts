import { describe, expect, it } from 'vitest';
import type { SnapshotInProgress } from '../../src/state/operator-snapshot.js';
import { sharedKernels } from '../../src/operators/specialise.js';
import { DirectCall } from '../../src/runtime/direct-call.js';
import type { OperatorMemory } from '../../src/runtime/operator-chain.js';
import { isBatch, type InputChannel } from '../../src/runtime/exchange/channel.js';
import { openLocalChannel } from '../../src/runtime/exchange/local-channel.js';
import { barrierOf } from './barriers/facts.js';
import { deferred, settled, taskOf, type TaskOptions, type TaskSetup } from './chain-fixture.js';

const NOW = { firstBarrierAt: 1000, unaligned: false };

/** A state whose snapshot takes `steps` steps and is noted in `log`. */
function memoryOf(log: string[], steps: number, result: () => ReturnType<SnapshotInProgress['result']> = () => Promise.resolve(STATE)): OperatorMemory {
  return {
    quiesce: () => {},
    restore: (state, reader) => reader.read(state.operator[0]!.file).then((bytes) => void log.push(`restore ${bytes.join()}`)),
    snapshot: ({ checkpointId }) => {
      log.push(`snapshot ${checkpointId}`);
      let left = steps;
      return { step: () => left-- <= 0, result, abandon: () => void log.push(`abandon ${checkpointId}`) };
    },
  };
}

const STATE = { keyed: [], operator: [{ file: { kind: 'inline' as const, bytes: new Uint8Array([1, 2, 3]) }, states: [] }] };

/** A running task whose output is `out`. */
async function started(options: TaskOptions = {}): Promise<{ setup: TaskSetup; out: InputChannel }> {
  const { output, input: out } = openLocalChannel();
  const setup = taskOf({ channels: [output], ...options });
  setup.input.onTrigger = (barrier) => setup.task.checkpoints.take(barrier, NOW);
  await setup.task.start();
  setup.log.length = 0;
  return { setup, out };
}

function arrived(out: InputChannel): string[] {
  const items: string[] = [];
  for (let item = out.poll(); item; item = out.poll()) {
    items.push(isBatch(item) ? `records ${item.values.slice(0, item.count).join()}` : item.type === 'barrier' ? `barrier ${item.barrier.checkpointId}` : item.type === 'cancel-barrier' ? `cancel ${item.checkpointId}` : item.type);
  }
  return items;
}

const emitting = (setup: TaskSetup, value: string): void => setup.task.parts.chain.headOutput.emit(value, 0);

describe('a checkpoint of a task', () => {
  it('asks the operators from head to tail, takes the state, and sends the barrier behind the records so far', async () => {
    const log: string[] = [];
    const { setup, out } = await started({ scripts: [{ snapshotState: () => {}, memory: memoryOf(log, 0) }, { snapshotState: () => {} }] });
    setup.input.turns.push(() => {
      emitting(setup, 'before');
      setup.task.checkpoints.take(barrierOf(1), NOW);
      emitting(setup, 'after');
      return 'idle';
    });
    setup.task.run(0);
    await settled();
    expect(setup.log.filter((line) => /snapshotState/.test(line))).toEqual(['a.snapshotState([object Object])', 'b.snapshotState([object Object])', 'input.snapshotState(1)']);
    expect(log).toEqual(['snapshot 1']);
    expect(arrived(out)).toEqual(['records before', 'barrier 1', 'records after']);
  });

  it('takes no record and no mail while an operator works on it, and what it emits comes before the barrier', async () => {
    const working = deferred();
    const { setup, out } = await started({ scripts: [{ snapshotState: () => working.promise }] });
    setup.input.turns.push(() => {
      setup.task.checkpoints.take(barrierOf(1), NOW);
      return 'more';
    }, () => {
      setup.log.push('record');
      return 'idle';
    });
    setup.task.run(0);
    setup.task.post(() => setup.log.push('mail'));
    expect([setup.task.run(0), setup.task.ready, setup.gate.holds]).toEqual(['wait', false, 1]);
    expect(setup.log).not.toContain('mail');
    emitting(setup, 'flushed');
    working.resolve();
    await settled();
    expect([setup.task.ready, setup.gate.holds]).toEqual([true, 1]);
    setup.task.run(0);
    expect(setup.gate.holds).toBe(0);
    expect(setup.log.indexOf('mail')).toBeLessThan(setup.log.indexOf('record'));
    expect(arrived(out)).toEqual(['records flushed', 'barrier 1']);
  });

  it('fails the task, naming the operator, when an operator cannot take part', async () => {
    const { setup } = await started({ scripts: [{}, { snapshotState: () => Promise.reject(new Error('disk full')) }] });
    setup.task.triggerCheckpoint(barrierOf(1));
    setup.task.run(0);
    await settled();
    expect(setup.states.at(-1)).toMatchObject({ state: 'FAILED', error: { message: 'Error: disk full', place: { operator: 'b' } } });
  });

  it('is written in steps between records, then acknowledged with what is stored', async () => {
    const log: string[] = [];
    const { setup } = await started({ scripts: [{ memory: memoryOf(log, 3) }, {}] });
    setup.task.triggerCheckpoint(barrierOf(1));
    setup.clock.advance(20);
    for (let turn = 0; turn < 20 && setup.stored.length === 0; turn++) {
      setup.input.turns.push('more');
      setup.task.run(0);
      await settled();
    }
    expect(setup.stored).toMatchObject([{ checkpointId: 1, finished: false, operators: { a: STATE }, metrics: { bytes: 3, fullBytes: 3, inFlightBytes: 0, unaligned: false } }]);
    expect(Object.keys(setup.stored[0]!.operators)).toEqual(['a']);
  });

  /** Runs a task that is always busy, in turns of 2 ms, while a snapshot without end is written. */
  async function busy(stepMs: number, betweenMs: (turn: number) => number = () => 0): Promise<{ setup: Awaited<ReturnType<typeof started>>['setup']; steps: () => number; stretches: number[] }> {
    let steps = 0;
    const stretches: number[] = [];
    const memory: OperatorMemory = {
      ...memoryOf([], 0),
      snapshot: () => ({
        step: () => {
          steps += 1;
          setup.clock.advance(stepMs);
          return false;
        },
        result: () => Promise.resolve(undefined),
        abandon: () => {},
      }),
    };
    const { setup } = await started({ scripts: [{ memory }] });
    setup.input.turns.push(() => {
      setup.task.checkpoints.take(barrierOf(1), NOW);
      return 'more';
    });
    for (let turn = 0; turn < BUSY_TURNS; turn++) {
      const before = steps;
      setup.task.run(0);
      if (steps > before) stretches.push((steps - before) * stepMs);
      setup.clock.advance(2 + betweenMs(turn));
      setup.input.turns.push('more');
    }
    setup.input.turns.length = 0;
    return { setup, steps: () => steps, stretches };
  }
  const BUSY_TURNS = 500;
  const shareOf = (writing: number): number => writing / (writing + BUSY_TURNS * 2);

  it('takes a fortieth of a busy task, whatever a step costs, and all there is of an idle one', async () => {
    const { setup, steps } = await busy(3);
    const before = steps();
    const share = shareOf(before * 3);
    expect([share > 0.018, share < 0.035, share]).toEqual([true, true, share]);
    expect([setup.task.run(0), setup.task.run(0), setup.task.run(0), steps() - before]).toEqual(['again', 'again', 'again', 3]);
  });

  it('takes hardly more of a task that others leave a sixth of the processor', async () => {
    const { steps } = await busy(0.5, (turn) => (turn % 4 === 0 ? 40 : 0));
    const share = shareOf(steps() * 0.5);
    expect([share > 0.018, share < 0.05, share]).toEqual([true, true, share]);
  });

  it('is written for three quarters of a millisecond at a stretch, at least, and for about two at most', async () => {
    const { stretches } = await busy(0.05);
    expect(stretches.length).toBeGreaterThan(10);
    expect([Math.min(...stretches) >= 0.75, Math.max(...stretches) < 2.2, stretches]).toEqual([true, true, stretches]);
  });

  it('is written at once where it is small, however busy the task is', async () => {
    const { setup } = await started({ scripts: [{ memory: memoryOf([], 3) }] });
    setup.input.turns.push(() => {
      setup.task.checkpoints.take(barrierOf(1), NOW);
      return 'more';
    }, 'more');
    setup.task.run(0);
    setup.task.run(0);
    await settled();
    expect(setup.stored).toMatchObject([{ checkpointId: 1 }]);
  });

  it('is declined with the reason when it cannot be stored', async () => {
    const { setup } = await started({ scripts: [{ memory: memoryOf([], 0, () => Promise.reject(new Error('no room'))) }] });
    setup.task.triggerCheckpoint(barrierOf(1));
    setup.task.run(0);
    setup.task.run(0);
    await settled();
    expect(setup.declined).toMatchObject([{ checkpointId: 1, reason: 'CHECKPOINT_ASYNC_EXCEPTION', error: { message: 'no room' } }]);
    expect(setup.states.at(-1)!.state).toBe('RUNNING');
  });

  it('is declined by a task that does not run yet', () => {
    const setup = taskOf();
    setup.task.triggerCheckpoint(barrierOf(1));
    expect(setup.declined).toMatchObject([{ checkpointId: 1, reason: 'NOT_ALL_REQUIRED_TASKS_RUNNING' }]);
  });

  it('is taken by the tasks that are called directly in the same breath; each acknowledges on its own', async () => {
    const { output, input: out } = openLocalChannel();
    const inner = taskOf({ channels: [output], scripts: [{ snapshotState: () => {} }], parts: { name: 'called', input: undefined } });
    const call = new DirectCall(inner.task, inner.metrics, sharedKernels);
    const outer = taskOf({ parts: { name: 'driver', calls: [call], listener: inner.task.parts.listener } });
    outer.input.onTrigger = (barrier) => outer.task.checkpoints.take(barrier, NOW);
    await outer.task.start();
    outer.task.triggerCheckpoint(barrierOf(1));
    outer.task.run(0);
    outer.task.run(0);
    await settled();
    expect(inner.log).toContain('a.snapshotState([object Object])');
    expect(inner.stored.map(({ task }) => task).sort()).toEqual(['called', 'driver']);
    expect(arrived(out)).toEqual(['barrier 1']);
  });

  it('is never taken after a newer one', async () => {
    const { setup, out } = await started();
    setup.task.triggerCheckpoint(barrierOf(2));
    setup.task.triggerCheckpoint(barrierOf(1));
    setup.task.run(0);
    expect(arrived(out)).toEqual(['barrier 2']);
  });

  it('that came to nothing in the channels is declined, and downstream is told', async () => {
    const { setup, out } = await started();
    setup.task.checkpoints.abandon(4, 'CHECKPOINT_DECLINED_SUBSUMED');
    expect(setup.declined).toMatchObject([{ checkpointId: 4, reason: 'CHECKPOINT_DECLINED_SUBSUMED' }]);
    expect(arrived(out)).toEqual(['cancel 4']);
  });
});

describe('what becomes of a checkpoint elsewhere', () => {
  it('is told to input and operators from head to tail when it is complete, one after the other', async () => {
    const committing = deferred();
    const { setup } = await started({ scripts: [{ notifyCheckpointComplete: () => committing.promise }, { notifyCheckpointComplete: () => {} }] });
    setup.task.notifyCheckpointComplete(7);
    setup.task.run(0);
    expect(setup.log.filter((line) => line.includes('complete'))).toEqual(['input.complete(7)', 'a.complete(7)']);
    committing.resolve();
    await settled();
    setup.task.run(0);
    expect(setup.log).toContain('b.complete(7)');
  });

  it('fails the task when an operator cannot act on it', async () => {
    const { setup } = await started({ scripts: [{}, { notifyCheckpointComplete: () => Promise.reject(new Error('lost')) }] });
    setup.task.notifyCheckpointComplete(7);
    setup.task.run(0);
    await settled();
    expect(setup.states.at(-1)).toMatchObject({ state: 'FAILED', error: { place: { operator: 'b' } } });
  });

  it('ends the writing of one that was aborted, and tells the operators', async () => {
    const log: string[] = [];
    const { setup } = await started({ scripts: [{ memory: memoryOf(log, 1000), notifyCheckpointAborted: () => {} }] });
    setup.task.triggerCheckpoint(barrierOf(1));
    setup.input.turns.push('more');
    setup.task.run(0);
    setup.task.notifyCheckpointAborted(1);
    setup.task.run(0);
    await settled();
    expect(log).toEqual(['snapshot 1', 'abandon 1']);
    expect(setup.log).toContain('a.aborted(1)');
    expect([setup.stored, setup.declined]).toEqual([[], []]);
  });

  it('makes a task that has not taken an aborted one tell downstream instead of taking it', async () => {
    const log: string[] = [];
    const { setup, out } = await started({ scripts: [{ memory: memoryOf(log, 0) }] });
    setup.task.notifyCheckpointAborted(3);
    setup.task.triggerCheckpoint(barrierOf(3));
    setup.task.triggerCheckpoint(barrierOf(4));
    setup.task.run(0);
    expect(arrived(out)).toEqual(['cancel 3', 'barrier 4']);
    expect(log).toEqual(['snapshot 4']);
  });
});

describe('a task that goes on from a checkpoint', () => {
  const restore = { checkpointId: 9, exclusive: undefined, shared: undefined, finishedOperators: [], operators: { a: STATE } };

  it('gives operators their state before it opens them', async () => {
    const log: string[] = [];
    const setup = taskOf({ scripts: [{ memory: memoryOf(log, 0), open: () => void log.push('open') }], parts: { restore } });
    await setup.task.start();
    expect(log).toEqual(['restore 1,2,3', 'open']);
  });

  it('fails, naming the operator, when a state cannot be read', async () => {
    const setup = taskOf({ scripts: [{ memory: { ...memoryOf([], 0), restore: () => Promise.reject(new Error('flipped')) } }], parts: { restore } });
    await setup.task.start();
    await settled();
    expect(setup.states.at(-1)).toMatchObject({ state: 'FAILED', error: { message: 'Error: flipped', place: { operator: 'a' } } });
    expect(setup.log).toEqual(['input.close', 'a.close']);
  });
});

describe('the end of a task whose job takes checkpoints', () => {
  const waiting = { parts: { awaitsFinalCheckpoint: true } };

  it('comes with the first checkpoint that was taken after it finished, once that is complete', async () => {
    const { setup, out } = await started(waiting);
    setup.input.turns.push('ended');
    setup.task.run(0);
    await settled();
    expect(arrived(out)).toEqual(['end-of-data']);
    expect(setup.log).toContain('task end-of-data');
    setup.task.notifyCheckpointComplete(1);
    setup.task.run(0);
    setup.task.triggerCheckpoint(barrierOf(2));
    setup.task.run(0);
    await settled();
    setup.task.run(0);
    expect([arrived(out), setup.stored]).toMatchObject([['barrier 2'], [{ checkpointId: 2, finished: true }]]);
    setup.task.notifyCheckpointComplete(2);
    setup.task.run(0);
    setup.task.run(0);
    await settled();
    expect(arrived(out)).toEqual(['end-of-partition']);
    expect(setup.states.at(-1)!.state).toBe('FINISHED');
  });

  it('comes with a later one when the first came to nothing', async () => {
    const { setup } = await started(waiting);
    setup.input.turns.push('ended');
    setup.task.run(0);
    await settled();
    setup.task.triggerCheckpoint(barrierOf(1));
    setup.task.notifyCheckpointAborted(1);
    setup.task.triggerCheckpoint(barrierOf(2));
    setup.task.run(0);
    await settled();
    setup.task.notifyCheckpointComplete(2);
    setup.task.run(0);
    setup.task.run(0);
    await settled();
    expect(setup.states.at(-1)!.state).toBe('FINISHED');
  });

  it('waits for its operators to have acted on the last checkpoint', async () => {
    const committing = deferred();
    const { setup } = await started({ ...waiting, scripts: [{ notifyCheckpointComplete: () => committing.promise }] });
    setup.input.turns.push('ended');
    setup.task.run(0);
    await settled();
    setup.task.triggerCheckpoint(barrierOf(1));
    setup.task.run(0);
    await settled();
    setup.task.notifyCheckpointComplete(1);
    setup.task.run(0);
    setup.task.run(0);
    await settled();
    expect(setup.states.at(-1)!.state).toBe('RUNNING');
    committing.resolve();
    await settled();
    setup.task.run(0);
    setup.task.run(0);
    await settled();
    expect(setup.states.at(-1)!.state).toBe('FINISHED');
  });

  it('waits for what may still come through its channels', async () => {
    const { setup, out } = await started();
    setup.input.exhausted = false;
    setup.input.turns.push('ended', () => {
      setup.task.checkpoints.take(barrierOf(1), NOW);
      return 'ended';
    }, () => {
      setup.input.exhausted = true;
      return 'ended';
    });
    for (let turn = 0; turn < 4; turn++) {
      setup.task.run(0);
      await settled();
    }
    expect(arrived(out)).toEqual(['end-of-data', 'barrier 1', 'end-of-partition']);
  });
});

describe('stopping with a savepoint', () => {
  const suspend = barrierOf(1, { kind: 'savepoint', stop: 'suspend' });
  const drain = barrierOf(1, { kind: 'savepoint', stop: 'drain' });

  it('suspends the task behind the barrier: no record, no mail, and it ends without finishing once the savepoint is complete', async () => {
    const { setup, out } = await started({ scripts: [{ finish: () => {} }], parts: { isSource: true, awaitsFinalCheckpoint: true } });
    setup.task.triggerCheckpoint(suspend);
    setup.task.run(0);
    setup.task.post(() => setup.log.push('mail'));
    setup.task.run(0);
    await settled();
    expect([setup.log.includes('mail'), setup.gate.holds, setup.task.ready]).toEqual([false, 1, false]);
    setup.task.notifyCheckpointComplete(1);
    setup.task.run(0);
    setup.task.run(0);
    await settled();
    expect(arrived(out)).toEqual(['barrier 1', 'end-of-data', 'end-of-partition']);
    expect(setup.log).not.toContain('a.finish');
    expect(setup.states.at(-1)!.state).toBe('FINISHED');
  });

  it('lets the task go on when the savepoint came to nothing', async () => {
    const { setup } = await started();
    setup.task.triggerCheckpoint(suspend);
    setup.task.run(0);
    setup.task.post(() => setup.log.push('mail'));
    setup.task.notifyCheckpointAborted(1);
    setup.task.run(0);
    expect([setup.log.includes('mail'), setup.gate.holds]).toEqual([true, 0]);
  });

  it('with drain ends event time and the operators first, takes the savepoint, and ends when it is complete', async () => {
    const { setup, out } = await started({ scripts: [{ finish: () => {} }], parts: { isSource: true } });
    setup.task.triggerCheckpoint(drain);
    setup.task.run(0);
    await settled();
    setup.task.run(0);
    await settled();
    setup.task.run(0);
    expect(arrived(out)).toEqual(['watermark', 'end-of-data', 'barrier 1']);
    expect(setup.log.indexOf('input.stop')).toBeLessThan(setup.log.indexOf('a.finish'));
    expect(setup.states.at(-1)!.state).toBe('RUNNING');
    setup.task.notifyCheckpointComplete(1);
    setup.task.run(0);
    setup.task.run(0);
    await settled();
    expect(arrived(out)).toEqual(['end-of-partition']);
    expect(setup.states.at(-1)!.state).toBe('FINISHED');
  });
});
