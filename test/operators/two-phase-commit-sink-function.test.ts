import { describe, expect, it } from 'vitest';
import { TwoPhaseCommitSinkFunction } from '../../src/operators/two-phase-commit-sink-function.js';
import { HeapOperatorState } from '../../src/state/heap-operator-state.js';
import { ListStateDescriptor } from '../../src/state/state-descriptor.js';

/** What the outside world has seen of transactions, in order. */
type Journal = string[];

class Recorded extends TwoPhaseCommitSinkFunction<string, string, { subtask: string }> {
  failingCommits = new Set<string>();
  time = 0;
  readonly warnings: string[] = [];
  private begun = 0;

  constructor(readonly journal: Journal, readonly prefix = 't') {
    super();
  }

  override warn(text: string): void {
    this.warnings.push(text);
  }
  override now(): number {
    return this.time;
  }
  override initializeUserContext(): { subtask: string } {
    return { subtask: this.prefix };
  }
  override beginTransaction(): string {
    const transaction = `${this.prefix}${++this.begun}`;
    this.journal.push(`begin ${transaction}`);
    return transaction;
  }
  override invokeTransaction(transaction: string, value: string): void {
    this.journal.push(`${transaction} < ${value}`);
  }
  override preCommit(transaction: string): void {
    this.journal.push(`preCommit ${transaction}`);
  }
  override commit(transaction: string): void {
    if (this.failingCommits.has(transaction)) throw new Error(`no ${transaction}`);
    this.journal.push(`commit ${transaction}`);
  }
  override abort(transaction: string): void {
    this.journal.push(`abort ${transaction}`);
  }
  override recoverAndCommit(transaction: string): void {
    this.journal.push('recover:');
    this.commit(transaction);
  }
  override finishRecoveringContext(handled: readonly string[]): void {
    this.journal.push(`recovered ${handled.join(' ')}`);
  }
  override finishProcessing(transaction: string): void {
    this.journal.push(`finish ${transaction}`);
  }
  withTimeout(timeoutMs: number): this {
    return this.setTransactionTimeout(timeoutMs);
  }
  forgiving(): this {
    return this.ignoreFailuresAfterTransactionTimeout();
  }
  warning(ratio: number): this {
    return this.enableTransactionTimeoutWarnings(ratio);
  }
}

const anySink = { timestamp: () => null, currentWatermark: () => 0, currentProcessingTime: () => 0 };
const descriptor = new ListStateDescriptor<unknown>('state');

async function start(sink: Recorded, restored?: readonly unknown[]): Promise<HeapOperatorState> {
  const store = new HeapOperatorState();
  store.getListState(descriptor).update(restored ?? []);
  await sink.initializeState({ isRestored: () => restored !== undefined, getRestoredCheckpointId: () => null, getOperatorStateStore: () => store, getKeyedStateStore: () => null });
  return store;
}

const snapshot = (sink: Recorded, id: number): Promise<void> => sink.snapshotState({ getCheckpointId: () => id, getCheckpointTimestamp: () => 0 });
const stored = (store: HeapOperatorState): unknown[] => structuredClone([...store.getListState(descriptor).get()]);

async function started(): Promise<{ journal: Journal; sink: Recorded; store: HeapOperatorState }> {
  const journal: Journal = [];
  const sink = new Recorded(journal);
  const store = await start(sink);
  return { journal, sink, store };
}

