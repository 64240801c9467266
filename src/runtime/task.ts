/**
 * One subtask of one vertex: a chain of operators, what feeds it and where its results leave.
 *
 * Life of a task:
 *   start: restore and open the chain              → opened
 *   wait for all tasks of the job (if staged), open the sinks, start the input → running
 *   (sinks that are to wait for the first keys are opened when that is said: until then nobody outside sees it running)
 *   turn after turn: run the input, drain the outputs  → input ended
 *   finish the chain, announce the end of data         → finished
 *   pass on barriers until the last checkpoint is complete and nothing comes from upstream any more,
 *   announce the end of everything                     → outputs drained
 *   close the chain                                    → over
 * A failure or a cancellation goes straight to closing, from anywhere.
 *
 * Invariants:
 * - One thing at a time: turns, mail and feedback never overlap, for all of them happen inside `run`; while operators
 *   work on a checkpoint with promises, nothing else is called.
 * - A terminal state is reported exactly once, after `close` has run for every operator.
 * - `close` waits for an `open` or a call for a checkpoint under way; after it nothing of the task is called any more.
 * - Only the task that drives a chain runs turns; a task that is called directly by another (`driver`) shares the
 *   driver's gate and ends when the driver says so.
 */
import { openSnapshotReader } from '../checkpoint/snapshot-input.js';
import type { CheckpointBarrier } from '../core/checkpoint.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import type { TaskRestore } from './deployment.js';
import { readInFlight } from './barriers/in-flight-records.js';
import { isBatch, type RecordBatch } from './exchange/channel.js';
import { forgetLabels, locateFailure } from './failure.js';
import { TaskCheckpoints } from './task-checkpoints.js';
import type { TurnResult } from './task-input.js';
import type { Phase } from './task-metrics.js';
import { TaskOutputs } from './task-outputs.js';
import type { FeedbackFeed, TaskParts } from './task-parts.js';

/** What a turn came to, for the loop: run again at once, wait to be woken, or forget the task. */
export type TurnOutcome = 'again' | 'wait' | 'over';

type EndState = 'FINISHED' | 'CANCELED' | 'FAILED';
type Stage = 'starting' | 'running' | 'finishing' | 'finished' | 'draining' | 'closing' | 'over';

export class Task {
  private stage: Stage = 'starting';
  /** Of operators, which waits while the task is suspended. */
  private readonly mail: (() => void)[] = [];
  /** What the JobManager says about checkpoints, and to the reader: in the order in which it was said. */
  private readonly control: (() => void)[] = [];
  readonly checkpoints: TaskCheckpoints;
  /** Restored, for operators whose channels have become calls, and their position in the chain. */
  private readonly inFlight: { readonly at: number; readonly batch: RecordBatch }[] = [];
  private readonly feeds: FeedbackFeed[] = [];
  private readonly outputs: TaskOutputs;
  /** The opening under way. */
  private opening: Promise<boolean> | undefined;
  /** The job may begin: called when it does, or when the task stops before. */
  private letBegin!: () => void;
  private readonly begun = new Promise<void>((resolve) => (this.letBegin = resolve));
  /** The same for sinks that are opened behind the input. */
  private letOpenSinks!: () => void;
  private readonly sinksLetOpen = new Promise<void>((resolve) => (this.letOpenSinks = resolve));
  private sinksWait = false;
  /** The input feeds the chain right now: what is thrown has to do with a record. */
  private feeding = false;

  constructor(readonly parts: TaskParts) {
    const { gate, clock, random, wake, files } = parts;
    this.outputs = new TaskOutputs(parts);
    this.checkpoints = new TaskCheckpoints({
      members: () => this.members(), gate, clock, random, wake, files,
      fail: (error) => this.fail(error),
      finished: () => this.stage === 'finished',
    });
  }

