/**
 * The windows of a join or a coGroup, waiting for a function (Flink: `JoinedStreams.WithWindow`,
 * `CoGroupedStreams.WithWindow`).
 *
 * Invariant: triggers and evictors see both streams' records as one stream of `TaggedUnion`s.
 */
import type { DurationLike } from '../core/time.js';
import type { CoGroupFunctionLike, JoinFunctionLike } from '../operators/functions.js';
import type { Evictor } from '../windowing/evictor.js';
import { coGroupEmission, joinEmission } from '../windowing/shared-windows.js';
import type { TaggedUnion } from '../windowing/tagged-union.js';
import type { Trigger } from '../windowing/trigger.js';
import type { MakeEmission } from '../windowing/window-emission.js';
import type { Window } from '../windowing/window.js';
import type { Inferred } from './data-stream.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import { Windowing } from './windowing.js';

/** Windows of tagged records, as `SharedWindows` sets them up. */
export class TaggedWindowing<T1, T2, W extends Window> extends Windowing<TaggedUnion<T1, T2>, W> {
  emitting<R>(what: string, emission: MakeEmission<W>): SingleOutputStreamOperator<R> {
    return this.compute<R>(what, undefined, emission);
  }
}

/** What both kinds have in common. As with the steps before, each answers windows of their own and leaves these as they are. */
abstract class SharedWindows<T1, T2, W extends Window> {
  protected readonly windowing: TaggedWindowing<T1, T2, W>;

  /** @param make makes the settings anew. */
  constructor(private readonly make: () => TaggedWindowing<T1, T2, W>) {
    this.windowing = make();
  }

  /** Decides when windows fire, in place of the assigner's own trigger. */
  trigger(trigger: Trigger<TaggedUnion<T1, T2>, W>): this {
    return this.changed((windowing) => windowing.trigger(trigger));
  }

  /** Removes records from windows that fire. */
  evictor(evictor: Evictor<TaggedUnion<T1, T2>, W>): this {
    return this.changed((windowing) => windowing.evictor(evictor));
  }

  /** For how long after its end (by event time) a window still takes records, firing anew for each. Default: not at all. */
  allowedLateness(lateness: DurationLike): this {
    return this.changed((windowing) => windowing.allowedLateness(lateness));
  }

  private changed(change: (windowing: TaggedWindowing<T1, T2, W>) => TaggedWindowing<T1, T2, W>): this {
    const { make } = this;
    return new (this.constructor as new (make: () => TaggedWindowing<T1, T2, W>) => this)(() => change(make()));
  }
}

export class JoinedWindows<T1, T2, W extends Window> extends SharedWindows<T1, T2, W> {
  /**
   * Every pair of records that share key and window: one result for each, `(first, second) => result`, or any number,
   * `apply<Result>((first, second, out) => …)`. The third parameter tells the two apart. Windows with records of one
   * stream only give nothing. Results carry the largest timestamp of the window.
   */
  apply<R extends Inferred>(fn: JoinFunctionLike<T1, T2, R>): SingleOutputStreamOperator<R> {
    return this.windowing.emitting('join', joinEmission<W>(fn));
  }

  /** As `apply` (Flink before 2.0). */
  with<R extends Inferred>(fn: JoinFunctionLike<T1, T2, R>): SingleOutputStreamOperator<R> {
    return this.apply(fn);
  }
}

export class CoGroupedWindows<T1, T2, W extends Window> extends SharedWindows<T1, T2, W> {
  /**
   * Any number of results from the records of both streams that share key and window; one of the two lists may be
   * empty. Name the type of the results: `apply<Result>((first, second, out) => …)`. They carry the largest timestamp
   * of the window.
   */
  apply<R>(fn: CoGroupFunctionLike<T1, T2, R>): SingleOutputStreamOperator<R> {
    return this.windowing.emitting('coGroup', coGroupEmission<W>(fn));
  }

  /** As `apply` (Flink before 2.0). */
  with<R>(fn: CoGroupFunctionLike<T1, T2, R>): SingleOutputStreamOperator<R> {
    return this.apply(fn);
  }
}
