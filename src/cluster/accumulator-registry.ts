/**
 * Merges what the subtasks of a job report of its accumulators.
 */
import { FlinkError } from '../core/errors.js';
import { type Accumulator, builtInAccumulator } from '../operators/accumulator.js';
import type { AccumulatorPart } from './messages.js';

export class AccumulatorRegistry {
  private readonly merged = new Map<string, Accumulator<never, unknown>>();
  /** Values of a user's own kinds, which only the user's code could merge: kept one by one. */
  private readonly foreign = new Map<string, { kind: string; values: unknown[] }>();

  merge(parts: readonly AccumulatorPart[]): void {
    for (const part of parts) this.mergeOne(part);
  }

  results(): Record<string, { kind: string; value: unknown }> {
    const built = [...this.merged].map(([name, accumulator]) => [name, { kind: accumulator.kind, value: accumulator.getLocalValue() }] as const);
    const foreign = [...this.foreign].map(([name, { kind, values }]) => [name, { kind, value: values.length === 1 ? values[0] : values }] as const);
    return Object.fromEntries([...built, ...foreign]);
  }

  private mergeOne({ name, kind, value }: AccumulatorPart): void {
    const known = this.merged.get(name)?.kind ?? this.foreign.get(name)?.kind;
    if (known !== undefined && known !== kind) {
      throw new FlinkError('INVALID_ARGUMENT', `the accumulator "${name}" is a ${known} in one place and a ${kind} in another`, { hint: 'Give the two different names.' });
    }
    const accumulator = this.merged.get(name) ?? builtInAccumulator(kind);
    if (!accumulator) {
      const values = this.foreign.get(name)?.values ?? [];
      this.foreign.set(name, { kind, values: [...values, value] });
      return;
    }
    accumulator.merge(value);
    this.merged.set(name, accumulator);
  }
}
