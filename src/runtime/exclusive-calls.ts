/**
 * Calls that have a task to themselves: while one is pending the task takes no record, no mail and no other such call.
 *
 * Invariants:
 * - Calls run in order, each after the one before has settled.
 * - What is synchronous happens before `run` returns; only a promise makes the task wait.
 */
import type { Gate } from '../operators/operator.js';

/** What is called; a promise is waited for. */
export type ExclusiveCall = () => void | Promise<void>;

export interface ExclusiveCallsOptions {
  readonly gate: Pick<Gate, 'hold' | 'release'>;
  readonly wake: () => void;
  readonly fail: (error: unknown) => void;
}

export class ExclusiveCalls {
  private queue: ExclusiveCall[] = [];
  private running = false;
  private waiting = false;
  private underWay: Promise<unknown> = Promise.resolve();
  /** A promise has settled: `resume` goes on. */
  settled = false;

  constructor(private readonly options: ExclusiveCallsOptions) {}

  /** Calls are under way or waiting. */
  get busy(): boolean {
    return this.running || this.waiting;
  }

  /** A call is pending. */
  get pending(): boolean {
    return this.waiting && !this.settled;
  }

  /** Runs the calls behind those that were given before; throws what a synchronous one throws. */
  run(calls: readonly ExclusiveCall[]): void {
    this.queue.push(...calls);
    if (!this.running && !this.waiting) this.advance();
  }

  /** Goes on where a promise has settled. Called in the task's turn. */
  resume(): void {
    if (!this.settled) return;
    this.settled = false;
    this.advance();
  }

  /** Forgets what has not been called yet. Resolves when the call under way has come to its end, whichever. */
  stop(): Promise<unknown> {
    this.queue = [];
    return this.underWay;
  }

  private advance(): void {
    this.running = true;
    try {
      for (let call = this.queue.shift(); call; call = this.queue.shift()) {
        const answer = call();
        if (answer) return this.wait(answer);
      }
    } finally {
      this.running = false;
    }
    if (!this.waiting) return;
    this.waiting = false;
    this.options.gate.release();
  }

  private wait(answer: Promise<void>): void {
    const { gate, wake, fail } = this.options;
    if (!this.waiting) gate.hold();
    this.waiting = true;
    this.underWay = answer.catch(() => {});
    answer.then(() => {
      this.settled = true;
      wake();
    }, fail);
  }
}
