/**
 * One subtask of one vertex: a chain of operators, what feeds it and where its results leave.
 *
 * Life of a task:
 *   start: open the chain, start the input            → running
 *   turn after turn: run the input, drain the outputs → input ended
 *   finish the chain, announce the end downstream     → outputs drained
 *   close the chain                                   → finished
 * A failure or a cancellation goes straight to closing, from anywhere.
 *
 * Invariants:
 * - One thing at a time: turns, mail and feedback never overlap, for all of them happen inside `run`.
 * - A terminal state is reported exactly once, after `close` has run for every operator.
 * - `close` waits for an `open` under way; after it nothing of the task is called any more.
 * - Only the task that drives a chain runs turns; a task that is called directly by another (`driver`) shares the
 *   driver's gate and ends when the driver says so.
 */
import type { Clock } from '../core/clock.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import type { DirectCall } from './direct-call.js';
import { forgetLabels, type LabelledOperator, locateFailure } from './failure.js';
import type { TaskGate } from './gate.js';
import type { OperatorChain } from './operator-chain.js';
import type { RecordWriter } from './record-writer.js';
import type { TaskInput, TurnResult } from './task-input.js';
import type { Phase, TaskMetrics } from './task-metrics.js';

export type TaskState = 'INITIALIZING' | 'RUNNING' | 'FINISHED' | 'CANCELED' | 'FAILED';

/** What a turn came to, for the loop: run again at once, wait to be woken, or forget the task. */
export type TurnOutcome = 'again' | 'wait' | 'over';

/** Records that reach an operator of this task by another way than its input: an iteration's feedback. */
export interface FeedbackFeed {
  /** Delivers what waits now; true when something was delivered. */
  deliver(): boolean;
}

export interface TaskListener {
  state(task: Task, state: TaskState, error?: Error): void;
}

export interface TaskParts {
  readonly name: string;
  readonly vertexId: string;
  readonly subtask: number;
  readonly attempt: number;
  readonly head: LabelledOperator;
  /** Under which the chain's operators are found by failures; forgotten when the task is over. */
  readonly labels: readonly number[];
  readonly chain: OperatorChain;
  /** Undefined for a task that another one drives. */
  readonly input: TaskInput | undefined;
  readonly isSource: boolean;
  readonly writers: readonly RecordWriter[];
  /** Tasks that this task's chain calls directly. */
  readonly calls: readonly DirectCall[];
  readonly gate: TaskGate;
  readonly metrics: TaskMetrics;
  readonly clock: Clock;
  readonly listener: TaskListener;
  /** Makes the loop run the task soon. */
  readonly wake: () => void;
}

type EndState = 'FINISHED' | 'CANCELED' | 'FAILED';
type Stage = 'starting' | 'running' | 'finishing' | 'draining' | 'closing' | 'over';

export class Task {
  private stage: Stage = 'starting';
  private readonly mail: (() => void)[] = [];
  private readonly feeds: FeedbackFeed[] = [];
  private lastFlush = 0;
  private dirty = false;
  /** The opening under way. */
  private opening: Promise<boolean> | undefined;
  /** The input feeds the chain right now: what is thrown has to do with a record. */
  private feeding = false;

  constructor(readonly parts: TaskParts) {
    this.lastFlush = parts.clock.monotonic();
  }

  get name(): string {
    return this.parts.name;
  }

  get driving(): boolean {
    return this.parts.input !== undefined;
  }

  /** Opens the chain and starts the input, after the tasks it drives. */
  async start(): Promise<void> {
    this.opening = this.open();
    try {
      if (await this.opening) this.parts.wake();
    } catch (error) {
      this.opening = undefined;
      this.fail(error);
    }
  }

