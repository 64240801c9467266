/**
 * A hash table from times to what belongs to them. V8's Map boxes every number beyond 31 bits, which epoch milliseconds
 * are; a flat array of doubles halves the cost of a timer.
 *
 * Invariants:
 * - At most half of the slots are taken, so every probe ends at an empty one.
 * - No empty slot lies between a time's home slot and its own (deletion moves times back).
 */

/** 2^32 divided by the golden ratio: spreads times that differ by round numbers. */
const HOME_FACTOR = -1640531527;
/** So many milliseconds lie side by side, for the next time is often the next millisecond. */
const BLOCK_BITS = 6;
const BLOCK_MASK = (1 << BLOCK_BITS) - 1;
const INITIAL_SHIFT = 28;

export class TimeTable<V> {
  private shift = INITIAL_SHIFT;
  private times = new Float64Array(1 << (32 - INITIAL_SHIFT));
  /** Undefined where there is no time. */
  private held: (V | undefined)[] = new Array<V | undefined>(this.times.length).fill(undefined);
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(time: number): V | undefined {
    const { times, held } = this;
    const mask = times.length - 1;
    for (let slot = this.home(time); ; slot = (slot + 1) & mask) {
      const value = held[slot];
      if (value === undefined || times[slot] === time) return value;
    }
  }

  set(time: number, value: V): void {
    const { times, held } = this;
    const mask = times.length - 1;
    let slot = this.home(time);
    while (held[slot] !== undefined && times[slot] !== time) slot = (slot + 1) & mask;
    if (held[slot] === undefined) {
      times[slot] = time;
      this.count += 1;
    }
    held[slot] = value;
    if (this.count * 2 > times.length) this.grow();
  }

  delete(time: number): void {
    const { times, held } = this;
    const mask = times.length - 1;
    let empty = this.home(time);
    while (held[empty] !== undefined && times[empty] !== time) empty = (empty + 1) & mask;
    if (held[empty] === undefined) return;
    for (let slot = (empty + 1) & mask; held[slot] !== undefined; slot = (slot + 1) & mask) {
      const home = this.home(times[slot]!);
      // Stays when its home lies behind the hole.
      if (((slot - home) & mask) < ((slot - empty) & mask)) continue;
      times[empty] = times[slot]!;
      held[empty] = held[slot];
      empty = slot;
    }
    held[empty] = undefined;
    this.count -= 1;
  }

  /** Not to be changed meanwhile. */
  forEach(call: (value: V, time: number) => void): void {
    for (let slot = 0; slot < this.held.length; slot++) {
      const value = this.held[slot];
      if (value !== undefined) call(value, this.times[slot]!);
    }
  }

  clear(): void {
    this.shift = INITIAL_SHIFT;
    this.resize();
    this.count = 0;
  }

  private home(time: number): number {
    const whole = time | 0;
    const block = Math.imul(whole >> BLOCK_BITS, HOME_FACTOR) >>> this.shift;
    return ((block & ~BLOCK_MASK) | (whole & BLOCK_MASK)) & (this.times.length - 1);
  }

  private grow(): void {
    const { times, held } = this;
    this.shift -= 1;
    this.resize();
    this.count = 0;
    for (let slot = 0; slot < held.length; slot++) {
      const value = held[slot];
      if (value !== undefined) this.set(times[slot]!, value);
    }
  }

  private resize(): void {
    this.times = new Float64Array(1 << (32 - this.shift));
    this.held = new Array<V | undefined>(this.times.length).fill(undefined);
  }
}
