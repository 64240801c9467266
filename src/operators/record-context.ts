/**
 * The context that process functions and sinks see: facts of the record being processed, and of the operator.
 *
 * Invariant: one object an operator, filled in before each call; its facts are those of the latest record.
 */
import { MIN_TIMESTAMP, NO_TIMESTAMP } from '../core/timestamp.js';
import type { KeyedProcessContext, TimerService } from './functions.js';
import type { OperatorContext } from './operator.js';
import type { Emit } from './output.js';
import type { OutputTag } from './output-tag.js';
import type { SinkContext } from './sink.js';

/** What a kernel writes before it calls the user function. */
export class RecordContext<KEY = never> implements KeyedProcessContext<KEY>, SinkContext, TimerService {
  /** Event time of the record, `NO_TIMESTAMP` when it has none. */
  time: number = NO_TIMESTAMP;
  /** The record's key as its selector returned it. */
  key: KEY | undefined = undefined;
  /** Event time of the operator. */
  eventTime: number = MIN_TIMESTAMP;
  private readonly sideOutputs = new Map<string, Emit<never>>();

  constructor(private readonly operator: OperatorContext<never>) {}

  timestamp(): number | null {
    return this.time === NO_TIMESTAMP ? null : this.time;
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
    return this.eventTime;
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    (this.sideOutputs.get(tag.id) ?? this.openSideOutput(tag.id))(value as never, this.time);
  }

  private openSideOutput(id: string): Emit<never> {
    const emit = this.operator.output.side<never>(id);
    this.sideOutputs.set(id, emit);
    return emit;
  }
}
