/**
 * The window operator for what most jobs do: aligned windows that fire at their end, with an incremental computation.
 * Contents are kept window by window, each a table of keys, with one timer for a window; that is many times faster
 * than a timer and an entry of state for each key and window, and gives the same results.
 *
 * Invariants:
 * - Results are those of the general operator, for every order of elements and watermarks.
 * - The kernels remember the windows of the latest element, and forget them whenever a window has fired.
 */
import type { PrimitiveKey } from '../core/key.js';
import { toPrimitiveKey } from '../core/key.js';
import type { Counter } from '../operators/metric-group.js';
import type { Operator, OperatorContext, OperatorDefinition } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import { guardedUserFunction } from '../operators/specialise.js';
import { FlinkError } from '../core/errors.js';
import type { InternalTimerService, KeyedContext, Timer } from '../state/keyed-context.js';
import { ownStrings } from '../state/own-strings.js';
import type { AggregateFunction } from '../state/state-functions.js';
import { type AlignedWindow, AlignedWindows, WindowCell, type WindowCells } from './aligned-windows.js';
import { EventTimeTrigger } from './event-time-trigger.js';
import { ProcessingTimeTrigger } from './processing-time-trigger.js';
import { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from './sliding-windows.js';
import { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from './tumbling-windows.js';
import type { WindowAggregation } from './window-aggregation.js';
import type { WindowEmission } from './window-emission.js';
import { generalWindowOperator, LATE_RECORDS_METRIC, type WindowSettings } from './window-operator.js';
import type { WindowAssignerContext } from './window-assigner.js';
import type { TimeWindow, Window } from './window.js';

type AlignedAssigner = TumblingEventTimeWindows | TumblingProcessingTimeWindows | SlidingEventTimeWindows | SlidingProcessingTimeWindows;

/** What the windows of an operator must be for this one to take it. */
interface AlignedSettings<T> extends WindowSettings<T, TimeWindow> {
  readonly assigner: AlignedAssigner;
  readonly aggregation: WindowAggregation<T, unknown>;
}

/** The fastest operator that gives the results. */
export function windowOperator<T, W extends Window>(settings: WindowSettings<T, W>): OperatorDefinition {
  const known = settings as unknown as WindowSettings<T, TimeWindow>;
  return isAligned(known) ? alignedWindowOperator(known as AlignedSettings<T>) : generalWindowOperator(settings);
}

export function alignedWindowOperator<T>(settings: AlignedSettings<T>): OperatorDefinition {
  return {
    instantiate(context) {
      if (!context.keyed) throw new FlinkError('INTERNAL', 'a window operator needs a keyed input');
      return new AlignedWindowOperator<T>(settings, context as OperatorContext<never>, context.keyed).operator(context);
    },
  };
}

function isAligned<T>({ assigner, trigger, evictor, aggregation }: WindowSettings<T, TimeWindow>): boolean {
  if (evictor || !aggregation) return false;
  if (trigger !== (assigner.isEventTime() ? EventTimeTrigger.create() : ProcessingTimeTrigger.create())) return false;
  if (assigner instanceof TumblingEventTimeWindows || assigner instanceof TumblingProcessingTimeWindows) return true;
  // Other slides give elements different numbers of windows.
  return (assigner instanceof SlidingEventTimeWindows || assigner instanceof SlidingProcessingTimeWindows) && assigner.size % assigner.slide === 0;
}

/** The windows of a stretch of time that are not over, latest first. */
interface WindowsOfTime {
  readonly start: number;
  readonly end: number;
  readonly open: readonly AlignedWindow<WindowCells>[];
}

/** The hot functions of one operator. */
interface Kernel<T> {
  readonly input: Emit<T>;
  /** Windows have fired or gone. */
  readonly forget: () => void;
}

class AlignedWindowOperator<T> {
  private readonly assigner: AlignedAssigner;
  private readonly isEventTime: boolean;
  private readonly aggregate: AggregateFunction<T, unknown, unknown>;
  private readonly emission: WindowEmission<TimeWindow>;
  private readonly windows: AlignedWindows<WindowCells>;
  private readonly lateRecords: Counter;
  private readonly lateOutput: Emit<T> | undefined;
  /** By the clock, one timer a window, registered for the key that opened it. */
  private readonly clockTimers: InternalTimerService<number> | undefined;
  private forget: () => void = () => {};
  private readonly assignerContext: WindowAssignerContext = { getCurrentProcessingTime: () => this.context.clock.now(), random: () => this.context.random.next() };

  constructor(
    private readonly settings: AlignedSettings<T>,
    private readonly context: OperatorContext<never>,
    private readonly keyed: KeyedContext,
  ) {
    const assigner = settings.assigner.forSubtask() as AlignedAssigner;
    this.assigner = assigner;
    this.isEventTime = assigner.isEventTime();
    this.aggregate = settings.aggregation.inSubtask(context);
    this.windows = new AlignedWindows<WindowCells>(assigner.size, this.isEventTime ? settings.allowedLateness : 0, !this.isEventTime, () => new Map(), {
      open: ({ window }) => this.clockTimers?.registerProcessingTimeTimer(window.start, window.maxTimestamp()),
      fire: (window) => this.fire(window),
      drop: (window) => this.drop(window),
    });
    this.emission = settings.emission({ context, keyed, merging: false, currentWatermark: () => keyed.currentWatermark() });
    const metrics = context.runtime.getMetricGroup();
    this.lateRecords = metrics.counter(LATE_RECORDS_METRIC);
    metrics.gauge('numOpenWindows', () => this.windows.count);
    this.lateOutput = settings.lateOutput === undefined ? undefined : context.output.side<T>(settings.lateOutput);
    this.clockTimers = this.isEventTime ? undefined : this.makeClockTimers();
  }

  operator(context: OperatorContext): Operator {
    const { specialise, output } = context;
    const { input, forget } = this.kernel();
    this.forget = forget;
    const advance = guardedUserFunction(specialise, (timestamp: number): void => this.advance(timestamp));
    return {
      inputs: [input],
      watermark: specialise(watermarkKernel)(advance, (timestamp) => output.watermark(timestamp)),
      open: () => this.emission.open?.(),
      close: () => this.emission.close?.(),
    };
  }

  private kernel(): Kernel<T> {
    const { context, assigner, aggregate } = this;
    const { specialise, clock } = context;
    const guarded = <F extends (...args: never[]) => unknown>(call: F): F => guardedUserFunction(specialise, call);
    return specialise('slide' in assigner ? slidingKernel<T> : tumblingKernel<T>)(
      this.isEventTime ? undefined : () => clock.now(),
      guarded((time: number, value: T) => this.windowsAt(time, value)),
      guarded(this.settings.keyOf),
      guarded(toPrimitiveKey),
      guarded((cells: WindowCells, primitive: PrimitiveKey, key: unknown) => this.enter(cells, primitive, key)),
      guarded(aggregate.add),
      guarded((window: AlignedWindow<WindowCells>, cell: WindowCell) => this.emit(window, cell)),
      guarded((value: T, timestamp: number) => this.late(value, timestamp)),
    );
  }

  /** The windows in flight that hold a time, latest first, and the stretch of time that has the same windows. */
  private windowsAt(time: number, value: T): WindowsOfTime {
    const { assigner, windows } = this;
    // The timer of a window that opens belongs to the key that opens it.
    if (this.clockTimers) this.keyed.setCurrentKey(this.settings.keyOf(value));
    const assigned = assigner.assignWindows(undefined, time, this.assignerContext);
    const { start } = assigned[0]!;
    return { start, end: start + ('slide' in assigner ? assigner.slide : assigner.size), open: assigned.flatMap((window) => windows.at(window.start) ?? []) };
  }

  private makeClockTimers(): InternalTimerService<number> {
    const fire = ({ timestamp }: Timer<number>): void => {
      this.windows.advance(timestamp);
      this.forget();
    };
    const located = this.context.specialise(timerKernel)(guardedUserFunction(this.context.specialise, fire));
    return this.keyed.timers<number>('window-timers', { onEventTime() {}, onProcessingTime: located }, (start) => start);
  }

  private enter(cells: WindowCells, primitive: PrimitiveKey, key: unknown): WindowCell {
    const cell = new WindowCell(ownStrings(key), this.aggregate.createAccumulator());
    cells.set(typeof primitive === 'string' ? ownStrings(primitive) : primitive, cell);
    return cell;
  }

  private late(value: T, timestamp: number): void {
    if (!this.isEventTime || timestamp + this.settings.allowedLateness > this.windows.now) return;
    if (this.lateOutput) this.lateOutput(value, timestamp);
    else this.lateRecords.inc();
  }

  private advance(timestamp: number): void {
    this.keyed.advanceWatermark(timestamp);
    if (this.isEventTime && this.windows.advance(timestamp)) this.forget();
  }

  private fire(window: AlignedWindow<WindowCells>): void {
    for (const cell of window.cells.values()) this.emit(window, cell);
  }

  private emit({ window }: AlignedWindow<WindowCells>, { key, accumulator }: WindowCell): void {
    const result = this.aggregate.getResult(accumulator);
    if (result === null || result === undefined) return;
    if (this.emission.usesState) this.keyed.setCurrentKey(key);
    this.emission.emit(key, window, [result]);
  }

  private drop({ window, cells }: AlignedWindow<WindowCells>): void {
    if (!this.emission.usesState) return;
    for (const { key } of cells.values()) {
      this.keyed.setCurrentKey(key);
      this.emission.clear(window);
    }
  }
}

type Now = (() => number) | undefined;
type WindowsAt<T> = (time: number, value: T) => WindowsOfTime;
type ToPrimitive = (key: unknown) => PrimitiveKey;
type Enter = (cells: WindowCells, primitive: PrimitiveKey, key: unknown) => WindowCell;
type Add<T> = (value: T, accumulator: unknown) => unknown;
type FireLate = (window: AlignedWindow<WindowCells>, cell: WindowCell) => void;
type Late<T> = (value: T, timestamp: number) => void;

/** @param now the clock, where windows follow it. */
function tumblingKernel<T>(now: Now, windowsAt: WindowsAt<T>, keyOf: (value: T) => unknown, toPrimitive: ToPrimitive, enter: Enter, add: Add<T>, fireLate: FireLate, late: Late<T>): Kernel<T> {
  let start = NaN;
  let end = NaN;
  let window: AlignedWindow<WindowCells> | undefined;
  return {
    input: function windowed(value, timestamp) {
      const time = now === undefined ? timestamp : now();
      if (!(time >= start && time < end)) {
        const found = windowsAt(time, value);
        start = found.start;
        end = found.end;
        window = found.open[0];
      }
      if (window === undefined) {
        late(value, timestamp);
        return;
      }
      const key = keyOf(value);
      const primitive = toPrimitive(key);
      const cell = window.cells.get(primitive) ?? enter(window.cells, primitive, key);
      cell.accumulator = add(value, cell.accumulator);
      if (window.settled) fireLate(window, cell);
    },
    forget() {
      start = NaN;
    },
  };
}

/** @param now the clock, where windows follow it. */
function slidingKernel<T>(now: Now, windowsAt: WindowsAt<T>, keyOf: (value: T) => unknown, toPrimitive: ToPrimitive, enter: Enter, add: Add<T>, fireLate: FireLate, late: Late<T>): Kernel<T> {
  let start = NaN;
  let end = NaN;
  let open: readonly AlignedWindow<WindowCells>[] = [];
  return {
    input: function windowed(value, timestamp) {
      const time = now === undefined ? timestamp : now();
      if (!(time >= start && time < end)) {
        const found = windowsAt(time, value);
        start = found.start;
        end = found.end;
        open = found.open;
      }
      if (open.length === 0) {
        late(value, timestamp);
        return;
      }
      const key = keyOf(value);
      const primitive = toPrimitive(key);
      for (let i = 0; i < open.length; i++) {
        const window = open[i]!;
        const cell = window.cells.get(primitive) ?? enter(window.cells, primitive, key);
        cell.accumulator = add(value, cell.accumulator);
        if (window.settled) fireLate(window, cell);
      }
    },
    forget() {
      start = NaN;
    },
  };
}

function timerKernel(call: (timer: Timer<number>) => void): (timer: Timer<number>) => void {
  return function windowTimer(timer) {
    call(timer);
  };
}

function watermarkKernel(advance: (timestamp: number) => void, forward: (timestamp: number) => void): (timestamp: number) => void {
  return function windowWatermark(timestamp) {
    advance(timestamp);
    forward(timestamp);
  };
}
