/**
 * A scheduler that plays several threads on one, from a seed: which thread's turn, message or timer comes next is
 * drawn at random, time is virtual, and the same seed gives the same run, step by step.
 *
 * How it differs from real threads: a thread is interrupted only where it asks for the time, rings a bell or goes to
 * sleep (`preempt`); there, others may run whole turns before it goes on. Tearing of shared memory inside a single
 * read or write cannot show here.
 *
 * Invariants:
 * - One thread's calls never overlap, and its promises have settled before its next call.
 * - Messages between two threads arrive in order, timers never early, and nothing runs on a thread that was killed.
 */
import type { Clock, ScheduledCall } from '../../src/core/clock.js';
import { type Random, randomInt, seededRandom } from '../../src/core/random.js';

const EPOCH = 1_700_000_000_000;

interface Timed {
  readonly at: number;
  readonly label: string;
  readonly call: () => void;
}

/** How a run of the scheduler ended. */
export type RunEnd = 'done' | 'quiet' | 'endless';

export class Scheduler {
  readonly random: Random;
  readonly threads: SimulatedThread[] = [];
  /** Everything that happened, one line an event. */
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  /** Virtual milliseconds since the start. */
  time = 0;
  steps = 0;
  /** Milliseconds by which the wall clock is ahead of the time that has passed; somebody may set it back. */
  wallAhead = 0;
  /** How likely a thread is interrupted where it can be. */
  preemption: number;
  private readonly running: SimulatedThread[] = [];

  constructor(readonly seed: number) {
    this.random = seededRandom(seed);
    this.preemption = this.chance(0.5) ? 0 : this.random.next() * 0.3;
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  pick<T>(options: readonly T[]): T {
    return options[randomInt(this.random, options.length)]!;
  }

  thread(name: string): SimulatedThread {
    const thread = new SimulatedThread(name, this, 0.02 + this.random.next());
    this.threads.push(thread);
    return thread;
  }

  note(line: string): void {
    this.trace.push(`${this.time.toFixed(3)} ${line}`);
  }

  violated(what: string): void {
    this.note(`VIOLATION ${what}`);
    this.violations.push(what);
  }

  /** Runs until `done`, until nothing is left to do, or for `steps` steps. */
  async run(done: () => boolean, steps: number): Promise<RunEnd> {
    for (let step = 0; step < steps; step++) {
      await settled();
      for (const thread of this.threads) thread.settling = false;
      if (done()) return 'done';
      if (!this.step()) return 'quiet';
    }
    return 'endless';
  }

  /** A thread is at a point where the machine could stop it for a while: others may run meanwhile. */
  preempt(): void {
    while (this.running.length > 0 && this.running.length < this.threads.length && this.chance(this.preemption)) {
      const candidates = this.threads.filter((thread) => !this.running.includes(thread) && !thread.settling && thread.hasWork);
      if (candidates.length === 0) return;
      this.runOn(this.pick(candidates));
    }
  }

  private step(): boolean {
    let candidates = this.threads.filter((thread) => thread.hasWork);
    if (candidates.length === 0) {
      const next = Math.min(...this.threads.map((thread) => thread.nextTime));
      if (next === Number.POSITIVE_INFINITY) return false;
      this.time = Math.max(this.time, next);
      candidates = this.threads.filter((thread) => thread.hasWork);
    }
    this.runOn(this.weighted(candidates));
    return true;
  }

  private weighted(threads: readonly SimulatedThread[]): SimulatedThread {
    let rest = this.random.next() * threads.reduce((sum, thread) => sum + thread.speed, 0);
    return threads.find((thread) => (rest -= thread.speed) < 0) ?? threads.at(-1)!;
  }

  private runOn(thread: SimulatedThread): void {
    this.steps += 1;
    this.running.push(thread);
    thread.settling = true;
    try {
      thread.runNext();
    } catch (error) {
      this.violated(`${thread.name} threw outside of every task: ${String((error as Error).stack)}`);
    } finally {
      this.running.pop();
    }
  }
}

export class SimulatedThread {
  alive = true;
  /** It ran since promises last settled. */
  settling = false;
  readonly clock: Clock;
  private readonly due: Timed[] = [];
  private readonly inboxes = new Map<string, Timed[]>();
  private readonly timers: Timed[] = [];
  private readonly wills: (() => void)[] = [];

  /** @param speed how often it gets its turn, against the others. */
  constructor(readonly name: string, private readonly scheduler: Scheduler, readonly speed: number) {
    this.clock = {
      now: () => EPOCH + Math.floor(scheduler.time + scheduler.wallAhead),
      monotonic: () => this.monotonic(),
      schedule: (delayMs, call) => this.schedule(delayMs, call),
    };
  }

  /** Timers that were neither cancelled nor run. */
  get pendingTimers(): number {
    return this.alive ? this.timers.length : 0;
  }

  get hasWork(): boolean {
    return this.alive && this.sources().length > 0;
  }

  /** When something happens at the earliest; infinite when nothing will. */
  get nextTime(): number {
    if (!this.alive) return Number.POSITIVE_INFINITY;
    return Math.min(...[this.due, this.timers, ...this.inboxes.values()].map((queue) => queue[0]?.at ?? Number.POSITIVE_INFINITY));
  }

  /** Runs `call` in a turn of its own. */
  defer(label: string, call: () => void): void {
    this.due.push({ at: 0, label, call });
  }

  /** A message from another thread, `lateMs` under way at the least, behind those that it sent before. */
  deliver(from: string, label: string, call: () => void, lateMs = 0): void {
    const inbox = this.inboxes.get(from) ?? [];
    this.inboxes.set(from, inbox);
    const delay = lateMs + (this.scheduler.chance(0.2) ? this.scheduler.random.next() * 20 : 0);
    inbox.push({ at: Math.max(inbox.at(-1)?.at ?? 0, this.scheduler.time + delay), label: `${from} → ${label}`, call });
  }

  runNext(): void {
    const { label, call } = this.scheduler.pick(this.sources()).shift()!;
    this.scheduler.note(`${this.name}: ${label}`);
    call();
  }

  /** Calls when the thread is killed, while it still counts as alive. */
  whenKilled(call: () => void): void {
    this.wills.push(call);
  }

  kill(): void {
    for (const call of this.wills.splice(0)) call();
    this.alive = false;
    this.scheduler.note(`${this.name} is gone`);
  }

  private sources(): Timed[][] {
    const { time } = this.scheduler;
    return [this.due, this.timers, ...this.inboxes.values()].filter((queue) => queue.length > 0 && queue[0]!.at <= time);
  }

  private monotonic(): number {
    const { scheduler } = this;
    scheduler.preempt();
    scheduler.time += scheduler.chance(0.1) ? scheduler.random.next() * 4 : scheduler.random.next() * 0.2;
    return scheduler.time;
  }

  private schedule(delayMs: number, call: () => void): ScheduledCall {
    const entry: Timed = { at: this.scheduler.time + delayMs, label: `timer of ${delayMs.toFixed(1)} ms`, call };
    const after = this.timers.findIndex((other) => other.at > entry.at);
    this.timers.splice(after < 0 ? this.timers.length : after, 0, entry);
    return {
      cancel: () => {
        const at = this.timers.indexOf(entry);
        if (at >= 0) this.timers.splice(at, 1);
      },
    };
  }
}

/** Every promise that can settle has. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
