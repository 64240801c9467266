/**
 * One way to take elements from arrays, iterables and asynchronous iterables: a cursor that says what it has now.
 *
 * Invariants:
 * - `next` never waits; `WAIT` means that `available()` resolves when there is news.
 * - `close` calls the iterator's `return()` unless it has ended, and never waits for an element that is under way.
 */
import { Availability } from '../availability.js';

/** Nothing now. */
export const WAIT: unique symbol = Symbol('wait');
/** Nothing ever again. */
export const END: unique symbol = Symbol('end');

export interface ElementCursor<T> {
  next(): T | typeof WAIT | typeof END;
  available(): Promise<void>;
  close(): void | Promise<void>;
}

export function openCursor<T>(collection: Iterable<T> | AsyncIterable<T>): ElementCursor<T> {
  if (Array.isArray(collection)) return arrayCursor<T>(collection);
  if (typeof collection !== 'string' && Symbol.asyncIterator in collection) return new AsyncCursor(collection[Symbol.asyncIterator]());
  return new IteratorCursor(collection[Symbol.iterator]());
}

function arrayCursor<T>(elements: readonly T[]): ElementCursor<T> {
  let index = 0;
  return {
    next: () => (index < elements.length ? elements[index++]! : END),
    available: () => Promise.resolve(),
    close() {},
  };
}

class IteratorCursor<T> implements ElementCursor<T> {
  private ended = false;

  constructor(private readonly iterator: Iterator<T>) {}

  next(): T | typeof END {
    if (this.ended) return END;
    // An iterator that throws is finished and must not be told to return.
    this.ended = true;
    const result = this.iterator.next();
    if (result.done) return END;
    this.ended = false;
    return result.value;
  }

  available(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.iterator.return?.();
  }
}

/** Elements taken ahead of downstream. */
const AHEAD = 256;

class AsyncCursor<T> implements ElementCursor<T> {
  private buffer: T[] = [];
  private taken = 0;
  private pulling = false;
  private ended = false;
  private closed = false;
  private failure: { readonly error: unknown } | undefined;
  private readonly news = new Availability();

  constructor(private readonly iterator: AsyncIterator<T>) {}

  next(): T | typeof WAIT | typeof END {
    if (this.taken < this.buffer.length) return this.buffer[this.taken++]!;
    if (this.failure) throw this.failure.error;
    if (this.ended) return END;
    this.buffer = [];
    this.taken = 0;
    if (!this.pulling) void this.pull();
    return WAIT;
  }

  available(): Promise<void> {
    return this.taken < this.buffer.length || this.ended || this.failure ? Promise.resolve() : this.news.wait();
  }

  close(): void | Promise<void> {
    if (this.closed || this.ended) return undefined;
    this.closed = true;
    const returned = this.iterator.return?.();
    // A generator that is in the middle of an element returns only when it comes to its next yield.
    if (!this.pulling) return returned?.then(() => {});
    returned?.catch(() => {});
    return undefined;
  }

  private async pull(): Promise<void> {
    this.pulling = true;
    try {
      while (!this.closed && this.buffer.length < AHEAD) {
        const result = await this.iterator.next();
        if (result.done) {
          this.ended = true;
          break;
        }
        this.buffer.push(result.value);
        if (this.taken === this.buffer.length - 1) this.news.notify();
      }
    } catch (error) {
      this.failure = { error };
      this.ended = true;
    }
    this.pulling = false;
    this.news.notify();
  }
}
