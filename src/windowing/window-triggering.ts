/**
 * What a trigger sees of the present key and window: the trigger context of a window operator.
 *
 * Invariant: the operator sets the window before each call of the trigger; the key is the keyed context's.
 */
import type { MetricGroup } from '../operators/metric-group.js';
import type { InternalTimerService, KeyedContext, NamespacedStore } from '../state/keyed-context.js';
import type { StateDescriptor } from '../state/state-descriptor.js';
import { stateOf } from '../state/state-of.js';
import type { OnMergeContext, Trigger, TriggerResult } from './trigger.js';
import type { Window } from './window.js';

export class WindowTriggering<T, W extends Window> implements OnMergeContext {
  private readonly store: NamespacedStore<W>;
  /** One handle a descriptor: triggers ask anew for every element, and many make the descriptor anew as well. */
  private readonly handles = new WeakMap<StateDescriptor, object>();
  private window: W | undefined;
  private merged: readonly W[] = [];

  constructor(
    keyed: KeyedContext,
    private readonly timers: InternalTimerService<W>,
    private readonly metrics: MetricGroup,
    private readonly trigger: Trigger<T, W>,
  ) {
    this.store = keyed.namespaced<W>('window-trigger', (window) => window.identity());
  }

  onElement(element: T, timestamp: number, window: W): TriggerResult {
    this.enter(window);
    return this.trigger.onElement(element, timestamp, window, this);
  }

  onEventTime(time: number, window: W): TriggerResult {
    this.enter(window);
    return this.trigger.onEventTime(time, window, this);
  }

  onProcessingTime(time: number, window: W): TriggerResult {
    this.enter(window);
    return this.trigger.onProcessingTime(time, window, this);
  }

  onMerge(window: W, merged: readonly W[]): void {
    this.enter(window);
    this.merged = merged;
    this.trigger.onMerge(window, this);
    this.merged = [];
  }

  clear(window: W): void {
    this.enter(window);
    this.trigger.clear(window, this);
  }

  getCurrentProcessingTime(): number {
    return this.timers.currentProcessingTime();
  }

  getCurrentWatermark(): number {
    return this.timers.currentWatermark();
  }

  getMetricGroup(): MetricGroup {
    return this.metrics;
  }

  registerEventTimeTimer(time: number): void {
    this.timers.registerEventTimeTimer(this.window!, time);
  }

  registerProcessingTimeTimer(time: number): void {
    this.timers.registerProcessingTimeTimer(this.window!, time);
  }

  deleteEventTimeTimer(time: number): void {
    this.timers.deleteEventTimeTimer(this.window!, time);
  }

  deleteProcessingTimeTimer(time: number): void {
    this.timers.deleteProcessingTimeTimer(this.window!, time);
  }

  getPartitionedState(descriptor: StateDescriptor): never {
    this.store.setCurrentNamespace(this.window!);
    let handle = this.handles.get(descriptor);
    if (handle === undefined) {
      handle = stateOf(this.store, descriptor);
      this.handles.set(descriptor, handle);
    }
    return handle as never;
  }

  mergePartitionedState(descriptor: StateDescriptor): void {
    this.store.mergeNamespaces(descriptor, this.window!, this.merged);
  }

  private enter(window: W): void {
    this.window = window;
  }
}
