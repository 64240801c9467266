// Rich functions on keyed streams that keep more than state by key.
import { describe, expect, it } from 'vitest';
import {
  type CheckpointedFunction, type DataStream, type FunctionInitializationContext, type FunctionSnapshotContext, type ListState, ListStateDescriptor, RichFunction, type ValueState, ValueStateDescriptor,
} from '../../src/index.js';
import { harness, type HarnessOptions } from '../../src/testing/index.js';
import type { OneInputTestHarness } from '../../src/testing/index.js';

let calls: string[] = [];

/** Counts the records of each key, and of all keys in operator state. */
class Counting extends RichFunction implements CheckpointedFunction {
  private ofKey!: ValueState<number>;
  private kept!: ListState<number>;
  private all = 0;
  initializeState(context: FunctionInitializationContext): void {
    this.kept = context.getOperatorStateStore().getListState(new ListStateDescriptor<number>('all'));
    for (const count of this.kept.get()) this.all += count;
  }
  override open(): void {
    this.ofKey = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('of key', 0));
  }
  snapshotState(context: FunctionSnapshotContext): void {
    calls.push(`snapshot ${context.getCheckpointId()}`);
    this.kept.update([this.all]);
  }
  notifyCheckpointComplete(checkpointId: number): void {
    calls.push(`complete ${checkpointId}`);
  }
  notifyCheckpointAborted(checkpointId: number): void {
    calls.push(`aborted ${checkpointId}`);
  }
  protected count(key: string): string {
    this.all += 1;
    this.ofKey.update(this.ofKey.value()! + 1);
    return `${key} ${this.ofKey.value()} of ${this.all}`;
  }
}
class CountingMap extends Counting {
  map(key: string): string {
    return this.count(key);
  }
}
class CountingFlatMap extends Counting {
  flatMap(key: string): string[] {
    return [this.count(key)];
  }
}

const byItself = (stream: DataStream<string>) => stream.keyBy((key) => key);

describe.each([
  ['map', (stream: DataStream<string>) => byItself(stream).map<string>(CountingMap)],
  ['flatMap', (stream: DataStream<string>) => byItself(stream).flatMap<string>(CountingFlatMap)],
])('a rich %s on a keyed stream', (_, build) => {
  const opened = (options?: HarnessOptions): Promise<OneInputTestHarness<string, string>> => harness.operator<string, string>(build, options);

  it('keeps operator state beside state by key', async () => {
    const before = await opened();
    before.pushAll(['a', 'b', 'a']);
    const after = await opened({ restoreFrom: await before.snapshot() });
    after.push('a');
    expect(after.values).toEqual(['a 3 of 4']);
  });

  it('hears what becomes of checkpoints', async () => {
    calls = [];
    const h = await opened();
    await h.snapshot(7);
    await h.notifyCheckpointComplete(7);
    h.driven.operator.notifyCheckpointAborted!(8);
    expect(calls).toEqual(['snapshot 7', 'complete 7', 'aborted 8']);
  });
});
