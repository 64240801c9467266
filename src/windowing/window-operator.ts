/**
 * The general window operator: any assigner, trigger, evictor and function (Flink: `WindowOperator`,
 * `EvictingWindowOperator`). State and timers are kept for each key and window.
 *
 * Invariants:
 * - An element that no window took is late, and goes to the side output or is counted, when its own time says so.
 * - A window's contents, trigger state and function state are dropped at its cleanup time and not before.
 * - Where a firing and a cleanup fall on the same timer, the firing comes first.
 */
import { FlinkError } from '../core/errors.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import type { Counter } from '../operators/metric-group.js';
import type { Operator, OperatorContext, OperatorDefinition } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import { guardedUserFunction } from '../operators/specialise.js';
import { voidNamespaceKey, VOID_NAMESPACE, type DerivedNamespaces, type InternalTimerService, type KeyedContext, type Timer, type TimerCallbacks } from '../state/keyed-context.js';
import { ValueStateDescriptor } from '../state/state-descriptor.js';
import type { ValueState } from '../state/state.js';
import type { Evictor } from './evictor.js';
import { GlobalWindows } from './global-windows.js';
import { MergingWindowSet, type InFlight, type Merge } from './merging-window-set.js';
import { isFire, isPurge, type Trigger, type TriggerResult } from './trigger.js';
import type { WindowAggregation } from './window-aggregation.js';
import { MergingWindowAssigner, type WindowAssigner, type WindowAssignerContext } from './window-assigner.js';
import { windowContents, type WindowContents } from './window-contents.js';
import type { MakeEmission, WindowEmission } from './window-emission.js';
import { cleanupTimeOf } from './window-time.js';
import { KindOfWindows } from './window-kind.js';
import { derivedWindows, MERGING_NAME, TIMERS_NAME } from './window-state.js';
import { WindowTriggering } from './window-triggering.js';
import type { Window } from './window.js';

/** What a window operator does. */
export interface WindowSettings<T, W extends Window> {
  readonly keyOf: (value: T) => unknown;
  readonly assigner: WindowAssigner<T, W>;
  readonly trigger: Trigger<T, W>;
  readonly evictor?: Evictor<T, W> | undefined;
  /** Milliseconds for which a window outlives its end. */
  readonly allowedLateness: number;
  /** The side output of elements that came too late; they are counted and dropped without one. */
  readonly lateOutput?: string | undefined;
  /** Gathers elements in an accumulator; without it windows keep them all. */
  readonly aggregation?: WindowAggregation<T, unknown> | undefined;
  readonly emission: MakeEmission<W>;
}

/** Windows by the clock that the end of the input found open: nothing closes them any more. */
export const DROPPED_WINDOWS_METRIC = 'numWindowsDroppedAtEnd';

/** The counter of elements that came too late and had nowhere to go. */
export const LATE_RECORDS_METRIC = 'numLateRecordsDropped';

export function generalWindowOperator<T, W extends Window>(settings: WindowSettings<T, W>): OperatorDefinition {
  return {
    instantiate(context) {
      if (!context.keyed) throw new FlinkError('INTERNAL', 'a window operator needs a keyed input');
      return new WindowOperator<T, W>(settings, context as OperatorContext<never>, context.keyed).operator(context);
    },
  };
}

class WindowOperator<T, W extends Window> implements TimerCallbacks<W>, WindowAssignerContext {
  private readonly assigner: WindowAssigner<T, W>;
  private readonly merging: MergingWindowAssigner<T, W> | undefined;
  private readonly isEventTime: boolean;
  private readonly timers: InternalTimerService<W>;
  private readonly contents: WindowContents<T, W>;
  private readonly triggering: WindowTriggering<T, W>;
  private readonly emission: WindowEmission<W>;
  private readonly lateRecords: Counter;
  private readonly lateOutput: Emit<T> | undefined;
  private droppedAtEnd = 0;
  private readonly kind: KindOfWindows;
  /** The windows in flight of a key, where windows merge. */
  private readonly inFlight: ValueState<readonly InFlight<W>[]> | undefined;
  private readonly emitElements = (window: W, elements: readonly unknown[]): void => this.emission.emit(this.keyed.getCurrentKey(), window, elements);

