/**
 * Something to iterate over that can be cut into parts, one for each subtask (Flink: `SplittableIterator`,
 * `NumberSequenceIterator`).
 */
import { splitRange } from '../sequence/number-sequence-source.js';

/** Invariant: the parts together are the whole, and cutting changes nothing: it is done again after a failure, the same way. */
export abstract class SplittableIterator<T> {
  /** Cuts the whole into as many parts; some may be empty. */
  abstract split(numPartitions: number): readonly Iterable<T>[];
  /** More parts than this make no sense. */
  abstract getMaximumNumberOfSplits(): number;
}

/** The whole numbers from `from` to `to`, both included. */
export class NumberSequenceIterator extends SplittableIterator<number> {
  constructor(private readonly from: number, private readonly to: number) {
    super();
  }

  split(numPartitions: number): readonly Iterable<number>[] {
    const ranges = splitRange(this.from, this.to, numPartitions);
    return Array.from({ length: numPartitions }, (_, part) => (ranges[part] ? numbers(ranges[part].from, ranges[part].to) : []));
  }

  getMaximumNumberOfSplits(): number {
    return this.to - this.from + 1;
  }
}

function* numbers(from: number, to: number): Iterable<number> {
  for (let n = from; n <= to; n++) yield n;
}
