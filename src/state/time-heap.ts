/**
 * A heap of distinct times, smallest first, in a flat array of doubles. Each time has four below it: they lie side by
 * side in memory, and the heap is half as deep as one of two.
 */

const INITIAL_CAPACITY = 16;

export class TimeHeap {
  private held = new Float64Array(INITIAL_CAPACITY);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The smallest time; +Infinity may mean that the heap is empty: ask `size`. */
  peek(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.held[0]!;
  }

  /** A copy of all times, in no order. */
  times(): Float64Array {
    return this.held.slice(0, this.count);
  }

  push(time: number): void {
    if (this.count === this.held.length) this.grow();
    const { held: times } = this;
    let at = this.count++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const above = times[parent]!;
      if (above <= time) break;
      times[at] = above;
      at = parent;
    }
    times[at] = time;
  }

  /** Removes the smallest time. */
  pop(): void {
    const last = this.held[--this.count]!;
    if (this.count > 0) this.sink(0, last);
  }

  /** Keeps only some of the times. */
  filter(keep: (time: number) => boolean): void {
    const kept = this.held.subarray(0, this.count).filter(keep);
    this.count = kept.length;
    this.held.set(kept);
    for (let at = (this.count + 2) >> 2; at >= 0; at--) if (at < this.count) this.sink(at, this.held[at]!);
  }

  private sink(from: number, time: number): void {
    const { held: times, count } = this;
    let at = from;
    for (let first = 4 * at + 1; first < count; first = 4 * at + 1) {
      let child = first;
      let below = times[first]!;
      const end = first + 4 < count ? first + 4 : count;
      for (let other = first + 1; other < end; other++) {
        if (times[other]! >= below) continue;
        child = other;
        below = times[other]!;
      }
      if (below >= time) break;
      times[at] = below;
      at = child;
    }
    times[at] = time;
  }

  private grow(): void {
    const grown = new Float64Array(this.held.length * 2);
    grown.set(this.held);
    this.held = grown;
  }
}
