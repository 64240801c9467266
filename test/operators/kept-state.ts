/**
 * An operator whose operator state goes through a snapshot, for tests: made on the state of an earlier one, at any
 * parallelism.
 */
import { ClassRegistry } from '../../src/core/serialization/class-registry.js';
import { keyGroupRange } from '../../src/core/key-group.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { OperatorStates } from '../../src/state/operator-states.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { operatorHarness, type OperatorHarness } from '../../src/testing/operator-harness.js';
import { complete, MemorySnapshots, together } from '../state/memory-snapshots.js';

const MAX_PARALLELISM = 16;

export interface Kept {
  readonly harness: OperatorHarness<unknown>;
  readonly states: OperatorStates;
}

export interface KeptOptions {
  readonly subtask?: number;
  readonly parallelism?: number;
  /** Operators whose snapshots the new one goes on from; all of their state comes to it. */
  readonly from?: readonly Kept[];
}

/** Opened, with what checkpoint 7 of the others has left. */
export async function kept(definition: OperatorDefinition<never>, { subtask = 0, parallelism = 1, from = [] }: KeptOptions = {}): Promise<Kept> {
  const states = new OperatorStates({
    operator: 'kept', runtimeAttach: () => {}, clock: new ManualClock(), mailbox: { execute: (call) => call() }, backend: undefined, classes: new ClassRegistry(),
    keyGroups: { range: keyGroupRange(subtask, MAX_PARALLELISM, parallelism), maxParallelism: MAX_PARALLELISM },
  });
  const harness = operatorHarness<unknown>(
    { instantiate: (context) => definition.instantiate({ ...context, operatorState: states.operator, restoredCheckpointId: from.length > 0 ? 7 : null } as never) },
    { subtask, parallelism, maxParallelism: MAX_PARALLELISM },
  );
  if (from.length > 0) {
    const storage = new MemorySnapshots();
    const taken = [];
    for (const { harness: earlier, states: before } of from) {
      await earlier.operator.snapshotState?.({ checkpointId: 7, timestamp: 5000, kind: 'checkpoint' });
      taken.push(await complete(before.snapshot(storage.request(7))));
    }
    await states.restore(together(taken), storage);
  }
  await harness.open();
  return { harness, states };
}
