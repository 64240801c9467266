/**
 * Input from a source reader: polls it while there is room, and waits for it when it has nothing.
 */
import type { CheckpointBarrier } from '../core/checkpoint.js';
import type { Clock } from '../core/clock.js';
import { NO_TIMESTAMP } from '../core/timestamp.js';
import type { MetricGroup } from '../operators/metric-group.js';
import type { SplitFollower } from '../operators/operator.js';
import type { Output } from '../operators/output.js';
import { SplitWatermarks } from '../operators/split-watermarks.js';
import { watermarkTime, type Watermark } from '../core/watermark.js';
import type { InputStatus, ReaderOutput, SnapshotMoment, SourceReader } from '../operators/source.js';
import type { OperatorStateStore } from '../state/operator-state.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import type { ListState } from '../state/state.js';
import type { CheckpointTaker } from './barriers/input-barriers.js';
import type { TaskGate } from './gate.js';
import type { LatencyTimer } from './latency-markers.js';
import type { SourceAlignment } from './source-alignment.js';
import { SplitOutputs } from './split-outputs.js';
import type { TaskInput, TurnResult } from './task-input.js';
import type { TaskMetrics } from './task-metrics.js';
import { STRIDE_MAX, TURN_MS, TurnPace } from './turn-pace.js';

class TaskReaderOutput implements ReaderOutput<unknown> {
  emitted = 0;
  private idle = false;
  /** The record being processed; kept for naming it in a failure. */
  last: unknown;

  constructor(private readonly output: Output, private readonly emit: Output['emit'], private readonly gate: TaskGate, private readonly turn: SourceTurn) {}

  get full(): boolean {
    return this.gate.holds !== 0 || (this.emitted >= this.turn.look && this.turn.over(this.emitted));
  }

  collect(value: unknown, timestamp: number = NO_TIMESTAMP): void {
    this.emitted++;
    this.last = value;
    if (this.idle) this.markActive();
    this.emit(value, timestamp);
  }

  emitWatermark(watermark: Watermark | number): void {
    this.markActive();
    this.output.watermark(watermarkTime(watermark));
  }

  markIdle(): void {
    if (this.idle) return;
    this.idle = true;
    this.output.idle(true);
  }

  markActive(): void {
    if (!this.idle) return;
    this.idle = false;
    this.output.idle(false);
  }
}

/** How long a reader may go on emitting before it has to return. */
class SourceTurn {
  /** Records of this poll after which the clock is asked. */
  look = 0;
  private readonly pace = new TurnPace();
  private deadline = 0;
  private lookedAt = 0;
  /** Records of this poll at the last look. */
  private seen = 0;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  begin(deadline: number): void {
    this.deadline = deadline;
    this.lookedAt = deadline - TURN_MS;
  }

  poll(): void {
    this.seen = 0;
    this.look = this.pace.stride;
  }

  /** Asked once `look` records have been emitted. */
  over(emitted: number): boolean {
    if (emitted >= STRIDE_MAX || this.isOver(emitted)) return true;
    this.look = Math.min(STRIDE_MAX, emitted + this.pace.stride);
    return false;
  }

  isOver(emitted: number): boolean {
    const now = this.clock.monotonic();
    this.pace.took(emitted - this.seen, now - this.lookedAt);
    this.seen = emitted;
    this.lookedAt = now;
    return now >= this.deadline;
  }
}

/** Of a reader that emits for each split. */
class SplitReaderOutput extends TaskReaderOutput {
  private readonly splits: SplitOutputs;

  constructor(output: Output, emit: Output['emit'], gate: TaskGate, turn: SourceTurn, { metrics, clock, follower }: SplitReading) {
    super(output, emit, gate, turn);
    const shared = (): boolean => super.full;
    const collect = (value: unknown, timestamp?: number): void => super.collect(value, timestamp);
    this.splits = new SplitOutputs({ get full() { return shared(); }, collect }, new SplitWatermarks(this, metrics, clock), follower);
  }

  override collect(value: unknown, timestamp?: number): void {
    this.splits.leave();
    super.collect(value, timestamp);
  }

  createOutputForSplit(splitId: string): ReaderOutput<unknown> {
    return this.splits.of(splitId);
  }

  releaseOutputForSplit(splitId: string): void {
    this.splits.release(splitId);
  }
}

/** What it takes to tell the splits of a reader apart. */
export interface SplitReading {
  readonly metrics: MetricGroup;
  readonly clock: Pick<Clock, 'now'>;
  /** Makes watermarks for each of them; undefined where the reader does. */
  readonly follower: SplitFollower | undefined;
}

