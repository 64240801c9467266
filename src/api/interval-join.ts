/**
 * Two keyed streams whose records meet when their event times are close (Flink: `KeyedStream.IntervalJoin`,
 * `KeyedStream.IntervalJoined`).
 *
 * Invariant: nothing becomes part of the job before `process`.
 */
import { FlinkError } from '../core/errors.js';
import { formatDuration, type DurationLike } from '../core/time.js';
import type { ProcessJoinFunctionLike } from '../operators/functions.js';
import { intervalJoinOperator } from '../operators/interval-join.js';
import { OutputTag } from '../operators/output-tag.js';
import { badArgument, durationArgument } from './arguments.js';
import type { KeyedStream } from './keyed-stream.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';

/** Two keyed streams: say how far apart in time their records may be. */
export class IntervalJoin<T1, T2, K> {
  constructor(private readonly left: KeyedStream<T1, K>, private readonly right: KeyedStream<T2, K>, private readonly isEventTime = true) {}

  /** By event time, which is the default and the only time that works. */
  inEventTime(): IntervalJoin<T1, T2, K> {
    return new IntervalJoin(this.left, this.right, true);
  }

  /** By the clock: `between` then throws, as in Flink. */
  inProcessingTime(): IntervalJoin<T1, T2, K> {
    return new IntervalJoin(this.left, this.right, false);
  }

  /**
   * A right record meets a left one when its time is from `left + lowerBound` to `left + upperBound`, both included.
   * Bounds may be negative: `between('-2 s', '1 s')`. Throws `INVALID_ARGUMENT` when the lower one is the larger.
   */
  between(lowerBound: DurationLike, upperBound: DurationLike): IntervalJoined<T1, T2, K> {
    if (!this.isEventTime) {
      throw new FlinkError('INVALID_ARGUMENT', 'interval joins are only supported in event time; inProcessingTime() was called', { hint: 'Leave it out, or join in windows: join(…).where(…).equalTo(…).window(…).' });
    }
    const lower = durationArgument('between', lowerBound, Number.NEGATIVE_INFINITY);
    const upper = durationArgument('between', upperBound, Number.NEGATIVE_INFINITY);
    if (lower > upper) {
      throw new FlinkError('INVALID_ARGUMENT', `between expects a lower bound that is not above the upper one; got ${formatDuration(lower)} and ${formatDuration(upper)}`, { hint: 'Give the smaller bound first.' });
    }
    return new IntervalJoined(this.left, this.right, lower, upper);
  }
}

/** Two keyed streams and the interval, waiting for a function. */
export class IntervalJoined<T1, T2, K> {
  private lowerInclusive = true;
  private upperInclusive = true;
  private leftLate: OutputTag<T1> | undefined;
  private rightLate: OutputTag<T2> | undefined;

  constructor(private readonly left: KeyedStream<T1, K>, private readonly right: KeyedStream<T2, K>, private readonly lowerMs: number, private readonly upperMs: number) {}

  /** Right records at exactly `left + lowerBound` do not meet. */
  lowerBoundExclusive(): this {
    this.lowerInclusive = false;
    return this;
  }

  /** Right records at exactly `left + upperBound` do not meet. */
  upperBoundExclusive(): this {
    this.upperInclusive = false;
    return this;
  }

  /** Sends left records below the watermark to a side output of the result; without it they are dropped. */
  sideOutputLeftLateData(tag: OutputTag<T1>): this {
    this.leftLate = outputTag('sideOutputLeftLateData', tag);
    return this;
  }

  /** Sends right records below the watermark to a side output of the result; without it they are dropped. */
  sideOutputRightLateData(tag: OutputTag<T2>): this {
    this.rightLate = outputTag('sideOutputRightLateData', tag);
    return this;
  }

  /**
   * Any number of results for each pair, as soon as its second record has come. Name their type:
   * `process<Result>((left, right, context, out) => …)`. They carry the later timestamp of the pair.
   */
  process<R>(fn: ProcessJoinFunctionLike<T1, T2, R>): SingleOutputStreamOperator<R> {
    const definition = intervalJoinOperator<T1, T2, R>(fn, {
      keyOf1: this.left.getKeySelector(),
      keyOf2: this.right.getKeySelector(),
      lowerMs: this.lowerInclusive ? this.lowerMs : this.lowerMs + 1,
      upperMs: this.upperInclusive ? this.upperMs : this.upperMs - 1,
      leftLate: this.leftLate?.id,
      rightLate: this.rightLate?.id,
    });
    return this.left.connect(this.right).transform('Interval Join', definition);
  }
}

function outputTag<X>(call: string, tag: OutputTag<X>): OutputTag<X> {
  if (!(tag instanceof OutputTag)) throw badArgument(call, 'an OutputTag', tag);
  return tag;
}