  /** True when the task runs; false when it was stopped meanwhile. */
  private async open(): Promise<boolean> {
    const { chain, input, listener, metrics, clock, calls } = this.parts;
    for (const { task } of calls) if (!(await task.open())) return false;
    if (this.stopped) return false;
    listener.state(this, 'INITIALIZING');
    await chain.open();
    if (this.stopped) return false;
    await input?.start();
    if (this.stopped) return false;
    this.stage = 'running';
    metrics.enter('idle', clock.now());
    listener.state(this, 'RUNNING');
    return true;
  }

  private get stopped(): boolean {
    return this.stage === 'closing' || this.stage === 'over';
  }

  get over(): boolean {
    return this.stage === 'over';
  }

  /** Whether a turn would find something to do at once. */
  get ready(): boolean {
    if (!this.driving || this.stage === 'starting' || this.stage === 'closing' || this.stage === 'over') return false;
    if (this.hasMail) return true;
    const { gate, input } = this.parts;
    if (!this.drainWriters()) return false;
    return this.stage === 'draining' || (this.stage === 'running' && gate.holds === 0 && input!.ready);
  }

  private get hasMail(): boolean {
    return this.mail.length > 0 || this.parts.calls.some(({ task }) => task.hasMail);
  }

  /** Runs a call between two records; what it throws fails the task. */
  post(call: () => void): void {
    this.mail.push(call);
    this.parts.wake();
  }

  attachFeedback(feed: FeedbackFeed): void {
    this.feeds.push(feed);
  }

  /** One turn on the thread. */
  run(deadline: number): TurnOutcome {
    if (this.stage === 'over') return 'over';
    if (!this.driving || this.stage === 'starting' || this.stage === 'closing') return 'wait';
    this.enterPhase('busy', this.parts.clock.now());
    try {
      return this.turn(deadline);
    } catch (error) {
      this.fail(error, this.feeding ? this.parts.input?.failing() : undefined);
      return 'wait';
    } finally {
      this.feeding = false;
    }
  }

  private turn(deadline: number): TurnOutcome {
    // A mail may emit: the results of asynchronous calls come this way, also while the chain finishes.
    if (this.readMail()) this.dirty = true;
    const drained = this.drainWriters();
    if (this.stage === 'draining') {
      if (drained) void this.close('FINISHED');
      else this.endTurn('backPressured');
      return 'wait';
    }
    const fed = this.deliverFeedback();
    if (fed) this.dirty = true;
    if (this.stage === 'finishing') {
      this.flushIfDue(true);
      return fed ? 'again' : 'wait';
    }
    this.feeding = true;
    const result = this.parts.input!.run(deadline);
    this.feeding = false;
    this.dirty = true;
    if (result === 'ended') {
      void this.finish();
      // Finishing may take long; what is buffered by now does not wait for it.
      return 'again';
    }
    return this.afterInput(result, fed);
  }

  private afterInput(result: TurnResult, fed: boolean): TurnOutcome {
    // Held by an operator that waits for something outside, nothing else would send what it has emitted so far.
    const quiet = result === 'idle' || (result === 'held' && this.drainWriters());
    this.flushIfDue(quiet && !fed);
    if (result === 'more' || fed) return 'again';
    this.endTurn(result === 'held' ? 'backPressured' : 'idle');
    return 'wait';
  }

  private endTurn(phase: Phase): void {
    this.enterPhase(phase, this.parts.clock.now());
  }

  private enterPhase(phase: Phase, now: number): void {
    this.parts.metrics.enter(phase, now);
    for (const call of this.parts.calls) {
      call.bookRecords();
      call.task.enterPhase(phase, now);
    }
  }

  /** Something this task waited for has happened somewhere else: room in a channel, a record of an iteration. */
  drainWriters(): boolean {
    let drained = true;
    for (const writer of this.parts.writers) drained = writer.drain() && drained;
    for (const { task } of this.parts.calls) drained = task.drainWriters() && drained;
    return drained;
  }

  /** True when there was some. */
  private readMail(): boolean {
    let read = this.mail.length > 0;
    while (this.mail.length > 0) this.mail.shift()!();
    for (const { task } of this.parts.calls) read = task.readMail() || read;
    return read;
  }

