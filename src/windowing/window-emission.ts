/**
 * What leaves a window when it fires: its result as it is, or what the author's function makes of its elements.
 *
 * Invariant: everything that leaves, by whichever output, carries the window's largest timestamp.
 */
import { FlinkError } from '../core/errors.js';
import type { Collector, MapPartitionFunction } from '../operators/functions.js';
import type { OperatorContext } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import type { OutputTag } from '../operators/output-tag.js';
import { SideOutputs } from '../operators/side-outputs.js';
import { type FunctionLifeCycleCalls, isLambda, userFunction, type UserFunction, type UserFunctionShape } from '../operators/user-function.js';
import type { KeyedContext, KeyedStateStore, NamespacedStore } from '../state/keyed-context.js';
import type { AllWindowFunction, ProcessAllWindowElements, ProcessWindowContext, ProcessWindowElements, WindowFunction } from './window-functions.js';
import type { Window } from './window.js';

/** The last step of a window operator in one subtask. */
export interface WindowEmission<W> {
  /** The window fires for a key. */
  emit(key: unknown, window: W, elements: readonly unknown[]): void;
  /** The window of the current key is over. */
  clear(window: W): void;
  /** Whether it reaches state of the current key, and wants to hear of the end of windows. */
  readonly usesState?: boolean;
  /** What the operator's life cycle passes on to the author's function. */
  readonly lifeCycle?: FunctionLifeCycleCalls | undefined;
}

/** What an emission is made from, for one subtask. */
export interface EmissionFacts {
  readonly context: OperatorContext<never>;
  readonly keyed: KeyedContext;
  /** Event time as the operator knows it. */
  readonly currentWatermark: () => number;
  /** Windows that merge have no state of their own. */
  readonly merging: boolean;
}
export type MakeEmission<W extends Window> = (facts: EmissionFacts) => WindowEmission<W>;

/** Emits results as they are. */
export function passThrough<W extends Window>(): MakeEmission<W> {
  return ({ context }) => {
    const emit = context.output.emit as Emit;
    return {
      emit(_key, window, elements) {
        for (const element of elements) emit(element, window.maxTimestamp());
      },
      clear() {},
    };
  };
}

export function windowFunctionEmission<W extends Window>(given: unknown, call: string): MakeEmission<W> {
  const make = userFunction<WindowFunction<unknown, unknown, unknown, W>>(given, { operator: call, methods: ['apply'] });
  return (facts) => applied(given, facts, make(facts.context), (fn, key, window, elements, out) => fn.apply(key, window, elements, out));
}

/** At the end of the stream: the window says nothing. */
export function mapPartitionEmission<W extends Window>(given: unknown, call: string): MakeEmission<W> {
  const make = userFunction<MapPartitionFunction<unknown, unknown>>(given, { operator: call, methods: ['mapPartition'] });
  return (facts) => applied(given, facts, make(facts.context), (fn, _key, _window, elements, out) => fn.mapPartition(elements, out));
}

export function allWindowFunctionEmission<W extends Window>(given: unknown, call: string): MakeEmission<W> {
  const make = userFunction<AllWindowFunction<unknown, unknown, W>>(given, { operator: call, methods: ['apply'] });
  return (facts) => applied(given, facts, make(facts.context), (fn, _key, window, elements, out) => fn.apply(window, elements, out));
}

export function processWindowEmission<W extends Window>(given: unknown, call: string): MakeEmission<W> {
  const make = userFunction<ProcessWindowElements<unknown, unknown, unknown, W>>(given, shape(call));
  return (facts) => processed(facts, make(facts.context), (fn, key, context, elements, out) => fn.process(key, context, elements, out));
}

export function processAllWindowEmission<W extends Window>(given: unknown, call: string): MakeEmission<W> {
  const make = userFunction<ProcessAllWindowElements<unknown, unknown, W>>(given, shape(call));
  return (facts) => processed(facts, make(facts.context), (fn, _key, context, elements, out) => fn.process(context, elements, out));
}

function shape<F extends { process: unknown; clear?: unknown }>(call: string): UserFunctionShape<F> {
  return { operator: call, methods: ['process'], optional: ['clear'] };
}

/** An author's function over the elements alone. Unless it is a lambda it may have a runtime context, and state by it. */
function applied<F extends object, W extends Window>(
  given: unknown, { context }: EmissionFacts, { call: fn, lifeCycle }: UserFunction<F>, apply: (fn: F, key: unknown, window: W, elements: readonly unknown[], out: WindowCollector) => void,
): WindowEmission<W> {
  const out = new WindowCollector(context.output.emit as Emit);
  return {
    emit(key, window, elements) {
      out.timestamp = window.maxTimestamp();
      apply(fn, key, window, elements, out);
    },
    clear() {},
    usesState: !isLambda(given),
    lifeCycle,
  };
}

/** An author's function that also sees time, state and side outputs, and hears of the end of windows. */
function processed<F extends { clear?(context: ProcessWindowContext<W>): void }, W extends Window>(
  facts: EmissionFacts, { call: fn, lifeCycle }: UserFunction<F>, process: (fn: F, key: unknown, context: ProcessWindowContext<W>, elements: readonly unknown[], out: WindowCollector) => void,
): WindowEmission<W> {
  const out = new WindowCollector(facts.context.output.emit as Emit);
  const seen = new FiringContext<W>(facts);
  return {
    emit(key, window, elements) {
      out.timestamp = window.maxTimestamp();
      seen.enter(window);
      process(fn, key, seen, elements, out);
    },
    clear(window) {
      seen.enter(window);
      fn.clear?.(seen);
    },
    usesState: true,
    lifeCycle,
  };
}

class WindowCollector implements Collector<unknown> {
  timestamp = 0;

  constructor(private readonly emit: Emit) {}

  collect(value: unknown): void {
    this.emit(value, this.timestamp);
  }
}

class FiringContext<W extends Window> implements ProcessWindowContext<W> {
  private current: W | undefined;
  private readonly sideOutputs: SideOutputs;
  private ownState: NamespacedStore<W> | undefined;

  constructor(private readonly facts: EmissionFacts) {
    this.sideOutputs = new SideOutputs(facts.context.output);
  }

  enter(window: W): void {
    this.current = window;
    this.ownState?.setCurrentNamespace(window);
  }

  window(): W {
    return this.current!;
  }

  currentProcessingTime(): number {
    return this.facts.context.clock.now();
  }

  currentWatermark(): number {
    return this.facts.currentWatermark();
  }

  windowState(): KeyedStateStore {
    if (this.facts.merging) {
      throw new FlinkError('INVALID_ARGUMENT', 'windowState() is not allowed with windows that merge, such as sessions', { hint: 'Use globalState().' });
    }
    if (!this.ownState) {
      this.ownState = this.facts.keyed.namespaced<W>('window-function', (window) => window.identity());
      this.ownState.setCurrentNamespace(this.current!);
    }
    return this.ownState;
  }

  globalState(): KeyedStateStore {
    return this.facts.keyed.store;
  }

  output<X>(tag: OutputTag<X>, value: X): void {
    this.sideOutputs.emit(tag, value, this.current!.maxTimestamp());
  }
}
