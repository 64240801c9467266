/**
 * Batch mode for an operator with keyed inputs: it sees its records sorted by key, and by time within a key (Flink: the
 * sorting input and `BatchExecutionKeyedStateBackend`).
 *
 * Invariants:
 * - Nothing of a keyed input reaches the operator before all inputs have ended; inputs without keys (a broadcast) pass
 *   through at once.
 * - Keys come one after the other, each with all its records of every input; which key comes first is not defined.
 * - Event time stands still at its start while a key's records are handled. Then the key's timers fire and its state is
 *   forgotten.
 * All records of the subtask are in memory meanwhile.
 */
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import { type PrimitiveKey, toPrimitiveKey } from '../core/key.js';
import type { KeyedContext } from '../state/keyed-context.js';
import type { Operator, OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import { guardedUserFunction } from './specialise.js';

/** The records of one key, in the order they came. */
interface KeyGroup {
  readonly inputs: number[];
  readonly values: unknown[];
  readonly timestamps: number[];
}

/** Records handled before downstream is asked for room. */
const SLICE = 1024;

/**
 * @param keyOfs one for each input; undefined for an input without keys.
 * @param timestamps false when the records are known to carry none.
 */
export function batchByKey<OUT>(definition: OperatorDefinition<OUT>, keyOfs: readonly (((value: never) => unknown) | undefined)[], timestamps = true): OperatorDefinition<OUT> {
  const { sortsBatch = 'by key' } = definition;
  if (sortsBatch === 'never' || (sortsBatch === 'by time' && !timestamps)) return definition;
  return {
    ...definition,
    instantiate(context) {
      context.keyed?.beginBatch();
      return new SortedByKey((definition.inBatch ?? definition).instantiate(context), keyOfs, context as OperatorContext);
    },
  };
}

class SortedByKey implements Operator {
  readonly inputs: readonly Emit<never>[];
  private readonly groups = new Map<PrimitiveKey, KeyGroup>();
  private readonly keyed: KeyedContext | undefined;
  private closed = false;

  constructor(private readonly operator: Operator, keyOfs: readonly (((value: never) => unknown) | undefined)[], private readonly context: OperatorContext) {
    this.keyed = context.keyed;
    const { specialise } = context;
    this.inputs = operator.inputs.map((input, at) => {
      const keyOf = keyOfs[at];
      return keyOf ? specialise(groupKernel)(guardedUserFunction(specialise, keyOf), toPrimitiveKey, this.groups, at) : input;
    });
  }

  open(): void | Promise<void> {
    return this.operator.open?.();
  }

  /** Time stands still until the last key has been handled. */
  watermark(): void {}

  idle(): void {}

  endInput(): void {}

  flush(): void {
    this.operator.flush?.();
  }

  async finish(): Promise<void> {
    let handled = 0;
    for (const [primitive, group] of this.groups) {
      if (handled >= SLICE) {
        await this.context.gate.released();
        handled = 0;
      }
      if (this.closed) return;
      this.groups.delete(primitive);
      this.handle(group);
      handled += group.values.length;
    }
    for (let input = 0; input < this.inputs.length; input++) this.operator.endInput?.(input);
    await this.operator.finish?.();
    if (this.operator.watermark) this.operator.watermark(MAX_TIMESTAMP);
    else this.context.output.watermark(MAX_TIMESTAMP);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.groups.clear();
    await this.operator.close?.();
  }

  private handle({ inputs, values, timestamps }: KeyGroup): void {
    for (const at of inOrderOfTime(timestamps)) (this.operator.inputs[inputs[at]!] as Emit)(values[at], timestamps[at]!);
    this.keyed?.endKey();
  }
}

/** Positions by time; records of one time stay in the order they came. */
function inOrderOfTime(timestamps: readonly number[]): number[] {
  const positions = timestamps.map((_, at) => at);
  const sorted = timestamps.every((timestamp, at) => at === 0 || timestamps[at - 1]! <= timestamp);
  return sorted ? positions : positions.sort((a, b) => (timestamps[a]! < timestamps[b]! ? -1 : timestamps[a]! > timestamps[b]! ? 1 : a - b));
}

function groupKernel(keyOf: (value: never) => unknown, toPrimitive: (key: unknown) => PrimitiveKey, groups: Map<PrimitiveKey, KeyGroup>, input: number): Emit<never> {
  return function groupByKey(value, timestamp) {
    const primitive = toPrimitive(keyOf(value));
    let group = groups.get(primitive);
    if (group === undefined) {
      group = { inputs: [], values: [], timestamps: [] };
      groups.set(primitive, group);
    }
    group.inputs.push(input);
    group.values.push(value);
    group.timestamps.push(timestamp);
  };
}
