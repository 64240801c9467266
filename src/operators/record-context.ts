/**
 * The context that process functions and sinks see: facts of the record being processed, and of the operator.
 *
 * Invariant: one object an operator, filled in before each call; its facts are those of the latest record.
 */
import { FlinkError } from '../core/errors.js';
import { MIN_TIMESTAMP, NO_TIMESTAMP } from '../core/timestamp.js';
import { type InternalTimerService, VOID_NAMESPACE } from '../state/keyed-context.js';
import { type OnTimerContext, TimeDomain, type TimerService } from './functions.js';
import type { OperatorContext } from './operator.js';
import type { OutputTag } from './output-tag.js';
import { SideOutputs } from './side-outputs.js';
import type { SinkContext } from './sink.js';

/** What a kernel writes before it calls the user function. */
export class RecordContext<KEY = never> implements OnTimerContext<KEY>, SinkContext, TimerService {
  /** Event time of the record, `NO_TIMESTAMP` when it has none. */
  time: number = NO_TIMESTAMP;
  /** The record's key as its selector returned it. */
  key: KEY | undefined = undefined;
  /** Event time of the operator; with keys, its timers know better: in batch mode each key has a time of its own. */
  eventTime: number = MIN_TIMESTAMP;
  /** The kind of the timer being handled. */
  domain: TimeDomain = TimeDomain.EVENT_TIME;
  /** Set for operators with keyed inputs. */
  timers: InternalTimerService<string> | undefined = undefined;
  private readonly sideOutputs: SideOutputs;

  constructor(private readonly operator: OperatorContext<never>) {
    this.sideOutputs = new SideOutputs(operator.output);
  }

  /** Null for a record without one; a timer always has one, and `OnTimerContext` may say so. */
  timestamp(): number {
    return this.time === NO_TIMESTAMP ? (null as never) : this.time;
  }

  timeDomain(): TimeDomain {
    return this.domain;
  }

  getCurrentKey(): KEY {
    return this.key as KEY;
  }

  timerService(): TimerService {
    return this;
  }

  currentProcessingTime(): number {
    return this.operator.clock.now();
  }

  currentWatermark(): number {
    return this.timers ? this.timers.currentWatermark() : this.eventTime;
  }

  registerEventTimeTimer(time: number): void {
    this.keyedTimers().registerEventTimeTimer(VOID_NAMESPACE, time);
  }

  registerProcessingTimeTimer(time: number): void {
    this.keyedTimers().registerProcessingTimeTimer(VOID_NAMESPACE, time);
  }

  deleteEventTimeTimer(time: number): void {
    this.keyedTimers().deleteEventTimeTimer(VOID_NAMESPACE, time);
  }

  deleteProcessingTimeTimer(time: number): void {
    this.keyedTimers().deleteProcessingTimeTimer(VOID_NAMESPACE, time);
  }

  private keyedTimers(): InternalTimerService<string> {
    if (this.timers) return this.timers;
    throw this.noTimers();
  }

  /** Why there are no timers. */
  protected noTimers(): FlinkError {
    return new FlinkError('STATE_ACCESS', 'setting and deleting timers is only supported on keyed streams: a timer belongs to a key', { hint: 'Call keyBy first: stream.keyBy(…).process(…).' });
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    this.sideOutputs.emit(tag, value, this.time);
  }
}
