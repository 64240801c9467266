/**
 * Drives one operator with a function of the author's: records, watermarks, idleness and time go in, and what came out
 * can be read at once (Flink: `OneInputStreamOperatorTestHarness` and its relatives).
 *
 * Invariants:
 * - Everything but `settle`, `end` and `close` happens within the call; what the function throws comes out of it.
 * - Watermarks of several inputs are combined as in a task: the operator sees the smallest.
 * - Time stands still unless the test moves it.
 */
import { type DurationLike, toMillis } from '../core/time.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import type { OutputTag } from '../operators/output-tag.js';
import { CombinedWatermark } from '../runtime/combined-watermark.js';
import type { CapturedOperator } from './captured-operator.js';
import type { HarnessSnapshot } from './harness-snapshot.js';
import { OperatorHarness, type OperatorHarnessOptions } from './operator-harness.js';
import type { OutputEvent, OutputRecord } from './operator-output.js';

/** What a harness may be told of the subtask that it plays. */
export type HarnessOptions = Pick<OperatorHarnessOptions, 'subtask' | 'parallelism' | 'maxParallelism' | 'attempt' | 'globalJobParameters' | 'clock' | 'random' | 'restoreFrom'>;

/** One input of an operator under test. */
export interface HarnessInput<IN> {
  /** Delivers a record, with a timestamp in epoch milliseconds or without one. */
  push(value: IN, timestamp?: number): void;
  /** Delivers records without timestamps. */
  pushAll(values: Iterable<IN>): void;
  /** Event time of this input has come to `timestamp`; one that is not after the last is ignored. */
  watermark(timestamp: number): void;
  /** Whether the other inputs need not wait for this one's watermarks. */
  idle(idle?: boolean): void;
  /** No more records come on this input, and its event time is at its end. */
  endInput(): void;
}

export class OperatorTestHarness<OUT> {
  /** The operator as the runtime sees it: its clock, runtime context, printed text. */
  readonly driven: OperatorHarness<OUT>;
  private readonly eventTime: CombinedWatermark;

  private readonly inputs: number;

  protected constructor(operator: CapturedOperator, options: HarnessOptions) {
    this.inputs = operator.inputs;
    this.driven = new OperatorHarness<OUT>(operator.definition as never, { name: operator.name, ...options });
    this.eventTime = new CombinedWatermark(operator.inputs, { watermark: (timestamp) => void this.driven.watermark(timestamp), idle: (idle) => void this.driven.idle(idle) });
  }

  /** The records on the main output so far, each with its timestamp (-Infinity when it has none). */
  get output(): OutputRecord<OUT>[] {
    return this.driven.output;
  }

  /** The values on the main output so far. */
  get values(): OUT[] {
    return this.driven.values;
  }

  /** Takes the values from the main output: the next call gives what came after. */
  take(): OUT[] {
    return this.driven.output.splice(0).map(({ value }) => value);
  }

  /** The values on a side output so far. */
  sideValues<S>(tag: OutputTag<S>): S[] {
    return this.driven.sideValues<S>(tag);
  }

  /** The records on a side output so far, each with its timestamp. */
  sideOutput<S>(tag: OutputTag<S>): OutputRecord<S>[] {
    return (this.driven.sideOutputs.get(tag.id) ?? []) as OutputRecord<S>[];
  }

  /** Everything that came out so far, in the order in which it did: records, side outputs, watermarks and idleness. */
  get events(): OutputEvent<OUT>[] {
    return this.driven.events;
  }

  /** The watermarks that have left the operator. */
  get watermarks(): number[] {
    return this.driven.watermarks;
  }

  /** The changes between idle (true) and active (false) that have left the operator. */
  get idleness(): boolean[] {
    return this.driven.statuses;
  }

  /** Processing time, in epoch milliseconds; it starts at 0. */
  getProcessingTime(): number {
    return this.driven.getProcessingTime();
  }

  /** Moves processing time to `time` (epoch milliseconds) and fires the timers up to and including it. */
  setProcessingTime(time: number): void {
    this.driven.setProcessingTime(time);
  }

  /** Moves processing time on by `duration` (milliseconds, `"5 s"`, a `Duration`) and fires the timers up to then. */
  advance(duration: DurationLike): void {
    this.setProcessingTime(this.getProcessingTime() + toMillis(duration));
  }

