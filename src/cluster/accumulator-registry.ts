/**
 * Merges what the subtasks of a job report of its accumulators.
 *
 * Invariants:
 * - A subtask counts with its last attempt only.
 * - What a subtask says while it runs is for those who look; the job's result is made of what it said at its end.
 */
import { FlinkError } from '../core/errors.js';
import { type Accumulator, builtInAccumulator } from '../operators/accumulator.js';
import type { SubtaskId } from './execution/slots.js';
import type { AccumulatorPart } from './messages.js';

type Report = SubtaskId & { readonly parts: readonly AccumulatorPart[] };

export class AccumulatorRegistry {
  private readonly reports = new Map<string, Report>();
  /** Of subtasks that run. */
  private readonly interim = new Map<string, Report>();

  /**
   * What a subtask has to add, in place of what it reported before.
   * @throws FlinkError INVALID_ARGUMENT when a name stands for another kind of accumulator elsewhere.
   */
  report({ vertexId, subtask }: SubtaskId, parts: readonly AccumulatorPart[]): void {
    this.reports.set(`${vertexId}/${subtask}`, { vertexId, subtask, parts });
    this.interim.delete(`${vertexId}/${subtask}`);
    this.checkKinds(parts);
  }

  /** The subtask starts again: what it reported does not count. */
  drop({ vertexId, subtask }: SubtaskId): void {
    this.reports.delete(`${vertexId}/${subtask}`);
    this.interim.delete(`${vertexId}/${subtask}`);
  }

  /** Every subtask starts again, and there may be fewer of them. */
  dropAll(): void {
    this.reports.clear();
    this.interim.clear();
  }

  /** What a subtask has added up so far. */
  reportInterim({ vertexId, subtask }: SubtaskId, parts: readonly AccumulatorPart[]): void {
    const key = `${vertexId}/${subtask}`;
    if (!this.reports.has(key)) this.interim.set(key, { vertexId, subtask, parts });
  }

  /** What subtasks have said at their end, or lately while they run, and all of it together. */
  soFar(): { readonly bySubtask: readonly Report[]; readonly merged: ReturnType<typeof mergedParts> } {
    const bySubtask = [...this.reports.values(), ...this.interim.values()];
    return { bySubtask, merged: mergedParts(bySubtask.flatMap(({ parts }) => parts)) };
  }

  results(): ReturnType<typeof mergedParts> {
    return mergedParts(this.all());
  }

  private all(): AccumulatorPart[] {
    return [...this.reports.values()].flatMap(({ parts }) => parts);
  }

  private checkKinds(parts: readonly AccumulatorPart[]): void {
    const kinds = new Map<string, string>();
    for (const { name, kind } of this.all()) if (!kinds.has(name)) kinds.set(name, kind);
    for (const { name, kind } of parts) {
      const known = kinds.get(name)!;
      if (known !== kind) throw new FlinkError('INVALID_ARGUMENT', `the accumulator "${name}" is a ${known} in one place and a ${kind} in another`, { hint: 'Give the two different names.' });
    }
  }
}

function mergedParts(parts: readonly AccumulatorPart[]): Record<string, { kind: string; value: unknown }> {
  const merged = new Map<string, Merged>();
  for (const { name, kind, value } of parts) {
    const known = merged.get(name) ?? new Merged(kind);
    // The job has failed by then, or is going to.
    if (known.kind === kind) known.add(value);
    merged.set(name, known);
  }
  return Object.fromEntries([...merged].map(([name, { kind, value }]) => [name, { kind, value }]));
}

/** One accumulator over all subtasks. Values of a user's own kinds, which only the user's code could merge, are kept one by one. */
class Merged {
  private readonly accumulator: Accumulator<never, unknown> | undefined;
  private readonly foreign: unknown[] = [];

  constructor(readonly kind: string) {
    this.accumulator = builtInAccumulator(kind);
  }

  get value(): unknown {
    if (this.accumulator) return this.accumulator.getLocalValue();
    return this.foreign.length === 1 ? this.foreign[0] : this.foreign;
  }

  add(value: unknown): void {
    if (this.accumulator) this.accumulator.merge(value);
    else this.foreign.push(value);
  }
}
