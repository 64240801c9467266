/**
 * What windows keep of their elements: an accumulator, a list, or a list with timestamps for an evictor to choose from.
 *
 * Invariant: all calls concern the current key and the state window that was entered last.
 */
import type { OperatorContext } from '../operators/operator.js';
import type { KeyedContext, NamespacedStore } from '../state/keyed-context.js';
import { AggregatingStateDescriptor, ListStateDescriptor, type StateDescriptor } from '../state/state-descriptor.js';
import type { AggregateFunction } from '../state/state-functions.js';
import type { AggregatingState, ListState } from '../state/state.js';
import { ownStrings } from '../state/own-strings.js';
import type { Evictor, EvictorContext } from './evictor.js';
import { TimestampedValue } from './timestamped-value.js';
import type { WindowAggregation } from './window-aggregation.js';
import { CONTENTS_NAME } from './window-state.js';
import type { Window } from './window.js';

/** Gives the elements of a window that fires to whatever follows. */
export type EmitElements<W> = (window: W, elements: readonly unknown[]) => void;

export interface WindowContents<T, W> {
  /** Makes the following calls concern the contents kept under this window. */
  enter(stateWindow: W): void;
  add(value: T, timestamp: number): void;
  /** Emits the contents; nothing when there are none. */
  fire(window: W, emit: EmitElements<W>): void;
  clear(): void;
  merge(target: W, sources: readonly W[]): void;
}

export function windowContents<T, W extends Window>(
  context: OperatorContext<never>, keyed: KeyedContext, aggregation: WindowAggregation<T, unknown> | undefined, evictor: Evictor<T, W> | undefined, times: EvictorContext,
): WindowContents<T, W> {
  const store = keyed.namespaced<W>(CONTENTS_NAME, (window) => window.identity());
  const aggregate = aggregation?.inSubtask(context);
  if (evictor) return new EvictableContents(store, evictor, aggregate, times);
  return aggregate ? new AggregatedContents(store, aggregate) : new ListedContents(store);
}

/** Contents of windows in a store of their own. */
abstract class StoredContents<W> {
  constructor(
    private readonly store: NamespacedStore<W>,
    private readonly descriptor: StateDescriptor,
  ) {}

  enter(stateWindow: W): void {
    this.store.setCurrentNamespace(stateWindow);
  }

  merge(target: W, sources: readonly W[]): void {
    if (sources.length > 0) this.store.mergeNamespaces(this.descriptor, target, sources);
  }
}

class AggregatedContents<T, W> extends StoredContents<W> implements WindowContents<T, W> {
  private readonly state: AggregatingState<T, unknown>;

  constructor(store: NamespacedStore<W>, aggregate: AggregateFunction<T, unknown, unknown>) {
    const descriptor = new AggregatingStateDescriptor(CONTENTS_NAME, aggregate);
    super(store, descriptor);
    this.state = store.getAggregatingState(descriptor);
  }

  add(value: T): void {
    this.state.add(value);
  }

  fire(window: W, emit: EmitElements<W>): void {
    const result = this.state.get();
    if (result !== null && result !== undefined) emit(window, [result]);
  }

  clear(): void {
    this.state.clear();
  }
}

class ListedContents<T, W> extends StoredContents<W> implements WindowContents<T, W> {
  private readonly state: ListState<T>;

  constructor(store: NamespacedStore<W>) {
    const descriptor = new ListStateDescriptor<T>(CONTENTS_NAME);
    super(store, descriptor);
    this.state = store.getListState(descriptor);
  }

  add(value: T): void {
    this.state.add(ownStrings(value));
  }

  fire(window: W, emit: EmitElements<W>): void {
    const elements = this.state.get();
    // A copy, for the author may keep it while the window goes on growing.
    if (elements.length > 0) emit(window, elements.slice());
  }

  clear(): void {
    this.state.clear();
  }
}

class EvictableContents<T, W extends Window> extends StoredContents<W> implements WindowContents<T, W> {
  private readonly state: ListState<TimestampedValue<T>>;

  constructor(
    store: NamespacedStore<W>,
    private readonly evictor: Evictor<T, W>,
    private readonly aggregate: AggregateFunction<T, unknown, unknown> | undefined,
    private readonly times: EvictorContext,
  ) {
    const descriptor = new ListStateDescriptor<TimestampedValue<T>>(CONTENTS_NAME);
    super(store, descriptor);
    this.state = store.getListState(descriptor);
  }

  add(value: T, timestamp: number): void {
    this.state.add(new TimestampedValue(ownStrings(value), timestamp));
  }

  /** The function is called even when the evictor has left it nothing. */
  fire(window: W, emit: EmitElements<W>): void {
    const elements = this.state.get().slice();
    if (elements.length === 0) return;
    this.evictor.evictBefore(elements, elements.length, window, this.times);
    emit(window, this.computed(elements));
    this.evictor.evictAfter(elements, elements.length, window, this.times);
    this.state.update(elements);
  }

  clear(): void {
    this.state.clear();
  }

  private computed(elements: readonly TimestampedValue<T>[]): readonly unknown[] {
    const { aggregate } = this;
    if (!aggregate) return elements.map((element) => element.value);
    let accumulator = aggregate.createAccumulator();
    for (const { value } of elements) accumulator = aggregate.add(value, accumulator);
    return [aggregate.getResult(accumulator)];
  }
}
