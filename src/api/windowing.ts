/**
 * What windowed streams with and without keys have in common: the settings of the window operator, checked as they are
 * made.
 *
 * Invariant: nothing becomes part of the job before a function is applied to the windows.
 */
import { classNameOf } from '../core/class-name.js';
import { FlinkError } from '../core/errors.js';
import type { DurationLike } from '../core/time.js';
import type { FieldAggregateKind } from '../operators/aggregated-field.js';
import type { OperatorDefinition } from '../operators/operator.js';
import { OutputTag } from '../operators/output-tag.js';
import { CountEvictor } from '../windowing/count-evictor.js';
import { CountTrigger } from '../windowing/count-trigger.js';
import type { Evictor } from '../windowing/evictor.js';
import { fieldWindowAggregation } from '../windowing/field-window-aggregation.js';
import { PurgingTrigger } from '../windowing/purging-trigger.js';
import { Trigger } from '../windowing/trigger.js';
import type { WindowAggregation } from '../windowing/window-aggregation.js';
import { MergingWindowAssigner, WindowAssigner } from '../windowing/window-assigner.js';
import { passThrough, type MakeEmission } from '../windowing/window-emission.js';
import { windowOperator } from '../windowing/fastest-window-operator.js';
import type { Window } from '../windowing/window.js';
import { badArgument, durationArgument, wholeNumber } from './arguments.js';
import { fieldArgument, type AggregateField } from './field.js';
import type { Ordered } from './keyed-stream.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';

/** Makes an operator part of the job. */
export type AddOperator = <R>(name: string, definition: OperatorDefinition<R>) => SingleOutputStreamOperator<R>;

export abstract class Windowing<T, W extends Window> {
  private chosenTrigger: Trigger<T, W>;
  private chosenEvictor: Evictor<T, W> | undefined;
  private lateness = 0;
  private lateTag: OutputTag<T> | undefined;

  constructor(
    protected readonly call: string,
    private readonly assigner: WindowAssigner<T, W>,
    private readonly keyOf: (value: T) => unknown,
    private readonly add: AddOperator,
  ) {
    if (!(assigner instanceof WindowAssigner)) throw badArgument(call, 'a window assigner, such as TumblingEventTimeWindows.of(…)', assigner);
    this.chosenTrigger = this.mergeable(assigner.getDefaultTrigger());
  }

  /** Decides when windows fire, in place of the assigner's own trigger: with a count trigger, nothing fires at the end. */
  trigger(trigger: Trigger<T, W>): this {
    if (!(trigger instanceof Trigger)) throw badArgument('trigger', 'a Trigger', trigger);
    this.chosenTrigger = this.mergeable(trigger);
    return this;
  }

  /** Removes elements from windows that fire. Windows then keep all their elements, also those of `reduce` and `aggregate`. */
  evictor(evictor: Evictor<T, W>): this {
    if (typeof evictor?.evictBefore !== 'function' || typeof evictor.evictAfter !== 'function') throw badArgument('evictor', 'an evictor: an object with evictBefore() and evictAfter()', evictor);
    this.chosenEvictor = evictor;
    return this;
  }

  /**
   * For how long after its end (by event time) a window still takes elements, firing anew for each. Default: not at
   * all. By processing time nothing is late, and this means nothing.
   */
  allowedLateness(lateness: DurationLike): this {
    this.lateness = durationArgument('allowedLateness', lateness, 0);
    return this;
  }

  /**
   * Sends elements that come too late for all their windows to a side output of the result:
   * `result.getSideOutput(tag)`. Without it they are dropped and counted as `numLateRecordsDropped`.
   */
  sideOutputLateData(tag: OutputTag<T>): this {
    if (!(tag instanceof OutputTag)) throw badArgument('sideOutputLateData', 'an OutputTag', tag);
    this.lateTag = tag;
    return this;
  }

  /** The sum of a field over each window; all other fields are those of the window's first element. */
  sum(field: AggregateField<T, number | bigint>): SingleOutputStreamOperator<T> {
    return this.aggregated('sum', field);
  }