  /** Timers of event time that wait, of all keys. */
  numEventTimeTimers(): number {
    return this.driven.numEventTimeTimers();
  }

  /** Timers of processing time that wait, of all keys. */
  numProcessingTimeTimers(): number {
    return this.driven.numProcessingTimeTimers();
  }

  /** Entries of keyed state: one for each state and key (and window) that has something. */
  numKeyedStateEntries(): number {
    return this.driven.numKeyedStateEntries();
  }

  /** How often the operator or its function has counted what its metrics call `name`, such as `numLateRecordsDropped`. */
  counter(name: string): number {
    return this.driven.counter(name);
  }

  /**
   * What any metric of the operator or its function says at the moment, by its full name: `mine.load`, a meter's rate, or a figure of a histogram, such as
   * `sizes_p99`. Rates move with the harness's clock, every five seconds. Undefined when there is none.
   */
  metric(name: string): number | string | boolean | undefined {
    return this.driven.metric(name);
  }

  /**
   * Takes a snapshot of the operator's state as a checkpoint would. Another harness goes on from it (`restoreFrom`), or
   * several of another parallelism (Flink: `snapshot`, `initializeState`).
   * @param timestamp when the checkpoint was started, in epoch milliseconds; default: now.
   */
  async snapshot(checkpointId = 1, timestamp?: number): Promise<HarnessSnapshot> {
    return this.driven.snapshot(checkpointId, timestamp);
  }

  /** Tells the operator and its function that the checkpoint is complete. */
  async notifyCheckpointComplete(checkpointId: number): Promise<void> {
    await this.driven.notifyCheckpointComplete(checkpointId);
  }

  /** Waits until asynchronous work of the operator has come back; rejects with what it threw. */
  async settle(): Promise<void> {
    await this.driven.settle();
  }

  /** Ends every input, with the last watermark, then lets the operator finish and closes it. */
  async end(): Promise<void> {
    await this.driven.settle();
    for (let input = 0; input < this.inputs; input++) this.eventTime.watermark(input, MAX_TIMESTAMP);
    await this.driven.end();
  }

  /** Closes the operator without an end of its input. */
  async close(): Promise<void> {
    await this.driven.close();
  }

  protected input<IN>(at: number): HarnessInput<IN> {
    return {
      push: (value, timestamp) => void this.driven.push(value, timestamp, at),
      pushAll: (values) => void this.driven.pushAll(values, at),
      watermark: (timestamp) => this.eventTime.watermark(at, timestamp),
      idle: (idle = true) => this.eventTime.idle(at, idle),
      endInput: () => {
        this.eventTime.watermark(at, MAX_TIMESTAMP);
        this.driven.endInput(at);
      },
    };
  }
}

/** An operator of one input, whose calls are the harness's own. */
export class OneInputTestHarness<IN, OUT> extends OperatorTestHarness<OUT> implements HarnessInput<IN> {
  private readonly only = this.input<IN>(0);

  static async open<IN, OUT>(operator: CapturedOperator, options: HarnessOptions): Promise<OneInputTestHarness<IN, OUT>> {
    const harness = new OneInputTestHarness<IN, OUT>(operator, options);
    await harness.driven.open();
    return harness;
  }

  push(value: IN, timestamp?: number): void {
    this.only.push(value, timestamp);
  }

  pushAll(values: Iterable<IN>): void {
    this.only.pushAll(values);
  }

  watermark(timestamp: number): void {
    this.only.watermark(timestamp);
  }

  idle(idle = true): void {
    this.only.idle(idle);
  }

  endInput(): void {
    this.only.endInput();
  }
}

/** An operator of two inputs. */
export class TwoInputTestHarness<IN1, IN2, OUT> extends OperatorTestHarness<OUT> {
  readonly first: HarnessInput<IN1> = this.input(0);
  /** The second input; of a broadcast operator the broadcast side. */
  readonly second: HarnessInput<IN2> = this.input(1);

  static async open<IN1, IN2, OUT>(operator: CapturedOperator, options: HarnessOptions): Promise<TwoInputTestHarness<IN1, IN2, OUT>> {
    const harness = new TwoInputTestHarness<IN1, IN2, OUT>(operator, options);
    await harness.driven.open();
    return harness;
  }
}
