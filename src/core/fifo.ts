/**
 * A queue that neither shifts an array nor allocates per element: a ring of slots that doubles when it is full.
 */

const INITIAL_SLOTS = 16;

export class Fifo<T> {
  #slots: (T | undefined)[] = new Array<T | undefined>(INITIAL_SLOTS).fill(undefined);
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#first + this.#length) & (this.#slots.length - 1)] = item;
    this.#length++;
  }

  /** The oldest item, which stays. */
  peek(): T | undefined {
    return this.#slots[this.#first];
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#slots[this.#first];
    this.#slots[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#slots.length - 1);
    this.#length--;
    return item;
  }

  /** Oldest first. */
  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#length; i++) yield this.#slots[(this.#first + i) & (this.#slots.length - 1)]!;
  }

  clear(): void {
    while (this.#length > 0) this.shift();
  }

  #grow(): void {
    const size = this.#slots.length;
    const slots = new Array<T | undefined>(size * 2).fill(undefined);
    for (let i = 0; i < size; i++) slots[i] = this.#slots[(this.#first + i) & (size - 1)];
    this.#slots = slots;
    this.#first = 0;
  }
}