  /** The smallest value of a field in each window; all other fields are those of the window's first element. */
  min(field: AggregateField<T, Ordered>): SingleOutputStreamOperator<T> {
    return this.aggregated('min', field);
  }

  /** The largest value of a field in each window; all other fields are those of the window's first element. */
  max(field: AggregateField<T, Ordered>): SingleOutputStreamOperator<T> {
    return this.aggregated('max', field);
  }

  /** The element with the smallest field in each window. @param first of equal ones, the earlier (true) or the later. */
  minBy(field: AggregateField<T, Ordered>, first = true): SingleOutputStreamOperator<T> {
    return this.aggregated('minBy', field, first);
  }

  /** The element with the largest field in each window. @param first of equal ones, the earlier (true) or the later. */
  maxBy(field: AggregateField<T, Ordered>, first = true): SingleOutputStreamOperator<T> {
    return this.aggregated('maxBy', field, first);
  }

  /** Adds the window operator. `what` is the author's call, for plans. */
  protected compute<R>(what: string, aggregation: WindowAggregation<T, unknown> | undefined, emission: MakeEmission<W> = passThrough<W>()): SingleOutputStreamOperator<R> {
    const { assigner, chosenTrigger, chosenEvictor, lateTag } = this;
    if (aggregation && !aggregation.canMerge && assigner instanceof MergingWindowAssigner) {
      throw new FlinkError('INVALID_ARGUMENT', `${what} cannot be used with windows that merge, such as sessions: its results cannot be merged`, { hint: 'Use aggregate, with a merge method.' });
    }
    const definition = windowOperator<T, W>({
      keyOf: this.keyOf, assigner, trigger: chosenTrigger, evictor: chosenEvictor, allowedLateness: this.lateness, lateOutput: lateTag?.id, aggregation, emission,
    }) as OperatorDefinition<R>;
    const needsEventTime = assigner.isEventTime() ? { builtAt: new Error().stack } : undefined;
    const parts = [String(assigner), classNameOf(chosenTrigger), ...(chosenEvictor ? [classNameOf(chosenEvictor)] : []), what];
    return this.add<R>(classNameOf(assigner) || 'Window', { ...definition, needsEventTime }).setDescription(`Window(${parts.join(', ')})`);
  }

  private aggregated(kind: FieldAggregateKind, field: unknown, first = true): SingleOutputStreamOperator<T> {
    if (typeof first !== 'boolean') throw badArgument(kind, 'true or false as its second argument', first);
    return this.compute<T>(kind, fieldWindowAggregation<T>(kind, fieldArgument(kind, field), { first }));
  }

  private mergeable(trigger: Trigger<T, W>): Trigger<T, W> {
    if (this.assigner instanceof MergingWindowAssigner && !trigger.canMerge()) {
      throw new FlinkError('INVALID_ARGUMENT', `${classNameOf(trigger)} cannot be used with ${classNameOf(this.assigner)}: its windows merge, and the trigger does not support that`, {
        hint: 'Use a trigger whose canMerge() answers true, such as EventTimeTrigger or CountTrigger.',
      });
    }
    return trigger;
  }
}

/** Turns windows over all elements into windows of `size` elements: one after the other, or a new one every `slide` elements. */
export function countWindows<WS extends { trigger(trigger: Trigger<unknown, Window>): WS; evictor(evictor: Evictor<unknown, Window>): WS }>(call: string, windowed: WS, size: number, slide: number | undefined): WS {
  wholeNumber(call, size, 1, Number.MAX_SAFE_INTEGER, 'a size');
  if (slide === undefined) return windowed.trigger(PurgingTrigger.of(CountTrigger.of(size)));
  wholeNumber(call, slide, 1, Number.MAX_SAFE_INTEGER, 'a slide');
  return windowed.evictor(CountEvictor.of(size)).trigger(CountTrigger.of(slide));
}

/** Whether a second function is a process function; a lambda is a window function. */
export function isProcessFunction(given: unknown): boolean {
  const target: unknown = typeof given === 'function' ? given.prototype : given;
  return typeof target === 'object' && target !== null && typeof (target as { process?: unknown }).process === 'function';
}