  constructor(
    private readonly settings: WindowSettings<T, W>,
    private readonly context: OperatorContext<never>,
    private readonly keyed: KeyedContext,
  ) {
    const { aggregation, evictor, trigger, lateOutput, emission } = settings;
    this.assigner = settings.assigner.forSubtask();
    this.merging = this.assigner instanceof MergingWindowAssigner ? this.assigner : undefined;
    this.isEventTime = this.assigner.isEventTime();
    this.timers = keyed.timers<W>(TIMERS_NAME, locatedCallbacks(context, this), (window) => window.identity(), { derived: derivedWindows as DerivedNamespaces<W> });
    this.kind = new KindOfWindows(keyed, settings.assigner);
    const metrics = context.runtime.getMetricGroup();
    this.triggering = new WindowTriggering(keyed, this.timers, metrics, trigger);
    this.contents = windowContents(context, keyed, aggregation, evictor, this.triggering);
    this.emission = emission({ context, keyed, merging: this.merging !== undefined, currentWatermark: () => this.timers.currentWatermark() });
    this.lateRecords = metrics.counter(LATE_RECORDS_METRIC);
    metrics.gauge('numOpenWindows', () => this.openWindows());
    metrics.gauge(DROPPED_WINDOWS_METRIC, () => this.droppedAtEnd);
    this.lateOutput = lateOutput === undefined ? undefined : context.output.side<T>(lateOutput);
    this.inFlight = this.merging && inFlightState(keyed);
  }

  operator(context: OperatorContext): Operator {
    const { specialise, output } = context;
    const { keyOf } = this.settings;
    const element = guardedUserFunction(specialise, (value: T, timestamp: number, hash: number | undefined): void => {
      this.keyed.setCurrentKey(keyOf(value), hash);
      this.element(value, timestamp);
    });
    const advance = guardedUserFunction(specialise, (timestamp: number): void => this.keyed.advanceWatermark(timestamp));
    return {
      inputs: [specialise(elementKernel<T>)(element)],
      hashedInputs: [specialise(hashedElementKernel<T>)(element)],
      watermark: specialise(watermarkKernel)(advance, (timestamp) => output.watermark(timestamp)),
      ...this.emission.lifeCycle,
      // After this the clock calls nobody any more. A window that lasts for ever is not dropped: its trigger has had its way.
      endInput: () => void (this.droppedAtEnd = this.isEventTime || this.assigner instanceof GlobalWindows ? 0 : this.openWindows()),
    };
  }

  getCurrentProcessingTime(): number {
    return this.timers.currentProcessingTime();
  }

  random(): number {
    return this.context.random.next();
  }

  onEventTime(timer: Timer<W>): void {
    this.onTimer(timer, true);
  }

  onProcessingTime(timer: Timer<W>): void {
    this.onTimer(timer, false);
  }

  private element(value: T, timestamp: number): void {
    const windows = this.assigner.assignWindows(value, timestamp, this);
    this.kind.see(windows[0]);
    const taken = this.merging ? this.addToMerging(value, timestamp, windows, this.merging) : this.addTo(value, timestamp, windows);
    if (taken || !this.isLateElement(timestamp)) return;
    if (this.lateOutput) this.lateOutput(value, timestamp);
    else this.lateRecords.inc();
  }

  /** Whether any window took the element. */
  private addTo(value: T, timestamp: number, windows: readonly W[]): boolean {
    let taken = false;
    for (const window of windows) {
      if (this.isLateWindow(window)) continue;
      taken = true;
      this.addToWindow(value, timestamp, window, window);
    }
    return taken;
  }

  private addToMerging(value: T, timestamp: number, windows: readonly W[], assigner: MergingWindowAssigner<T, W>): boolean {
    const set = this.windowSet(assigner);
    let taken = false;
    for (const window of windows) {
      const actual = set.add(window, (merge) => this.merge(merge));
      if (this.isLateWindow(actual)) {
        set.retire(actual);
        continue;
      }
      taken = true;
      this.addToWindow(value, timestamp, actual, set.stateWindow(actual)!);
    }
    this.store(set);
    return taken;
  }

  private addToWindow(value: T, timestamp: number, window: W, stateWindow: W): void {
    this.contents.enter(stateWindow);
    this.contents.add(value, timestamp);
    this.apply(this.triggering.onElement(value, timestamp, window), window);
    this.registerCleanup(window);
  }

  private onTimer(timer: Timer<W>, isEventTime: boolean): void {
    const { namespace: window, timestamp } = timer;
    const set = this.merging && this.windowSet(this.merging);
    const stateWindow = set ? set.stateWindow(window) : window;
    // A timer that a trigger left behind for a window that has merged into another.
    if (stateWindow === undefined) return;
    this.contents.enter(stateWindow);
    this.apply(isEventTime ? this.triggering.onEventTime(timestamp, window) : this.triggering.onProcessingTime(timestamp, window), window);
    if (isEventTime !== this.isEventTime || timestamp !== this.cleanupTime(window)) return;
    this.contents.clear();
    this.triggering.clear(window);
    this.emission.clear(window);
    if (!set) return;
    set.retire(window);
    this.store(set);
  }

