/**
 * `intervalJoin`: pairs of records of one key whose event times are close (Flink: `IntervalJoinOperator`).
 *
 * Invariants:
 * - A pair is emitted as soon as its second record comes, once, with the later of the two timestamps.
 * - A record is kept until the watermark reaches the last time at which it could meet another; what arrives at the
 *   very millisecond of that watermark is not late, and does not meet it any more (as in Flink).
 * - A record below the watermark is late: it meets nothing and goes to its side output, or nowhere.
 *
 * Each side keeps a key's records in order of time, so that only those are looked at that are met. It has one timer for
 * them, at the time when they were last known to be over; until then some may lie there that are over already.
 */
import { FlinkError } from '../core/errors.js';
import { NO_TIMESTAMP } from '../core/timestamp.js';
import { VOID_NAMESPACE, voidNamespaceKey, type InternalTimerService, type KeyedContext } from '../state/keyed-context.js';
import { ownStrings } from '../state/own-strings.js';
import { AggregatingStateDescriptor } from '../state/state-descriptor.js';
import type { AggregatingState } from '../state/state.js';
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
      const meetRight = specialise(meetKernel<T1, T2>)(right.buffer, right.over, firstFrom, lowerMs, upperMs, meet.leftFirst);
      const meetLeft = specialise(meetKernel<T2, T1>)(left.buffer, left.over, firstFrom, -upperMs, -lowerMs, meet.rightFirst);
      const input1 = specialise(joinKernel<T1>)(guardedUserFunction(specialise, settings.keyOf1), setKey, left.keep, meetRight);
      const input2 = specialise(joinKernel<T2>)(guardedUserFunction(specialise, settings.keyOf2), setKey, right.keep, meetLeft);
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

/** A key's records in order of their times, those of one time as they came. Plain data, changed in place. */
interface Buffer<T> {
  readonly times: number[];
  readonly records: T[];
  /** A time whose records came when the watermark had reached it: they are over only when it moves on. */
  reached: number;
}

/** What one of the two streams has brought and may still be met. */
class JoinSide<T> {
  /** Keeps a record for later ones of the other side; false for one that is late. */
  readonly keep: (value: T, timestamp: number) => boolean;
  private readonly buffers: AggregatingState<T, Buffer<T>>;
  private readonly cleanup: InternalTimerService<string>;
  private readonly late: Emit<T> | undefined;
  /** That of the record that is being kept. */
  private timestamp = 0;

  /** @param keptMs how long after its timestamp a record may still meet another. */
  constructor(context: OperatorContext<never>, keyed: KeyedContext, name: 'left' | 'right', private readonly keptMs: number, lateOutput: string | undefined) {
    this.buffers = keyed.store.getAggregatingState(new AggregatingStateDescriptor<T, Buffer<T>, Buffer<T>>(`${name}-buffer`, {
      createAccumulator: () => ({ times: [], records: [], reached: NO_TIMESTAMP }),
      add: (value, buffer) => insert(buffer, ownStrings(value), this.timestamp),
      getResult: (buffer) => buffer,
      merge: (buffer) => buffer,
    }));
    this.cleanup = keyed.timers<string>(`${name}-cleanup`, { onEventTime: () => this.clean(), onProcessingTime() {} }, voidNamespaceKey);
    this.late = lateOutput === undefined ? undefined : context.output.side<T>(lateOutput);
    this.keep = guardedUserFunction(context.specialise, (value: T, timestamp: number) => this.take(value, timestamp, name));
  }

  /** The current key's. */
  readonly buffer = (): Buffer<T> | null => this.buffers.get();

  /** Records of this time and before are over, whether they have been dropped or not. */
  readonly over = (): number => this.cleanup.currentWatermark() - this.keptMs;

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
    const buffer = this.buffers.get();
    if (buffer === null) this.cleanup.registerEventTimeTimer(VOID_NAMESPACE, timestamp + this.keptMs);
    const isReached = timestamp === this.over();
    if (isReached && buffer !== null && buffer.reached !== timestamp) drop(buffer, timestamp);
    this.timestamp = timestamp;
    this.buffers.add(value);
    if (isReached) this.buffers.get()!.reached = timestamp;
    return true;
  }

  private clean(): void {
    const buffer = this.buffers.get()!;
    drop(buffer, this.over());
    const latest = buffer.times.at(-1);
    if (latest === undefined) this.buffers.clear();
    else this.cleanup.registerEventTimeTimer(VOID_NAMESPACE, latest + this.keptMs);
  }
}

function insert<T>(buffer: Buffer<T>, record: T, time: number): Buffer<T> {
  const { times, records } = buffer;
  let at = times.length;
  while (at > 0 && times[at - 1]! > time) at -= 1;
  if (at === times.length) {
    times.push(time);
    records.push(record);
  } else {
    times.splice(at, 0, time);
    records.splice(at, 0, record);
  }
  return buffer;
}

/** Drops the records of a time and before. */
function drop({ times, records }: Buffer<unknown>, time: number): void {
  let count = 0;
  while (count < times.length && times[count]! <= time) count += 1;
  times.splice(0, count);
  records.splice(0, count);
}

/** Where in ascending times those from `from` on begin. */
function firstFrom(times: readonly number[], from: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
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

/** Meets what the other side keeps from `timestamp + lower` to `timestamp + upper`. */
function meetKernel<NEW, KEPT>(
  buffer: () => Buffer<KEPT> | null, over: () => number, firstFrom: (times: readonly number[], from: number) => number, lower: number, upper: number, meet: Meet<NEW, KEPT>,
): (value: NEW, timestamp: number) => void {
  return function meetKept(value, timestamp) {
    const kept = buffer();
    if (kept === null) return;
    const { times, records, reached } = kept;
    const gone = over();
    const to = timestamp + upper;
    for (let at = firstFrom(times, timestamp + lower); at < times.length && times[at]! <= to; at++) {
      const time = times[at]!;
      if (time > gone || time === reached) meet(value, records[at]!, timestamp, time);
    }
  };
}

/** One input. */
function joinKernel<NEW>(
  keyOf: (value: NEW) => unknown, setKey: (key: unknown, hash?: number) => void, keep: (value: NEW, timestamp: number) => boolean, meetKept: (value: NEW, timestamp: number) => void,
): { input: Emit<NEW>; hashedInput: HashedEmit<NEW> } {
  return {
    input: function intervalJoin(value, timestamp) {
      setKey(keyOf(value));
      if (keep(value, timestamp)) meetKept(value, timestamp);
    },
    hashedInput: function intervalJoin(value, timestamp, hash) {
      setKey(keyOf(value), hash);
      if (keep(value, timestamp)) meetKept(value, timestamp);
    },
  };
}