  private deliverFeedback(): boolean {
    let delivered = false;
    for (const feed of this.feeds) delivered = (this.parts.gate.holds === 0 && feed.deliver()) || delivered;
    for (const { task } of this.parts.calls) delivered = task.deliverFeedback() || delivered;
    return delivered;
  }

  private flushIfDue(idle: boolean): void {
    const now = this.parts.clock.monotonic();
    if (idle ? this.dirty : now - this.lastFlush >= this.flushInterval()) {
      this.flush(false);
      this.lastFlush = now;
      this.dirty = false;
    }
  }

  private flushInterval(): number {
    const timeouts = this.parts.writers.map((writer) => writer.bufferTimeoutMs).filter((ms) => ms > 0);
    return timeouts.length > 0 ? Math.min(...timeouts) : FLUSH_INTERVAL_MS;
  }

  private flush(everything: boolean): void {
    this.parts.chain.flush();
    for (const writer of this.parts.writers) if (everything || writer.bufferTimeoutMs >= 0) writer.flush();
    for (const { task } of this.parts.calls) task.flush(everything);
  }

  /** All input has ended. */
  private async finish(): Promise<void> {
    this.stage = 'finishing';
    try {
      if (this.parts.isSource) this.parts.chain.headOutput.watermark(MAX_TIMESTAMP);
      await this.finishChain();
    } catch (error) {
      return this.fail(error);
    }
    if (this.stopped) return;
    this.stage = 'draining';
    this.parts.wake();
  }

  private async finishChain(): Promise<void> {
    await this.parts.chain.finish();
    for (const { task } of this.parts.calls) {
      if (this.stopped) return;
      task.parts.chain.endInput(0);
      await task.finishChain();
    }
    if (this.stopped) return;
    for (const writer of this.parts.writers) {
      writer.event({ type: 'end-of-data', drain: true });
      writer.event({ type: 'end-of-partition' });
    }
  }

  /** Stops without finishing; `close` runs. Has no effect on a task that is over. */
  cancel(): void {
    if (this.stopped) return;
    void this.close('CANCELED');
  }

  fail(thrown: unknown, record?: { readonly value: unknown }): void {
    if (this.stopped) return;
    void this.close('FAILED', locateFailure(thrown, this.parts.head, record));
  }

  private async close(state: EndState, error?: Error): Promise<void> {
    if (this.stopped) return;
    this.stop();
    // How the opening ends does not matter any more.
    await this.opening?.catch(() => {});
    for (const report of await this.closeParts(state, error)) report();
  }

  /** From here on nothing is called but `close`, in this task and in those it drives. */
  private stop(): void {
    this.stage = 'closing';
    this.parts.chain.stop();
    for (const { task } of this.parts.calls) task.stop();
  }

  /** Closes this task and those it drives; answers what is to be reported, this task's end first. */
  private async closeParts(state: EndState, error?: Error): Promise<(() => void)[]> {
    const { metrics, clock, listener, input, chain, writers, calls } = this.parts;
    this.enterPhase('idle', clock.now());
    metrics.stop(clock.now());
    let outcome = state;
    let cause = error;
    for (const part of [input, chain]) {
      try {
        await part?.close();
      } catch (closing) {
        // What went wrong first is the reason; an error of `close` counts only when nothing else failed.
        if (outcome === 'FINISHED') outcome = 'FAILED';
        cause ??= outcome === 'FAILED' ? locateFailure(closing, this.parts.head) : undefined;
      }
    }
    for (const writer of writers) writer.close();
    forgetLabels(this.parts.labels);
    this.stage = 'over';
    const reports = [() => listener.state(this, outcome, cause)];
    for (const { task } of calls) reports.push(...(await task.closeParts(state === 'FINISHED' ? 'FINISHED' : 'CANCELED')));
    return reports;
  }
}

/** How long a sink may keep records to itself while its task is busy, when no edge says otherwise. */
const FLUSH_INTERVAL_MS = 100;
