/**
 * A record of one of two streams that share windows: what triggers and evictors of a join see (Flink:
 * `CoGroupedStreams.TaggedUnion`).
 */

export class TaggedUnion<T1, T2> {
  private constructor(private readonly first: boolean, private readonly value: T1 | T2) {}

  /** A record of the first stream. */
  static one<T1>(value: T1): TaggedUnion<T1, never> {
    return new TaggedUnion<T1, never>(true, value);
  }

  /** A record of the second stream. */
  static two<T2>(value: T2): TaggedUnion<never, T2> {
    return new TaggedUnion<never, T2>(false, value);
  }

  isOne(): boolean {
    return this.first;
  }

  isTwo(): boolean {
    return !this.first;
  }

  /** The record of the first stream; null when it came from the second. */
  getOne(): T1 | null {
    return this.first ? (this.value as T1) : null;
  }

  /** The record of the second stream; null when it came from the first. */
  getTwo(): T2 | null {
    return this.first ? null : (this.value as T2);
  }
}
