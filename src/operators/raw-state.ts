/**
 * State as bytes, in a format of the operator's own: for an operator that an author writes (`transform`) and that keeps
 * its data elsewhere than in keyed or operator state (Flink: raw operator state and raw keyed state streams).
 *
 * Both are made in `instantiate` or `open`, written in `snapshotState`, and read in `open`.
 * Invariants:
 * - What is written replaces what was written before; what is never written stays as it was restored.
 * - Partitions of raw operator state are dealt out evenly when the parallelism changes. The bytes of a key group go to the
 *   subtask that owns the group then.
 */
import { FlinkError } from '../core/errors.js';
import { hashKey, toPrimitiveKey } from '../core/key.js';
import { keyGroupOf, type KeyGroupRange, keyGroupRange } from '../core/key-group.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import type { OperatorContext } from './operator.js';

/** Bytes of the subtask, in partitions (Flink: `OperatorStateCheckpointOutputStream`). */
export interface RawOperatorState {
  /** What this subtask got when the job went on from a checkpoint, or what it wrote last. */
  partitions(): Uint8Array[];
  /** For the checkpoint under way. The bytes are copied. */
  write(partitions: Iterable<Uint8Array>): void;
}

/** Bytes by key group (Flink: `KeyedStateCheckpointOutputStream`). */
export interface RawKeyedState {
  /** The key groups that this subtask owns, both ends included. */
  readonly range: KeyGroupRange;
  /** The key group of a key, as the selector of `keyBy` answers it. */
  keyGroupOf(key: unknown): number;
  /** What there is for the key groups of this subtask, by key group. */
  keyGroups(): Map<number, Uint8Array>;
  /** For the checkpoint under way. Throws `INVALID_ARGUMENT` for a key group of another subtask. The bytes are copied. */
  write(keyGroups: Iterable<readonly [keyGroup: number, bytes: Uint8Array]>): void;
}

const OPERATOR_STATE = new ListStateDescriptor<Uint8Array>('_raw_operator_state_');
const KEYED_STATE = new ListStateDescriptor<readonly [keyGroup: number, bytes: Uint8Array]>('_raw_keyed_state_');

export function rawOperatorState({ operatorState }: Pick<OperatorContext, 'operatorState'>): RawOperatorState {
  const state = operatorState.getListState(OPERATOR_STATE);
  return {
    partitions: () => [...state.get()],
    write: (partitions) => state.update(Array.from(partitions, copied)),
  };
}

export function rawKeyedState({ operatorState, runtime }: Pick<OperatorContext, 'operatorState' | 'runtime'>): RawKeyedState {
  const maxParallelism = runtime.getMaxNumberOfParallelSubtasks();
  const range = keyGroupRange(runtime.getIndexOfThisSubtask(), maxParallelism, runtime.getNumberOfParallelSubtasks());
  const owns = (keyGroup: number): boolean => Number.isInteger(keyGroup) && keyGroup >= range.start && keyGroup <= range.end;
  // Everyone gets everything and keeps what is its own: which subtask that is changes with the parallelism.
  const state = operatorState.getUnionListState(KEYED_STATE);
  return {
    range,
    keyGroupOf: (key) => keyGroupOf(hashKey(toPrimitiveKey(key)), maxParallelism),
    keyGroups() {
      const own = [...state.get()].filter(([keyGroup]) => owns(keyGroup)).sort(([a], [b]) => a - b);
      // What belongs to others is for them to keep.
      state.update(own);
      return new Map(own);
    },
    write(keyGroups) {
      const entries = Array.from(keyGroups, ([keyGroup, bytes]) => [keyGroup, copied(bytes)] as const);
      const foreign = entries.find(([keyGroup]) => !owns(keyGroup));
      if (foreign) {
        throw new FlinkError('INVALID_ARGUMENT', `raw keyed state of the key group ${String(foreign[0])} was written by a subtask that owns ${range.start} to ${range.end}`, {
          hint: 'Write only key groups of `range`; keyGroupOf(key) finds that of a key.',
        });
      }
      state.update(entries);
    },
  };
}

function copied(bytes: Uint8Array): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new FlinkError('INVALID_ARGUMENT', `raw state is bytes (Uint8Array); ${typeof bytes} came`);
  return new Uint8Array(bytes);
}
