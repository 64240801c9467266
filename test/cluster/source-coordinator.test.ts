import { beforeEach, describe, expect, it } from 'vitest';
import { FlinkError } from '../../src/core/errors.js';
import type { Source, SplitEnumerator, SplitEnumeratorContext } from '../../src/operators/source.js';
import { SourceCoordinator } from '../../src/cluster/source-coordinator.js';
import { deferred, settled } from '../runtime/chain-fixture.js';

let log: string[];
let failures: FlinkError[];
let context: SplitEnumeratorContext<unknown>;

beforeEach(() => {
  log = [];
  failures = [];
});

function coordinatorOf(enumerator: Partial<SplitEnumerator<unknown>> = {}, kept?: { state: unknown }): SourceCoordinator {
  const source = {
    boundedness: 'BOUNDED',
    createEnumerator: (given: SplitEnumeratorContext<unknown>): SplitEnumerator<unknown> => {
      context = given;
      return {
        handleSplitRequest: (subtask) => void log.push(`request ${subtask}`),
        addSplitsBack: () => {},
        addReader: (subtask) => void log.push(`reader ${subtask}`),
        snapshotState: () => null,
        handleSourceEvent: (subtask, event) => void log.push(`event ${subtask} ${String(event)}`),
        close: () => void log.push('close'),
        ...enumerator,
      };
    },
    restoreEnumerator(given: SplitEnumeratorContext<unknown>, state: unknown): SplitEnumerator<unknown> {
      log.push(`restored ${String(state)}`);
      return this.createEnumerator!(given);
    },
  } as Partial<Source<unknown>> as Source<unknown>;
  const gateway = {
    addSplits: (subtask: number, splits: unknown[]) => void log.push(`splits ${subtask} ${splits.join()}`),
    noMoreSplits: (subtask: number) => void log.push(`no more ${subtask}`),
    sourceEvent: (subtask: number, event: unknown) => void log.push(`to reader ${subtask} ${String(event)}`),
  };
  return new SourceCoordinator(source, 'Source: In', 3, gateway, (error) => failures.push(error as FlinkError), kept);
}

describe('the coordinator of a source', () => {
  it('keeps what happens before the enumerator has started, in order', async () => {
    const starting = deferred();
    const coordinator = coordinatorOf({ start: () => starting.promise.then(() => void log.push('started')) });
    coordinator.start();
    coordinator.readerRegistered(1);
    coordinator.splitRequested(1);
    coordinator.sourceEvent(1, 'e');
    await settled();
    expect(log).toEqual([]);
    starting.resolve();
    await settled();
    expect(log).toEqual(['started', 'reader 1', 'request 1', 'event 1 e']);
  });

  it('carries what the enumerator says to the readers', async () => {
    const coordinator = coordinatorOf({ handleSplitRequest: (subtask) => {
      context.assignSplit('s1', subtask);
      context.sendEventToSourceReader(subtask, 'hello');
      context.signalNoMoreSplits(subtask);
    } });
    coordinator.start();
    coordinator.splitRequested(2);
    await settled();
    expect(log).toEqual(['splits 2 s1', 'to reader 2 hello', 'no more 2']);
  });

  it('knows the parallelism and who has registered', async () => {
    const coordinator = coordinatorOf();
    coordinator.start();
    coordinator.readerRegistered(2);
    coordinator.readerRegistered(0);
    await settled();
    expect([context.currentParallelism(), context.registeredReaders()]).toEqual([3, [2, 0]]);
  });

  it('brings the result of asynchronous work back, or its error', async () => {
    const coordinator = coordinatorOf();
    coordinator.start();
    context.callAsync(() => Promise.resolve(5), (result, error) => void log.push(`${result} ${String(error)}`));
    context.callAsync(() => Promise.reject(new Error('no')), (result, error) => void log.push(`${String(result)} ${String(error)}`));
    await settled();
    expect(log).toEqual(['5 undefined', 'undefined Error: no']);
  });

  it('fails the job when the enumerator throws, naming the source', async () => {
    const coordinator = coordinatorOf({ handleSplitRequest: () => {
      throw new TypeError('bug');
    } });
    coordinator.start();
    coordinator.splitRequested(0);
    await settled();
    expect(failures).toMatchObject([{ code: 'USER_FUNCTION', message: 'the enumerator of "Source: In" threw: bug', place: { operator: 'Source: In' } }]);
  });

  it('fails the job when the enumerator does not start, and asks it nothing afterwards', async () => {
    const error = new FlinkError('INPUT_UNREADABLE', 'no such file');
    const coordinator = coordinatorOf({ start: () => Promise.reject(error) });
    coordinator.start();
    coordinator.splitRequested(0);
    await settled();
    expect([failures, log]).toEqual([[error], []]);
  });

  it('fails the job when what comes back from asynchronous work is not handled', async () => {
    const coordinator = coordinatorOf();
    coordinator.start();
    context.callAsync(() => Promise.reject(new Error('timeout')), (_, error) => {
      throw error;
    });
    await settled();
    expect(failures).toHaveLength(1);
  });

  it('closes the enumerator once, and asks it nothing afterwards', async () => {
    const coordinator = coordinatorOf({ close: () => {
      log.push('close');
      return Promise.resolve();
    } });
    coordinator.start();
    context.callAsync(() => Promise.resolve(1), () => void log.push('too late'));
    await coordinator.close();
    await coordinator.close();
    coordinator.splitRequested(0);
    await settled();
    expect(log).toEqual(['close']);
  });
});