export interface SourceInputOptions {
  readonly reader: SourceReader<unknown>;
  readonly output: Output;
  readonly gate: TaskGate;
  readonly metrics: TaskMetrics;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Makes the task run again soon. */
  readonly wake: () => void;
  readonly fail: (error: unknown) => void;
  /** Keeps the reader from running ahead of other sources; undefined where there are none. */
  readonly alignment?: SourceAlignment | undefined;
  /** State of the source's operator, restored before the input starts. */
  readonly state: OperatorStateStore;
  readonly taker: CheckpointTaker;
  readonly wallClock: Pick<Clock, 'now'>;
  /** For a reader that emits for each split. */
  readonly splits?: SplitReading | undefined;
  /** Where latency is tracked. */
  readonly latency?: { readonly timer: LatencyTimer; readonly emit: (markedAt: number) => void } | undefined;
}

/** What is left to read, as Flink names it. */
const SPLITS = new ListStateDescriptor<unknown>('SourceReaderState');

export class SourceInput implements TaskInput {
  private readonly target: TaskReaderOutput;
  private readonly turn: SourceTurn;
  private readonly options: SourceInputOptions;
  private waiting = false;
  private stopped = false;
  private splits: ListState<unknown> | undefined;
  readonly pressing = false;
  readonly drains = true;
  readonly exhausted = true;

  constructor(options: SourceInputOptions) {
    this.options = options;
    const { output, gate, splits } = options;
    this.turn = new SourceTurn(options.clock);
    this.target = splits ? new SplitReaderOutput(output, output.emit, gate, this.turn, splits) : new TaskReaderOutput(output, output.emit, gate, this.turn);
  }

  get ready(): boolean {
    return this.options.latency?.timer.due === true || (!this.waiting && this.options.alignment?.holds !== true);
  }

  get reader(): SourceReader<unknown> {
    return this.options.reader;
  }

  /** All that a reader keeps is in the state of its operator. */
  async restore(): Promise<void> {}

  start(): void | Promise<void> {
    this.splits = this.options.state.getListState(SPLITS);
    const restored = [...this.splits.get()];
    if (restored.length > 0) this.reader.addSplits(restored);
    const started = this.reader.start?.();
    this.options.alignment?.polled();
    this.options.latency?.timer.start();
    return started;
  }

  close(): void | Promise<void> {
    this.options.alignment?.close();
    this.options.latency?.timer.close();
    return this.reader.close?.();
  }

  holdsCheckpoints(): Promise<void> | undefined {
    return this.stopped ? undefined : this.reader.holdsSnapshots?.();
  }

  prepareSnapshot(checkpoint: SnapshotMoment): void | Promise<void> {
    return this.stopped ? undefined : this.reader.prepareSnapshot?.(checkpoint, this.target);
  }

  snapshotState(checkpointId: number): void {
    this.splits?.update(this.reader.snapshotState(checkpointId));
  }

  stop(checkpoint: SnapshotMoment): void | Promise<void> {
    this.options.alignment?.close();
    this.options.latency?.timer.close();
    const prepared = this.prepareSnapshot(checkpoint);
    this.stopped = true;
    this.target.markActive();
    return prepared;
  }

  trigger(barrier: CheckpointBarrier): void {
    const { taker, wallClock } = this.options;
    taker.take(barrier, { firstBarrierAt: wallClock.now(), unaligned: false });
  }

  notifyCheckpointComplete(checkpointId: number): void | Promise<void> {
    return this.reader.notifyCheckpointComplete?.(checkpointId);
  }

  notifyCheckpointAborted(checkpointId: number): void | Promise<void> {
    return this.reader.notifyCheckpointAborted?.(checkpointId);
  }

  failing(): { readonly value: unknown } | undefined {
    return this.target.emitted > 0 ? { value: this.target.last } : undefined;
  }

  run(deadline: number): TurnResult {
    const { reader, gate, alignment, latency } = this.options;
    if (latency?.timer.due && gate.holds === 0) latency.emit(latency.timer.take()!);
    if (this.waiting) {
      // A tick may have found the stream idle meanwhile.
      alignment?.starved();
      return 'idle';
    }
    this.turn.begin(deadline);
    for (;;) {
      if (gate.holds !== 0) return 'held';
      if (alignment?.holds) return 'idle';
      this.target.emitted = 0;
      this.turn.poll();
      const status = this.poll(reader);
      alignment?.polled();
      if (status === 'END_OF_INPUT') {
        alignment?.close();
        latency?.timer.close();
        // Downstream ignores the watermarks of an idle channel, the last one too.
        this.target.markActive();
        return 'ended';
      }
      if (status === 'NOTHING_AVAILABLE') {
        this.awaitReader();
        return 'idle';
      }
      if (this.turn.isOver(this.target.emitted)) return 'more';
    }
  }

  private poll(reader: SourceReader<unknown>): InputStatus {
    try {
      return reader.pollNext(this.target);
    } finally {
      this.options.metrics.add('recordsIn', this.target.emitted);
    }
  }

  private awaitReader(): void {
    this.waiting = true;
    this.options.alignment?.starved();
    this.reader.isAvailable().then(
      () => {
        this.waiting = false;
        this.options.wake();
      },
      (error: unknown) => this.options.fail(error),
    );
  }
}
