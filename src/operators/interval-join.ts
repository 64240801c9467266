/**
 * `intervalJoin`: pairs of records of one key whose event times are close (Flink: `IntervalJoinOperator`).
 *
 * Invariants:
 * - A pair is emitted as soon as its second record comes, once, with the later of the two timestamps.
 * - A record is kept until the watermark reaches the last time at which it could meet another; what arrives at the
 *   very millisecond of that watermark is not late, and does not meet it any more (as in Flink).
 * - A record below the watermark is late: it meets nothing and goes to its side output, or nowhere.
 */
import { FlinkError } from '../core/errors.js';
import { NO_TIMESTAMP } from '../core/timestamp.js';
import type { InternalTimerService, KeyedContext } from '../state/keyed-context.js';
import { ownStrings } from '../state/own-strings.js';
import { MapStateDescriptor } from '../state/state-descriptor.js';
import type { MapState } from '../state/state.js';
import type { Collector, ProcessJoinContext, ProcessJoinElements, ProcessJoinFunctionLike } from './functions.js';
import type { OperatorContext, OperatorDefinition } from './operator.js';
import type { Emit, HashedEmit } from './output.js';
import type { OutputTag } from './output-tag.js';
import { SideOutputs } from './side-outputs.js';
import { guardedUserFunction } from './specialise.js';
import { userFunction } from './user-function.js';

export interface IntervalJoinSettings<T1, T2> {
  readonly keyOf1: (value: T1) => unknown;
  readonly keyOf2: (value: T2) => unknown;
  /** A right record meets a left one from `left + lowerMs` to `left + upperMs`, both included. */
  readonly lowerMs: number;
  readonly upperMs: number;
  /** The side outputs of late records. */
  readonly leftLate?: string | undefined;
  readonly rightLate?: string | undefined;
}

export function intervalJoinOperator<T1, T2, OUT>(fn: ProcessJoinFunctionLike<T1, T2, OUT>, settings: IntervalJoinSettings<T1, T2>): OperatorDefinition<OUT> {
  const make = userFunction<ProcessJoinElements<T1, T2, OUT>>(fn, { operator: 'process of an interval join', methods: ['processElement'] });
  const { lowerMs, upperMs } = settings;
  return {
    instantiate(context) {
      const { keyed, specialise, output } = context;
      if (!keyed) throw new FlinkError('INTERNAL', 'an interval join needs keyed inputs');
      const { call, lifeCycle } = make(context);
      const left = new JoinSide<T1>(context, keyed, 'left', Math.max(upperMs, 0), settings.leftLate);
      const right = new JoinSide<T2>(context, keyed, 'right', Math.max(-lowerMs, 0), settings.rightLate);
      const meet = specialise(pairKernel<T1, T2, OUT>)(call.processElement, new PairContext(context), output.emit);
      const setKey = guardedUserFunction(specialise, (key: unknown, hash?: number) => keyed.setCurrentKey(key, hash));
      const input1 = specialise(joinKernel<T1, T2>)(guardedUserFunction(specialise, settings.keyOf1), setKey, left.keep, right.buckets, lowerMs, upperMs, meet.leftFirst);
      const input2 = specialise(joinKernel<T2, T1>)(guardedUserFunction(specialise, settings.keyOf2), setKey, right.keep, left.buckets, -upperMs, -lowerMs, meet.rightFirst);
      return {
        inputs: [input1.input, input2.input],
        hashedInputs: [input1.hashedInput, input2.hashedInput],
        watermark(timestamp) {
          keyed.advanceWatermark(timestamp);
          output.watermark(timestamp);
        },
        ...lifeCycle,
      };
    },
  };
}

/** The records of one time. An object of its own class, which state keeps as it is. */
class Bucket<T> {
  readonly records: T[] = [];
}

/** What one of the two streams has brought and may still be met. */
class JoinSide<T> {
  /** Of the current key, by timestamp. */
  readonly buckets: MapState<number, Bucket<T>>;
  /** Keeps a record for later ones of the other side; false for one that is late. */
  readonly keep: (value: T, timestamp: number) => boolean;
  private readonly cleanup: InternalTimerService<number>;
  private readonly late: Emit<T> | undefined;