describe('when readers start again', () => {
  it('all of them, enumerating begins anew, and what the enumerator before still does has no effect', async () => {
    let made = 0;
    const coordinator = coordinatorOf({ start: () => void log.push(`start ${++made}`) });
    coordinator.start();
    coordinator.readerRegistered(0);
    await settled();
    const before = context;
    coordinator.reset();
    before.assignSplit('old', 0);
    before.signalNoMoreSplits(0);
    before.callAsync(() => Promise.reject(new Error('old')), (_, error) => {
      throw error;
    });
    await settled();
    expect(log).toEqual(['start 1', 'reader 0', 'close', 'start 2']);
    expect([context.registeredReaders(), failures]).toEqual([[], []]);
    context.assignSplit('new', 0);
    await coordinator.close();
    expect(log.slice(4)).toEqual(['splits 0 new', 'close']);
  });

  it('some of them, the enumerator gets back what they were given, once, and waits for them to register', async () => {
    const back: unknown[] = [];
    const coordinator = coordinatorOf({ addSplitsBack: (splits, subtask) => void back.push([subtask, splits]) });
    coordinator.start();
    for (const subtask of [0, 1, 2]) coordinator.readerRegistered(subtask);
    await settled();
    for (const [split, subtask] of [['a', 0], ['b', 1], ['c', 1]] as const) context.assignSplit(split, subtask);
    coordinator.resetReader(1);
    coordinator.resetReader(2);
    await settled();
    expect([back, context.registeredReaders()]).toEqual([[[1, ['b', 'c']]], [0]]);
    coordinator.resetReader(1);
    await settled();
    expect(back).toHaveLength(1);
    // The answer to a question of the reader that is no more comes back, too.
    context.assignSplit('d', 1);
    await settled();
    expect(back.slice(1)).toEqual([[1, ['d']]]);
    coordinator.readerRegistered(1);
    await settled();
    context.assignSplit('d', 1);
    expect(log.at(-1)).toBe('splits 1 d');
  });

  it('fails when the new enumerator cannot be made', async () => {
    let made = 0;
    const coordinator = coordinatorOf({ start: () => {
      if (++made === 2) throw new Error('gone');
    } });
    coordinator.start();
    await settled();
    coordinator.reset();
    await settled();
    expect(failures.map(({ message }) => message)).toEqual(['the enumerator of "Source: In" threw: gone']);
  });
});

describe('in a checkpoint', () => {
  it('an enumerator is asked what it keeps; nothing is nothing', async () => {
    let state: unknown = 'left';
    const coordinator = coordinatorOf({ snapshotState: () => state });
    coordinator.start();
    await settled();
    expect(coordinator.snapshot(1)).toEqual({ state: 'left' });
    state = null;
    expect(coordinator.snapshot(2)).toBeUndefined();
  });

  it('an enumerator that has not started keeps what it was restored from', async () => {
    const starting = deferred();
    const coordinator = coordinatorOf({ start: () => starting.promise, snapshotState: () => 'not asked' }, { state: 'kept' });
    coordinator.start();
    await settled();
    expect([coordinator.snapshot(1), log]).toEqual([{ state: 'kept' }, ['restored kept']]);
    starting.resolve();
    await settled();
    expect(coordinator.snapshot(2)).toEqual({ state: 'not asked' });
  });

  it('an enumerator goes on from what it kept when all readers start again', async () => {
    const coordinator = coordinatorOf();
    coordinator.start();
    await settled();
    coordinator.reset({ state: 'left' });
    await settled();
    expect(log).toEqual(['close', 'restored left']);
  });

  it('that comes to nothing is told to the enumerator, and the splits of readers that fail come back', async () => {
    const back: unknown[] = [];
    const notified: number[] = [];
    const coordinator = coordinatorOf({ addSplitsBack: (splits) => void back.push(...splits), notifyCheckpointAborted: (id) => void notified.push(id) });
    coordinator.start();
    await settled();
    context.assignSplit('a', 1);
    coordinator.snapshot(1);
    coordinator.checkpointAborted(1);
    coordinator.resetReader(1);
    await settled();
    expect([back, notified]).toEqual([['a'], [1]]);
  });

  it('that is complete are the splits that readers had by then: they are not handed back any more', async () => {
    const back: unknown[] = [];
    const notified: number[] = [];
    const coordinator = coordinatorOf({ addSplitsBack: (splits) => void back.push(...splits), notifyCheckpointComplete: (id) => void notified.push(id) });
    coordinator.start();
    await settled();
    context.assignSplit('a', 1);
    coordinator.snapshot(1);
    context.assignSplit('b', 1);
    coordinator.snapshot(2);
    context.assignSplit('c', 1);
    coordinator.checkpointCompleted(1);
    coordinator.resetReader(1);
    await settled();
    expect([back, notified]).toEqual([['b', 'c'], [1]]);
  });
});
