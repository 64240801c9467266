/**
 * The one loop of a TaskManager's thread: gives every task its turn, lets the event loop breathe, and sleeps when no
 * task can go on.
 *
 * Invariants:
 * - A turn lasts about `TURN_MS`; after `YIELD_MS` the event loop gets the thread (messages, timers, sockets).
 * - `wake` is never lost: a wake during a pass makes another pass follow.
 */
import type { Clock } from '../core/clock.js';
import { type EventLoop, systemEventLoop } from '../core/event-loop.js';
import type { Task } from './task.js';
import { TURN_MS } from './turn-pace.js';

const YIELD_MS = 5;

/** How the loop gets the thread again, and how it learns that another thread has something for it. */
export interface LoopHost {
  /** Runs `call` after pending input and timers of the event loop. */
  defer(call: () => void): void;
  /**
   * Announces to other threads that this one sleeps, then asks `ready` once more: when it is true, takes the
   * announcement back and answers false; when it is false, sleeps until one of them rings or `interrupt` is called,
   * and then runs `awake`.
   */
  sleep(ready: () => boolean, awake: () => void): boolean;
  /** Ends the sleep. */
  interrupt(): void;
}

/** Hears when a task gets its turn, and when that is over. */
export interface TurnListener {
  begin(task: Pick<Task, 'name' | 'parts'>): void;
  end(): void;
}

/** A loop alone in its process: nobody else can ring. */
export class SoloLoopHost implements LoopHost {
  private awake: (() => void) | undefined;

  constructor(private readonly eventLoop: EventLoop = systemEventLoop) {}

  defer(call: () => void): void {
    this.eventLoop.defer(call);
  }

  sleep(ready: () => boolean, awake: () => void): boolean {
    if (ready()) return false;
    this.awake = awake;
    return true;
  }

  interrupt(): void {
    const { awake } = this;
    this.awake = undefined;
    awake?.();
  }
}

export class TaskLoop {
  private readonly tasks = new Set<Task>();
  private scheduled = false;
  private running = false;
  private sleeping = false;
  private wokenWhileRunning = false;
  private stopped = false;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>, private readonly host: LoopHost, private readonly turns?: TurnListener) {}

  add(task: Task): void {
    this.tasks.add(task);
    this.wake();
  }

  /** Makes a pass happen soon. */
  wake(): void {
    if (this.running) this.wokenWhileRunning = true;
    else if (this.sleeping) this.host.interrupt();
    else this.schedule();
  }

  stop(): void {
    this.stopped = true;
  }

  private schedule(): void {
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    this.host.defer(() => this.turn());
  }

  private turn(): void {
    this.scheduled = false;
    if (this.stopped) return;
    const yieldAt = this.clock.monotonic() + YIELD_MS;
    this.running = true;
    let again: boolean;
    do {
      this.wokenWhileRunning = false;
      again = this.pass();
    } while ((again || this.wokenWhileRunning) && this.clock.monotonic() < yieldAt);
    const asleep = !again && !this.wokenWhileRunning && this.sleep();
    this.running = false;
    if (!asleep) this.schedule();
  }

  /** Still counts as running: looking for work moves what waits for room, and that may wake the loop. */
  private sleep(): boolean {
    this.sleeping = this.host.sleep(
      () => this.anyReady() || this.wokenWhileRunning,
      () => {
        this.sleeping = false;
        this.turn();
      },
    );
    return this.sleeping;
  }

  private anyReady(): boolean {
    for (const task of this.tasks) if (task.ready) return true;
    return false;
  }

  /** One turn for each task; true when some task could go on at once. */
  private pass(): boolean {
    let again = false;
    for (const task of this.tasks) {
      this.turns?.begin(task);
      const outcome = task.run(this.clock.monotonic() + TURN_MS);
      this.turns?.end();
      if (outcome === 'over') this.tasks.delete(task);
      else if (outcome === 'again') again = true;
    }
    return again;
  }
}
