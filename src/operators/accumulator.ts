/**
 * Accumulators: values that user functions add to in every subtask and that the job's result holds merged
 * (Flink: `Accumulator`, `IntCounter`, `Histogram`, …).
 *
 * Invariant: `merge` is commutative and associative; the order in which subtasks report is not defined.
 */

export interface Accumulator<V, R> {
  /** Flink's name of the kind, shown in results (`IntCounter`). */
  readonly kind: string;
  add(value: V): void;
  /** The value of this subtask alone; it must be plain data, for it travels between threads. */
  getLocalValue(): R;
  /** Takes in another subtask's local value. */
  merge(other: R): void;
  resetLocal(): void;
}

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);

abstract class NumberAccumulator implements Accumulator<number, number> {
  abstract readonly kind: string;
  protected value: number;
  constructor(private readonly initial: number) {
    this.value = initial;
  }
  abstract add(value: number): void;
  getLocalValue(): number {
    return this.value;
  }
  merge(other: number): void {
    this.add(other);
  }
  resetLocal(): void {
    this.value = this.initial;
  }
}

/** Sums whole numbers (Flink: `IntCounter`). */
export class IntCounter extends NumberAccumulator {
  readonly kind: string = 'IntCounter';
  constructor() {
    super(0);
  }
  add(value: number): void {
    this.value += value;
  }
}

/** Sums whole numbers up to 2^53 (Flink: `LongCounter`). */
export class LongCounter extends IntCounter {
  override readonly kind: string = 'LongCounter';
}

/** Sums numbers (Flink: `DoubleCounter`). */
export class DoubleCounter extends IntCounter {
  override readonly kind: string = 'DoubleCounter';
}

/** Keeps the smallest number seen (Flink: `DoubleMinimum`). */
export class DoubleMinimum extends NumberAccumulator {
  readonly kind: string = 'DoubleMinimum';
  /** @param none its value while nothing was added. */
  constructor(none = Number.POSITIVE_INFINITY) {
    super(none);
  }
  add(value: number): void {
    if (value < this.value) this.value = value;
  }
}

/** Keeps the largest number seen (Flink: `DoubleMaximum`). */
export class DoubleMaximum extends NumberAccumulator {
  readonly kind: string = 'DoubleMaximum';
  /** @param none its value while nothing was added. */
  constructor(none = Number.NEGATIVE_INFINITY) {
    super(none);
  }
  add(value: number): void {
    if (value > this.value) this.value = value;
  }
}

/** As `DoubleMinimum`, of 32-bit whole numbers: 2147483647 while nothing was added (Flink: `IntMinimum`). */
export class IntMinimum extends DoubleMinimum {
  override readonly kind: string = 'IntMinimum';
  constructor() {
    super(INT_MAX);
  }
}

/** As `DoubleMaximum`, of 32-bit whole numbers: -2147483648 while nothing was added (Flink: `IntMaximum`). */
export class IntMaximum extends DoubleMaximum {
  override readonly kind: string = 'IntMaximum';
  constructor() {
    super(INT_MIN);
  }
}

/** As `DoubleMinimum`, of whole numbers up to 2^53; Infinity while nothing was added (Flink: `LongMinimum`). */
export class LongMinimum extends DoubleMinimum {
  override readonly kind: string = 'LongMinimum';
}

/** As `DoubleMaximum`, of whole numbers up to 2^53; -Infinity while nothing was added (Flink: `LongMaximum`). */
export class LongMaximum extends DoubleMaximum {
  override readonly kind: string = 'LongMaximum';
}

/** Counts how often each number was added (Flink: `Histogram`). */
export class Histogram implements Accumulator<number, Record<string, number>> {
  readonly kind = 'Histogram';
  private readonly counts = new Map<number, number>();
  add(value: number): void {
    this.counts.set(value, (this.counts.get(value) ?? 0) + 1);
  }
  getLocalValue(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => a - b));
  }
  merge(other: Record<string, number>): void {
    for (const [value, count] of Object.entries(other)) {
      this.counts.set(Number(value), (this.counts.get(Number(value)) ?? 0) + count);
    }
  }
  resetLocal(): void {
    this.counts.clear();
  }
}

/** Collects values into a list (Flink: `ListAccumulator`). */
export class ListAccumulator<T> implements Accumulator<T, T[]> {
  readonly kind = 'ListAccumulator';
  private list: T[] = [];
  add(value: T): void {
    this.list.push(value);
  }
  getLocalValue(): T[] {
    return this.list;
  }
  merge(other: T[]): void {
    for (const value of other) this.list.push(value);
  }
  resetLocal(): void {
    this.list = [];
  }
}

/** Makes an empty accumulator of a built-in kind, or nothing when the kind is a user's own. */
export function builtInAccumulator(kind: string): Accumulator<never, unknown> | undefined {
  const kinds: Record<string, new () => Accumulator<never, unknown>> = {
    IntCounter, LongCounter, DoubleCounter, IntMinimum, IntMaximum, LongMinimum, LongMaximum, DoubleMinimum, DoubleMaximum, Histogram, ListAccumulator,
  };
  const found = kinds[kind];
  return found && new found();
}