  private apply(result: TriggerResult, window: W): void {
    if (isFire(result)) this.contents.fire(window, this.emitElements);
    if (isPurge(result)) this.contents.clear();
  }

  private merge({ result, merged, stateWindow, mergedStateWindows }: Merge<W>): void {
    const end = this.cleanupTime(result);
    const now = this.isEventTime ? this.timers.currentWatermark() : this.timers.currentProcessingTime();
    if (end <= now) {
      throw new FlinkError('USER_FUNCTION', `merged windows cannot end before the present: ${String(result)} would have been cleaned up at ${end}, and it is ${now}`, {
        hint: 'mergeWindows may only make windows larger.',
      });
    }
    this.triggering.onMerge(result, merged);
    for (const window of merged) {
      this.triggering.clear(window);
      this.deleteCleanup(window);
    }
    this.contents.merge(stateWindow, mergedStateWindows);
  }

  private windowSet(assigner: MergingWindowAssigner<T, W>): MergingWindowSet<W> {
    return new MergingWindowSet<W>(assigner, this.inFlight!.value() ?? []);
  }

  private store(set: MergingWindowSet<W>): void {
    const changes = set.changes();
    if (changes) this.inFlight!.update(changes.length === 0 ? null : changes);
  }

  private isLateWindow(window: W): boolean {
    return this.isEventTime && this.cleanupTime(window) <= this.timers.currentWatermark();
  }

  private isLateElement(timestamp: number): boolean {
    return this.isEventTime && timestamp + this.settings.allowedLateness <= this.timers.currentWatermark();
  }

  /** Allowed lateness means nothing by the clock. A window at the end of time is never cleaned up. */
  private cleanupTime(window: W): number {
    return this.isEventTime ? cleanupTimeOf(window.maxTimestamp(), this.settings.allowedLateness) : window.maxTimestamp();
  }

  /**
   * Each window has a timer for its cleanup. A window that lasts for ever has none: then there is one for each key, that
   * of global windows.
   */
  private openWindows(): number {
    let open = 0;
    const count = ({ namespace, timestamp }: Timer<W>): void => {
      if (timestamp === this.cleanupTime(namespace)) open += 1;
    };
    if (this.isEventTime) this.timers.forEachEventTimeTimer(count);
    else this.timers.forEachProcessingTimeTimer(count);
    return this.assigner instanceof GlobalWindows ? this.keyed.numKeyedStateEntries() : open;
  }

  private registerCleanup(window: W): void {
    const time = this.cleanupTime(window);
    if (time === MAX_TIMESTAMP) return;
    if (this.isEventTime) this.timers.registerEventTimeTimer(window, time);
    else this.timers.registerProcessingTimeTimer(window, time);
  }

  private deleteCleanup(window: W): void {
    const time = this.cleanupTime(window);
    if (time === MAX_TIMESTAMP) return;
    if (this.isEventTime) this.timers.deleteEventTimeTimer(window, time);
    else this.timers.deleteProcessingTimeTimer(window, time);
  }
}

function inFlightState<W>(keyed: KeyedContext): ValueState<readonly InFlight<W>[]> {
  const store = keyed.namespaced<string>(MERGING_NAME, voidNamespaceKey);
  store.setCurrentNamespace(VOID_NAMESPACE);
  return store.getState(new ValueStateDescriptor<readonly InFlight<W>[]>(MERGING_NAME));
}

/** Timers' calls pass through code of the operator's own, so that errors in them are found to be its. */
function locatedCallbacks<W>({ specialise }: OperatorContext<never>, callbacks: TimerCallbacks<W>): TimerCallbacks<W> {
  const located = (call: (timer: Timer<W>) => void): ((timer: Timer<W>) => void) => specialise(timerKernel<W>)(guardedUserFunction(specialise, call));
  return { onEventTime: located((timer) => callbacks.onEventTime(timer)), onProcessingTime: located((timer) => callbacks.onProcessingTime(timer)) };
}

function timerKernel<W>(call: (timer: Timer<W>) => void): (timer: Timer<W>) => void {
  return function windowTimer(timer) {
    call(timer);
  };
}

function elementKernel<T>(element: (value: T, timestamp: number, hash: number | undefined) => void): Emit<T> {
  return function window(value, timestamp) {
    element(value, timestamp, undefined);
  };
}

function hashedElementKernel<T>(element: (value: T, timestamp: number, hash: number | undefined) => void): (value: T, timestamp: number, hash: number) => void {
  return function window(value, timestamp, hash) {
    element(value, timestamp, hash);
  };
}

function watermarkKernel(advance: (timestamp: number) => void, forward: (timestamp: number) => void): (timestamp: number) => void {
  return function windowWatermark(timestamp) {
    advance(timestamp);
    forward(timestamp);
  };
}