  /** This task and those it drives, from head to tail. */
  private members(): Task[] {
    return [this, ...this.parts.calls.flatMap(({ task }) => task.members())];
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
      if (!(await this.opening)) return;
      this.parts.wake();
      if (!this.sinksAreAwaited) return;
      this.opening = this.openWaitingSinks();
      await this.opening;
    } catch (error) {
      this.opening = undefined;
      this.fail(error);
    }
  }

  /**
   * The operators of all tasks have been opened, with the state they go on from: input may come, and sinks may open if they
   * are not to wait for `openSinks`.
   */
  begin(sinks = true): void {
    this.sinksWait = !sinks;
    this.letBegin();
  }

  /** Nothing has been found wrong with the first keys. */
  openSinks(): void {
    this.letOpenSinks();
  }

  /** True when the task runs; false when it was stopped meanwhile. */
  private async open(): Promise<boolean> {
    const { staged, listener } = this.parts;
    if (!(await this.openOperators())) return false;
    if (staged) {
      for (const task of this.members()) listener.opened(task);
      await this.begun;
    }
    return this.launch(this.sinksWait);
  }

  /** Everything before the first effect outside, in this task and in those it drives. */
  private async openOperators(): Promise<boolean> {
    const { chain, listener, calls, restore, staged } = this.parts;
    for (const { task } of calls) if (!(await task.openOperators())) return false;
    if (this.stopped) return false;
    listener.state(this, 'INITIALIZING');
    if (restore) await this.restore(restore);
    if (this.stopped) return false;
    await chain.open(staged ? ({ opensLast }) => opensLast !== true : undefined);
    return !this.stopped;
  }

  private async launch(sinksWait: boolean): Promise<boolean> {
    const { chain, input, listener, metrics, clock, calls, staged } = this.parts;
    for (const { task } of calls) if (!(await task.launch(sinksWait))) return false;
    if (this.stopped) return false;
    this.sinksWait = sinksWait && chain.awaitOpening();
    if (staged && !this.sinksWait) await this.openLast();
    if (this.stopped) return false;
    await input?.start();
    if (this.stopped) return false;
    this.stage = 'running';
    metrics.enter('idle', clock.now());
    if (!this.sinksWait) listener.state(this, 'RUNNING');
    return true;
  }

  private get sinksAreAwaited(): boolean {
    return this.members().some((task) => task.sinksWait);
  }

  private openLast(): Promise<void> {
    return this.parts.chain.open(({ opensLast }) => opensLast === true);
  }

  private async openWaitingSinks(): Promise<boolean> {
    await this.sinksLetOpen;
    for (const task of this.members().reverse()) {
      if (!task.sinksWait) continue;
      if (this.stopped) return false;
      await task.openLast();
      task.sinksWait = false;
      if (this.stopped) return false;
      task.parts.listener.state(task, 'RUNNING');
    }
    return true;
  }

  private async restore(restore: TaskRestore): Promise<void> {
    const { chain, input, classes } = this.parts;
    const reader = openSnapshotReader(restore, this.parts.files);
    await chain.restore(restore.operators, reader);
    const head = restore.operators[chain.headId];
    if (input && head) await input.restore(head, reader);
    for (const [at, operatorId] of chain.operatorIds.entries()) {
      // The head's channels are the input's.
      if (at === 0 && input) continue;
      for (const handle of restore.operators[operatorId]?.inputChannels ?? []) {
        for (const item of await readInFlight(handle, reader, classes)) if (isBatch(item)) this.inFlight.push({ at, batch: item });
      }
    }
  }

  /**
   * Delivers what was in flight to operators that are called directly now, in this chain or as tasks of their own, those
   * downstream first: it comes before anything new.
   */
  private replay(): void {
    for (const { task } of this.parts.calls) task.replay();
    const { chain } = this.parts;
    for (const { at, batch } of this.inFlight.splice(0).sort((a, b) => b.at - a.at)) chain.deliver(batch, at);
  }

  private get stopped(): boolean {
    return this.stage === 'closing' || this.stage === 'over';
  }

  get over(): boolean {
    return this.stage === 'over';
  }

  /** Whether a turn would find something to do at once. */
  get ready(): boolean {
    if (!this.driving || this.stage === 'starting' || this.stopped) return false;
    if (this.checkpoints.exclusive.pending) return false;
    if (this.control.length > 0 && this.stage !== 'finishing') return true;
    if (this.checkpoints.writing || this.checkpoints.exclusive.settled) return true;
    if (!this.checkpoints.suspended && this.hasMail) return true;
    const drained = this.drainWriters();
    const { gate, input } = this.parts;
    if (this.takesInput && input!.pressing) return true;
    return drained && (this.stage === 'draining' || (this.takesInput && gate.holds === 0 && input!.ready));
  }

  /** Records may come, or barriers behind the last of them. */
  private get takesInput(): boolean {
    return this.stage === 'running' || (this.stage === 'finished' && !this.parts.input!.exhausted);
  }

  private get hasMail(): boolean {
    return this.mail.length > 0 || this.parts.calls.some(({ task }) => task.hasMail);
  }

  /** Runs a call between two records; what it throws fails the task. */
  post(call: () => void): void {
    this.mail.push(call);
    this.parts.wake();
  }

  /** The JobManager wants a checkpoint, which begins here. */
  triggerCheckpoint(barrier: CheckpointBarrier): void {
    if (this.stopped) return;
    if (this.stage === 'starting') return this.parts.listener.declined(this, barrier.checkpointId, 'NOT_ALL_REQUIRED_TASKS_RUNNING');
    this.tell(() => this.trigger(barrier));
  }

  /** The checkpoint is complete everywhere. */
  notifyCheckpointComplete(checkpointId: number): void {
    this.tell(() => this.checkpoints.completed(checkpointId));
  }

  notifyCheckpointAborted(checkpointId: number): void {
    this.tell(() => this.checkpoints.wasAborted(checkpointId));
  }

  /** Runs what the JobManager says, between two records, after what it said before; what it throws fails the task. */
  tell(call: () => void): void {
    this.control.push(call);
    this.parts.wake();
  }

  private trigger(barrier: CheckpointBarrier): void {
    const { input, isSource } = this.parts;
    const held = input!.holdsCheckpoints?.();
    if (held) return void held.then(() => this.tell(() => this.trigger(barrier)));
    if (barrier.options.stop !== 'drain' || !isSource || this.stage !== 'running') return input!.trigger(barrier);
    // The savepoint is taken behind the last record that the operators have to give.
    this.control.unshift(() => input!.trigger(barrier));
    void this.finish(input!.stop(barrier));
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
    const { checkpoints } = this;
    this.replay();
    checkpoints.exclusive.resume();
    this.readControl();
    // A mail may emit: the results of asynchronous calls come this way, also while the chain finishes.
    if (!checkpoints.exclusive.pending && !checkpoints.suspended && this.readMail()) this.outputs.dirty = true;
    const drained = this.drainWriters();
    if (checkpoints.exclusive.pending) return this.pause('backPressured');
    if (this.stage === 'draining') {
      if (drained) void this.close('FINISHED');
      else this.endTurn('backPressured');
      return 'wait';
    }
    const fed = this.deliverFeedback();
    if (fed) this.outputs.dirty = true;
    if (this.stage === 'finishing') {
      this.outputs.flushIfDue(true);
      return fed ? 'again' : 'wait';
    }
    const result = this.takeInput(deadline);
    checkpoints.advance(result !== 'more' && !fed);
    if (result === 'ended' && this.stage === 'running') {
      void this.finish();
      // Finishing may take long; what is buffered by now does not wait for it.
      return 'again';
    }
    if (this.mayEnd) return this.end();
    return this.afterInput(result === 'ended' ? 'idle' : result, fed);
  }

  private takeInput(deadline: number): TurnResult {
    if (!this.takesInput) return 'idle';
    this.feeding = true;
    const result = this.parts.input!.run(deadline);
    this.feeding = false;
    this.outputs.dirty = true;
    return result;
  }

  private afterInput(result: TurnResult, fed: boolean): TurnOutcome {
    // Held by an operator that waits for something outside, nothing else would send what it has emitted so far.
    const quiet = result === 'idle' || (result === 'held' && this.drainWriters());
    this.outputs.flushIfDue(quiet && !fed);
    if (result === 'more' || fed || this.checkpoints.writing) return 'again';
    return this.pause(result === 'held' ? 'backPressured' : 'idle');
  }

  private pause(phase: Phase): TurnOutcome {
    this.endTurn(phase);
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
    return this.outputs.drain();
  }

  flush(): void {
    this.outputs.flush();
  }

  /** True when there was some. */
  private readMail(): boolean {
    let read = this.mail.length > 0;
    while (this.mail.length > 0) this.mail.shift()!();
    for (const { task } of this.parts.calls) read = task.readMail() || read;
    return read;
  }

  private readControl(): void {
    while (this.control.length > 0 && this.stage !== 'finishing' && !this.checkpoints.exclusive.pending) this.control.shift()!();
  }

  private deliverFeedback(): boolean {
    let delivered = false;
    for (const feed of this.feeds) delivered = (this.parts.gate.holds === 0 && feed.deliver()) || delivered;
    for (const { task } of this.parts.calls) delivered = task.deliverFeedback() || delivered;
    return delivered;
  }

  /** No more records come, once `stopping` has settled. */
  private async finish(stopping?: void | Promise<void>): Promise<void> {
    this.stage = 'finishing';
    for (const task of this.members()) if (task.parts.staged) task.parts.listener.keysKnown(task, task.parts.chain.operatorIds, false);
    const drains = this.parts.input!.drains;
    try {
      // They may be needed for what comes now.
      if (this.sinksAreAwaited) await this.opening;
      if (this.stopped) return;
      if (stopping) await stopping;
      if (this.parts.isSource) this.parts.chain.headOutput.watermark(MAX_TIMESTAMP);
      if (drains) await this.finishChain();
      if (this.stopped) return;
      for (const { parts } of this.members()) for (const writer of parts.writers) writer.event({ type: 'end-of-data', drain: drains });
    } catch (error) {
      return this.fail(error);
    }
    this.stage = 'finished';
    for (const task of this.members()) if (task.parts.awaitsFinalCheckpoint) task.parts.listener.endOfData(task);
    try {
      if (this.mayEnd) this.end();
    } catch (error) {
      this.fail(error);
    }
    this.parts.wake();
  }

  private async finishChain(): Promise<void> {
    await this.parts.chain.finish();
    for (const { task } of this.parts.calls) {
      if (this.stopped) return;
      task.parts.chain.endInput(0);
      await task.finishChain();
    }
  }

  /** Nothing can come any more, and nobody waits for a checkpoint of this task. */
  private get mayEnd(): boolean {
    const { checkpoints } = this;
    const { input, awaitsFinalCheckpoint } = this.parts;
    if (this.stage !== 'finished' && !(this.stage === 'running' && checkpoints.stopped)) return false;
    return (checkpoints.stopped || input!.exhausted) && checkpoints.mayEnd(awaitsFinalCheckpoint) && this.control.length === 0;
  }

  /** Announces that nothing follows; the task is over once that has gone. */
  private end(): TurnOutcome {
    const stopped = this.stage === 'running';
    this.stage = 'draining';
    for (const { parts } of this.members()) {
      for (const writer of parts.writers) {
        if (stopped) writer.event({ type: 'end-of-data', drain: false });
        writer.event({ type: 'end-of-partition' });
      }
    }
    return 'again';
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
    const calls = this.stop();
    // How they end does not matter any more, but nothing is closed in the middle of a call of its own.
    await this.opening?.catch(() => {});
    await calls;
    for (const report of await this.closeParts(state, error)) report();
  }

  /** From here on nothing is called but `close`, in this task and in those it drives. */
  private stop(): Promise<unknown> {
    this.stage = 'closing';
    this.letBegin();
    this.letOpenSinks();
    const calls = [this.checkpoints.stop()];
    this.parts.chain.stop();
    for (const { task } of this.parts.calls) calls.push(task.stop());
    return Promise.all(calls);
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
