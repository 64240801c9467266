/**
 * `assignTimestampsAndWatermarks` (Flink: `TimestampsAndWatermarksOperator`).
 *
 * Invariants:
 * - For each record: assign its timestamp, forward it, then show it to the generator, so that a punctuated
 *   watermark comes after its record.
 * - Watermarks of upstream are ignored, but for the last one; so is upstream's idleness.
 * - Watermarks that leave only rise. Activity after idleness leaves together with a larger watermark.
 */
import type { ScheduledCall } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import type { OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit, Output } from './output.js';
import { guardedUserFunction } from './specialise.js';
import { SplitGenerators } from './split-generators.js';
import { SplitWatermarks } from './split-watermarks.js';
import { boundMethod } from './user-function.js';
import { watermarkTime, type Watermark } from '../core/watermark.js';
import type { WatermarkGenerator, WatermarkGeneratorContext, WatermarkOutput } from './watermark-generator.js';
import type { TimestampAssignerLambda, WatermarkStrategy } from './watermark-strategy.js';

/**
 * @param autoWatermarkIntervalMs how often the generator is asked for a watermark; 0 never.
 * @param perSplit behind a source that emits for each split: each has a generator of its own.
 */
export function timestampsOperator<T>(strategy: WatermarkStrategy<T>, autoWatermarkIntervalMs: number, perSplit = false): OperatorDefinition<T> {
  return {
    oneForOne: true,
    eventTime: { watermarks: strategy.generatesWatermarks, alignment: strategy.alignment },
    instantiate(context) {
      const { specialise, output } = context;
      const watermarks = new RisingWatermarks(output);
      const task: WatermarkGeneratorContext = { activeMs: () => context.clock.monotonic() - (context.host.heldMs?.() ?? 0) };
      const generator = perSplit && context.host.followSplits ? generatorOfSplits(strategy, task, watermarks, context) : strategy.createGenerator(task);
      context.host.reportEventTime?.(() => watermarks.eventTime(generator));
      const onEvent = boundMethod<WatermarkGenerator<T>, 'onEvent'>(specialise, generator, 'onEvent');
      const assign = strategy.timestampAssigner;
      const tick = new PeriodicEmission(context, generator, watermarks, autoWatermarkIntervalMs);
      return {
        inputs: [
          assign
            ? specialise(assigningKernel<T>)(guardedUserFunction(specialise, assign), guardedUserFunction(specialise, refuseTimestamp), onEvent, watermarks, output.emit)
            : specialise(observingKernel<T>)(onEvent, watermarks, output.emit),
        ],
        open: () => tick.schedule(),
        watermark(timestamp) {
          if (timestamp === MAX_TIMESTAMP) watermarks.emitWatermark(timestamp);
        },
        idle() {},
        finish() {
          tick.cancel();
          generator.onPeriodicEmit(watermarks);
        },
        close: () => tick.cancel(),
      };
    },
  };
}

function generatorOfSplits<T>(
  { createGenerator }: WatermarkStrategy<T>, task: WatermarkGeneratorContext, watermarks: WatermarkOutput, { host, runtime, clock }: OperatorContext<T>,
): WatermarkGenerator<T> {
  const generator = new SplitGenerators(createGenerator, new SplitWatermarks(watermarks, runtime.getMetricGroup(), clock), task);
  host.followSplits?.(generator);
  return generator;
}

type OnEvent<T> = (event: T, timestamp: number, output: WatermarkOutput) => void;

function assigningKernel<T>(
  assign: TimestampAssignerLambda<T>, refuse: (value: unknown, timestamp: unknown) => never, onEvent: OnEvent<T>, watermarks: WatermarkOutput, emit: Emit<T>,
): Emit<T> {
  return function assignTimestamps(value, previous) {
    const timestamp = assign(value, previous);
    if (typeof timestamp !== 'number' || timestamp !== timestamp) refuse(value, timestamp);
    emit(value, timestamp);
    onEvent(value, timestamp, watermarks);
  };
}

function observingKernel<T>(onEvent: OnEvent<T>, watermarks: WatermarkOutput, emit: Emit<T>): Emit<T> {
  return function observeTimestamps(value, timestamp) {
    emit(value, timestamp);
    onEvent(value, timestamp, watermarks);
  };
}

function refuseTimestamp(_value: unknown, timestamp: unknown): never {
  const came = timestamp instanceof Date ? 'a Date' : String(timestamp);
  throw new FlinkError('USER_FUNCTION', `a timestamp assigner answers epoch milliseconds; ${came} came`, {
    hint: timestamp instanceof Date ? 'Answer date.getTime().' : 'Check the field that the assigner reads.',
  });
}

class RisingWatermarks implements WatermarkOutput {
  private latest = MIN_TIMESTAMP;
  private idle = false;

  constructor(private readonly output: Pick<Output, 'watermark' | 'idle'>) {}

  /** How far the records have brought event time; what was emitted last may be behind by some ticks. */
  eventTime(generator: Pick<WatermarkGenerator<never>, 'currentWatermark'>): number {
    if (this.idle) return MAX_TIMESTAMP;
    return Math.max(this.latest, generator.currentWatermark?.() ?? MIN_TIMESTAMP);
  }

  emitWatermark(watermark: Watermark | number): void {
    const timestamp = watermarkTime(watermark);
    // Written so that NaN is dropped too.
    if (!(timestamp > this.latest)) return;
    this.latest = timestamp;
    this.markActive();
    this.output.watermark(timestamp);
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

class PeriodicEmission {
  private next: ScheduledCall | undefined;
  private cancelled = false;

  constructor(
    private readonly context: OperatorContext<never>,
    private readonly generator: Pick<WatermarkGenerator<never>, 'onPeriodicEmit'>,
    private readonly watermarks: WatermarkOutput,
    private readonly intervalMs: number,
  ) {}

  schedule(): void {
    if (this.intervalMs <= 0) return;
    this.next = this.context.clock.schedule(this.intervalMs, () => this.context.mailbox.execute(() => this.tick()));
  }

  cancel(): void {
    this.cancelled = true;
    this.next?.cancel();
  }

  private tick(): void {
    if (this.cancelled) return;
    this.generator.onPeriodicEmit(this.watermarks);
    this.schedule();
  }
}
