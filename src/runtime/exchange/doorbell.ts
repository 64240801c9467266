/**
 * How a sleeping thread is woken. Every worker has one doorbell: a word of shared memory that counts rings, and a
 * flag by which its thread says that it is about to sleep.
 *
 * Waking costs the caller 5-50 µs, as much as a few hundred records, so `ring` does nothing unless the flag is up,
 * and of several callers only the one that takes the flag down pays.
 *
 * Why no wake-up is lost. A sender first publishes work (`Atomics.store`), then reads the flag. The sleeper first
 * reads the count, then raises the flag, then looks for work, and only then waits for the count to change. All
 * of these are sequentially consistent, so either the sleeper's look finds the work, or the sender sees the flag
 * and raises the count; and a count raised before the wait begins makes the wait end at once.
 *
 * Invariant: one thread sleeps on a doorbell, once at a time. Anyone may ring, the sleeper's own thread included
 * (a timer or a promise that brings it work).
 */
import type { Clock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';

const RINGS = 0;
const ASLEEP = 1;

/** Longest sleep without a ring: only bounds the timer that keeps the event loop alive. */
const LONGEST_SLEEP_MS = 60_000;

export class Doorbell {
  readonly #words: Int32Array;
  #sleeping = false;

  /** New shared memory for a doorbell. */
  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  }

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** Wakes the owner if it sleeps or is about to. Publish the work before. */
  ring(): void {
    if (Atomics.load(this.#words, ASLEEP) === 0) return;
    if (Atomics.compareExchange(this.#words, ASLEEP, 1, 0) === 0) return;
    Atomics.add(this.#words, RINGS, 1);
    Atomics.notify(this.#words, RINGS);
  }

  /**
   * Sleeps until somebody rings or `atMostMs` have passed; other events of the thread (timers, input, promises)
   * run meanwhile and should ring when they bring work. `hasWork` is called exactly once, when rings already
   * count: it must look at every input and `drain` every output that waits. Returns undefined, without having
   * slept, when it says true. The wait keeps the process alive.
   */
  sleep(hasWork: () => boolean, clock: Clock, atMostMs = LONGEST_SLEEP_MS): Promise<void> | undefined {
    if (this.#sleeping) throw new FlinkError('INTERNAL', 'a thread went to sleep twice on its doorbell');
    const rings = Atomics.load(this.#words, RINGS);
    Atomics.store(this.#words, ASLEEP, 1);
    let wait: ReturnType<typeof Atomics.waitAsync> | undefined;
    try {
      wait = hasWork() ? undefined : Atomics.waitAsync(this.#words, RINGS, rings);
    } finally {
      if (!wait?.async) Atomics.store(this.#words, ASLEEP, 0);
    }
    if (!wait?.async) return undefined;
    this.#sleeping = true;
    // A pending waitAsync alone does not keep Node's event loop alive; the timer does, and ends the wait in time.
    const alarm = clock.schedule(Math.min(atMostMs, LONGEST_SLEEP_MS), () => this.ring());
    return wait.value.then(() => {
      alarm.cancel();
      this.#sleeping = false;
    });
  }
}