describe('TwoPhaseCommitSinkFunction', () => {
  it('writes into the open transaction, prepares it at a checkpoint, opens the next, and commits when the checkpoint is complete', async () => {
    const { journal, sink } = await started();
    await sink.invoke('a', anySink);
    await snapshot(sink, 1);
    await sink.invoke('b', anySink);
    await sink.notifyCheckpointComplete(1);
    expect(journal).toEqual(['begin t1', 't1 < a', 'preCommit t1', 'begin t2', 't2 < b', 'commit t1']);
  });

  it('commits all transactions up to the checkpoint, in order, when earlier notices are missing', async () => {
    const { journal, sink } = await started();
    for (const id of [1, 2, 3]) await snapshot(sink, id);
    await sink.notifyCheckpointComplete(2);
    expect(journal.filter((line) => line.startsWith('commit'))).toEqual(['commit t1', 'commit t2']);
  });

  it('does nothing at a late notice of an earlier checkpoint', async () => {
    const { journal, sink } = await started();
    await snapshot(sink, 1);
    await snapshot(sink, 2);
    await sink.notifyCheckpointComplete(2);
    const before = journal.length;
    await sink.notifyCheckpointComplete(1);
    expect(journal.length).toBe(before);
  });

  it('keeps the transactions of an aborted checkpoint for the next one', async () => {
    const { journal, sink } = await started();
    await snapshot(sink, 1);
    await snapshot(sink, 2);
    await sink.notifyCheckpointComplete(2);
    expect(journal).toContain('commit t1');
  });

  it('tries every commit and throws the first error', async () => {
    const { journal, sink } = await started();
    for (const id of [1, 2, 3]) await snapshot(sink, id);
    sink.failingCommits = new Set(['t1', 't3']);
    await expect(sink.notifyCheckpointComplete(3)).rejects.toThrow('no t1');
    expect(journal.at(-1)).toBe('commit t2');
  });

  it('tries a commit that failed again at the next notice', async () => {
    const { journal, sink } = await started();
    await snapshot(sink, 1);
    sink.failingCommits.add('t1');
    await expect(sink.notifyCheckpointComplete(1)).rejects.toThrow('no t1');
    sink.failingCommits.clear();
    await sink.notifyCheckpointComplete(1);
    expect(journal.at(-1)).toBe('commit t1');
  });

  it('stores pending and open transactions with the context, and after a restore commits the pending, drops the open, then begins anew', async () => {
    const { sink, store } = await started();
    await sink.invoke('a', anySink);
    await snapshot(sink, 1);
    const journal: Journal = [];
    await start(new Recorded(journal, 'n'), stored(store));
    expect(journal).toEqual(['recover:', 'commit t1', 'abort t2', 'recovered t1 t2', 'begin n1']);
  });

  it('recovers the transactions of several old subtasks in one when it was scaled in', async () => {
    const first = await started();
    await snapshot(first.sink, 1);
    const second = new Recorded([], 's');
    const store = await start(second);
    await snapshot(second, 1);
    const journal: Journal = [];
    await start(new Recorded(journal, 'n'), [...stored(first.store), ...stored(store)]);
    expect(journal).toEqual(['recover:', 'commit t1', 'abort t2', 'recovered t1 t2', 'recover:', 'commit s1', 'abort s2', 'recovered s1 s2', 'begin n1']);
  });

  it('begins no transaction after its input has ended: the last one commits with the last checkpoint', async () => {
    const { journal, sink } = await started();
    await sink.invoke('a', anySink);
    await sink.finish();
    await snapshot(sink, 1);
    await sink.notifyCheckpointComplete(1);
    await sink.close();
    expect(journal).toEqual(['begin t1', 't1 < a', 'finish t1', 'preCommit t1', 'commit t1']);
  });

  it('drops only the open transaction when it is closed', async () => {
    const { journal, sink } = await started();
    await snapshot(sink, 1);
    await sink.close();
    expect(journal).toEqual(['begin t1', 'preCommit t1', 'begin t2', 'abort t2']);
  });

  it('fails a recovery whose commit fails, unless the transaction is older than the timeout and that is forgiven', async () => {
    const { sink, store } = await started();
    await snapshot(sink, 1);
    const failing = (): Recorded => {
      const recovering = new Recorded([], 'n').withTimeout(1_000);
      recovering.failingCommits.add('t1');
      return recovering;
    };
    await expect(start(failing(), stored(store))).rejects.toThrow('no t1');
    const young = failing().forgiving();
    young.time = 1_000;
    await expect(start(young, stored(store))).rejects.toThrow('no t1');
    const old = failing().forgiving();
    old.time = 1_001;
    await start(old, stored(store));
    expect(old.warnings.join()).toContain('its records are lost');
  });

  it('warns when a commit comes late in the timeout', async () => {
    const { sink } = await started();
    sink.withTimeout(1_000).warning(0.5);
    await snapshot(sink, 1);
    sink.time = 500;
    await sink.notifyCheckpointComplete(0);
    expect(sink.warnings).toEqual([]);
    sink.time = 501;
    await sink.notifyCheckpointComplete(1);
    expect(sink.warnings.join()).toContain('has been open for 501 ms');
  });
});