  /** @param keptMs how long after its timestamp a record may still meet another. */
  constructor(context: OperatorContext<never>, keyed: KeyedContext, name: 'left' | 'right', private readonly keptMs: number, lateOutput: string | undefined) {
    this.buckets = keyed.store.getMapState(new MapStateDescriptor<number, Bucket<T>>(`${name}-buffer`));
    const remove = { onEventTime: (timer: { readonly namespace: number }) => this.buckets.remove(timer.namespace), onProcessingTime() {} };
    // The namespace is the bucket's timestamp.
    this.cleanup = keyed.timers<number>(`${name}-cleanup`, remove, (timestamp) => timestamp);
    this.late = lateOutput === undefined ? undefined : context.output.side<T>(lateOutput);
    this.keep = guardedUserFunction(context.specialise, (value: T, timestamp: number) => this.take(value, timestamp, name));
  }

  private take(value: T, timestamp: number, name: string): boolean {
    if (timestamp === NO_TIMESTAMP) {
      throw new FlinkError('TIMESTAMP_MISSING', `an interval join needs records with a timestamp; one without came on its ${name} stream`, {
        hint: `Call assignTimestampsAndWatermarks(WatermarkStrategy.….withTimestampAssigner((record) => record.time)) on the ${name} stream, before its keyBy.`,
      });
    }
    if (timestamp < this.cleanup.currentWatermark()) {
      this.late?.(value, timestamp);
      return false;
    }
    const bucket = this.buckets.get(timestamp) ?? new Bucket<T>();
    bucket.records.push(ownStrings(value));
    this.buckets.put(timestamp, bucket);
    this.cleanup.registerEventTimeTimer(timestamp, timestamp + this.keptMs);
    return true;
  }
}

/** What the function sees of a pair: one object an operator, filled in before each call. */
class PairContext implements ProcessJoinContext {
  leftTime = 0;
  rightTime = 0;
  /** The later of the two. */
  time = 0;
  private readonly sideOutputs: SideOutputs;

  constructor({ output }: OperatorContext<never>) {
    this.sideOutputs = new SideOutputs(output);
  }

  getLeftTimestamp(): number {
    return this.leftTime;
  }

  getRightTimestamp(): number {
    return this.rightTime;
  }

  getTimestamp(): number {
    return this.time;
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    this.sideOutputs.emit(tag, value, this.time);
  }
}

/** Called for each pair with the newer record first. */
type Meet<NEW, KEPT> = (value: NEW, kept: KEPT, timestamp: number, keptTimestamp: number) => void;

function pairKernel<T1, T2, OUT>(
  apply: (left: T1, right: T2, context: ProcessJoinContext, out: Collector<OUT>) => void, context: PairContext, emit: Emit<OUT>,
): { leftFirst: Meet<T1, T2>; rightFirst: Meet<T2, T1> } {
  const out: Collector<OUT> = {
    collect(value) {
      emit(value, context.time);
    },
  };
  function pair(left: T1, right: T2, leftTime: number, rightTime: number): void {
    context.leftTime = leftTime;
    context.rightTime = rightTime;
    context.time = leftTime > rightTime ? leftTime : rightTime;
    apply(left, right, context, out);
  }
  return {
    leftFirst: pair,
    rightFirst: (right, left, rightTime, leftTime) => pair(left, right, leftTime, rightTime),
  };
}

/** One input. It meets what the other side keeps from `timestamp + lower` to `timestamp + upper`. */
function joinKernel<NEW, KEPT>(
  keyOf: (value: NEW) => unknown, setKey: (key: unknown, hash?: number) => void, keep: (value: NEW, timestamp: number) => boolean,
  kept: MapState<number, Bucket<KEPT>>, lower: number, upper: number, meet: Meet<NEW, KEPT>,
): { input: Emit<NEW>; hashedInput: HashedEmit<NEW> } {
  function join(value: NEW, timestamp: number): void {
    if (!keep(value, timestamp)) return;
    for (const [time, { records }] of kept.entries()) {
      if (time < timestamp + lower || time > timestamp + upper) continue;
      for (let i = 0; i < records.length; i++) meet(value, records[i]!, timestamp, time);
    }
  }
  return {
    input: function intervalJoin(value, timestamp) {
      setKey(keyOf(value));
      join(value, timestamp);
    },
    hashedInput: function intervalJoin(value, timestamp, hash) {
      setKey(keyOf(value), hash);
      join(value, timestamp);
    },
  };
}
