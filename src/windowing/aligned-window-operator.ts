/**
 * The window operator for what most jobs do: aligned windows that fire at their end.
 * There is one timer for a window, whatever the number of its keys, and no entry of state for each key and window: that
 * is many times faster, and gives the same results.
 *
 * Invariants:
 * - Results are those of the general operator, for every order of elements and watermarks.
 */
import { classNameOf } from '../core/class-name.js';
import { type PrimitiveKey, toPrimitiveKey } from '../core/key.js';
import type { Counter } from '../operators/metric-group.js';
import type { Operator, OperatorContext, OperatorDefinition } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import { guardedUserFunction } from '../operators/specialise.js';
import { FlinkError } from '../core/errors.js';
import type { KeyedContents } from '../state/keyed-contents.js';
import type { InternalTimerService, KeyedContext, Timer } from '../state/keyed-context.js';
import type { KeyedStateMeta } from '../state/operator-snapshot.js';
import { inTurn, type KeyedSnapshotSink, type SnapshotWalk, untilEnded } from '../state/snapshot-walk.js';
import type { AggregateFunction } from '../state/state-functions.js';
import { type AlignedContents, SlidingContents, TumblingContents } from './aligned-contents.js';
import type { AlignedKernel, WindowsOfTime } from './aligned-window-kernels.js';
import { type AlignedWindow, AlignedWindows } from './aligned-windows.js';
import { RestoredWindows } from './restored-windows.js';
import { SlicedContents } from './sliced-contents.js';
import type { SlidingEventTimeWindows, SlidingProcessingTimeWindows } from './sliding-windows.js';
import type { TumblingEventTimeWindows, TumblingProcessingTimeWindows } from './tumbling-windows.js';
import { listing, type SubtaskAggregate } from './window-aggregation.js';
import type { WindowEmission } from './window-emission.js';
import { DROPPED_WINDOWS_METRIC, LATE_RECORDS_METRIC, type WindowSettings } from './window-operator.js';
import type { WindowAssignerContext } from './window-assigner.js';
import { contentsMeta, WindowEntries, windowTimersMeta } from './window-state.js';
import { WindowStagger } from './window-stagger.js';
import { eventTimeOf } from './window-time.js';
import type { TimeWindow } from './window.js';

type AlignedAssigner = TumblingEventTimeWindows | TumblingProcessingTimeWindows | SlidingEventTimeWindows | SlidingProcessingTimeWindows;

/** What the windows of an operator must be for this one to take it. */
export interface AlignedSettings<T> extends WindowSettings<T, TimeWindow> {
  readonly assigner: AlignedAssigner;
}

export function alignedWindowOperator<T>(settings: AlignedSettings<T>): OperatorDefinition {
  return {
    instantiate(context) {
      if (!context.keyed) throw new FlinkError('INTERNAL', 'a window operator needs a keyed input');
      const facts = context as OperatorContext<never>;
      const aggregate: SubtaskAggregate<T, unknown> = settings.aggregation?.inSubtask(facts) ?? listing<T>(facts.specialise);
      const restored = new RestoredWindows();
      const over = <CELLS>(contents: AlignedContents<T, CELLS>): Operator => new AlignedWindowOperator(settings, facts, context.keyed!, aggregate, contents, restored).operator(context);
      const { createAccumulator, slices } = aggregate;
      const { assigner } = settings;
      if (!('slide' in assigner)) return over(new TumblingContents<T>(createAccumulator, restored));
      // With a size that is no multiple of the slide, the slices of a window would be of two lengths.
      return slices && assigner.size % assigner.slide === 0 ? over(new SlicedContents<T>(slices, createAccumulator, assigner.size / assigner.slide, restored)) : over(new SlidingContents<T>(createAccumulator, restored));
    },
  };
}

class AlignedWindowOperator<T, CELLS> implements KeyedContents {
  readonly states: readonly KeyedStateMeta[];
  private readonly assigner: AlignedAssigner;
  private readonly isEventTime: boolean;
  private readonly emission: WindowEmission<TimeWindow>;
  private readonly windows: AlignedWindows<CELLS>;
  private readonly lateRecords: Counter;
  private readonly lateOutput: Emit<T> | undefined;
  private droppedAtEnd = 0;
  /** By the clock, one timer a window, registered for the key that opened it. */
  private readonly clockTimers: InternalTimerService<number> | undefined;
  /** The windows of stretches of time with elements, while none of them has fired or gone. */
  private readonly recent = new Map<number, WindowsOfTime<CELLS>>();
  private forgetLatest: () => void = () => {};
  /** A snapshot says of which type keys are, and no key has come yet. */
  private awaitsFirstKey = false;
  private snapshotsUnderWay = 0;
  private readonly assignerContext: WindowAssignerContext = { getCurrentProcessingTime: () => this.context.clock.now(), random: () => this.context.random.next() };

  constructor(
    private readonly settings: AlignedSettings<T>,
    private readonly context: OperatorContext<never>,
    private readonly keyed: KeyedContext,
    private readonly aggregate: AggregateFunction<T, unknown, unknown>,
    private readonly contents: AlignedContents<T, CELLS>,
    private readonly restoredWindows: RestoredWindows,
  ) {
    const assigner = settings.assigner.forSubtask() as AlignedAssigner;
    this.assigner = assigner;
    this.isEventTime = assigner.isEventTime();
    this.windows = new AlignedWindows<CELLS>(assigner.size, this.isEventTime ? settings.allowedLateness : 0, !this.isEventTime, () => this.contents.makeCells(), {
      open: ({ window }) => this.clockTimers?.registerProcessingTimeTimer(window.start, window.maxTimestamp()),
      fire: (window) => this.fire(window),
      drop: (window) => this.drop(window),
    });
    this.emission = settings.emission({ context, keyed, merging: false, currentWatermark: () => keyed.currentWatermark() });
    const metrics = context.runtime.getMetricGroup();
    this.lateRecords = metrics.counter(LATE_RECORDS_METRIC);
    metrics.gauge('numOpenWindows', () => this.windows.count);
    metrics.gauge(DROPPED_WINDOWS_METRIC, () => this.droppedAtEnd);
    metrics.gauge('numKeyedStateEntries', () => this.entries() + keyed.numKeyedStateEntries());
    // By event time a window needs no timer of its own: what waits for the watermark is the window.
    if (this.isEventTime) metrics.gauge('numEventTimeTimers', () => this.windows.count + keyed.numEventTimeTimers());
    this.lateOutput = settings.lateOutput === undefined ? undefined : context.output.side<T>(settings.lateOutput);
    this.clockTimers = this.isEventTime ? undefined : this.makeClockTimers();
    this.states = [contentsMeta(settings.aggregation !== undefined), windowTimersMeta];
    keyed.keep(this);
    keyed.keepsWindows('time');
  }

  snapshot(sink: KeyedSnapshotSink): SnapshotWalk {
    const { settings, isEventTime, windows } = this;
    this.snapshotsUnderWay += 1;
    const entries = new WindowEntries(sink, settings.aggregation !== undefined, isEventTime, isEventTime ? settings.allowedLateness : 0);
    const inFlight = [...windows];
    const settled = new Set(inFlight.filter((window) => window.settled));
    const settledRestored = new Set([...settled].map(({ window }) => window.identity()));
    const own = this.contents.snapshot(inFlight, (window, primitive, key, accumulator) => entries.write(primitive, key, window.window, accumulator, !settled.has(window)));
    const left = this.restoredWindows.snapshot(({ window, primitive, key, accumulator, live }) => entries.write(primitive, key, window, accumulator, live && !settledRestored.has(window.identity())));
    return untilEnded(inTurn([own, left]), () => (this.snapshotsUnderWay -= 1));
  }

  restore(state: KeyedStateMeta, key: unknown, namespace: PrimitiveKey, value: unknown): void {
    this.restoredWindows.add(state, key, namespace, value);
  }

  restored(): void {
    this.awaitsFirstKey = true;
    for (const { window, key } of this.restoredWindows.all()) {
      // The timer of a window that opens belongs to a key of it.
      if (this.clockTimers) this.keyed.setCurrentKey(key);
      if (this.isOwn(window)) this.windows.at(window.start);
      else this.windows.adopt(window);
    }
    this.keyed.clearCurrentKey();
  }

  /** Whether elements may still come for a window that a snapshot has: its bounds are such as this operator gives. */
  private isOwn({ start, end }: TimeWindow): boolean {
    const { assigner } = this;
    if ('stagger' in assigner && assigner.stagger !== WindowStagger.ALIGNED) return false;
    return end - start === assigner.size && assigner.startOf(start, this.assignerContext) === start;
  }

  operator(context: OperatorContext): Operator {
    const { specialise, output } = context;
    const { input, forget } = this.kernel();
    this.forgetLatest = forget;
    const advance = guardedUserFunction(specialise, (timestamp: number): void => this.advance(timestamp));
    return {
      inputs: [input],
      watermark: specialise(watermarkKernel)(advance, (timestamp) => output.watermark(timestamp)),
      ...this.emission.lifeCycle,
      // After this the clock calls nobody any more.
      endInput: () => void (this.droppedAtEnd = this.isEventTime ? 0 : this.windows.count),
    };
  }

  private kernel(): AlignedKernel<T> {
    const { context, aggregate } = this;
    const { specialise, clock } = context;
    const guarded = <F extends (...args: never[]) => unknown>(call: F): F => guardedUserFunction(specialise, call);
    return this.contents.kernel(context, {
      now: this.isEventTime ? undefined : () => clock.now(),
      windowsAt: guarded((time: number, value: T) => this.windowsAt(time, value)),
      inFlight: () => this.windows.inFlight(),
      keyOf: guarded(this.settings.keyOf),
      toPrimitive: guarded(toPrimitiveKey),
      add: guarded(aggregate.add),
      fireLate: guarded((window: AlignedWindow<CELLS>, key: unknown, accumulator: unknown) => this.emit(window, key, accumulator)),
      late: guarded((value: T, timestamp: number) => this.late(value, timestamp)),
    });
  }

  /** The windows in flight that hold a time, and the stretch of time that has the same windows. */
  private windowsAt(timestamp: number, value: T): WindowsOfTime<CELLS> {
    const { assigner } = this;
    const time = this.isEventTime ? eventTimeOf(timestamp, classNameOf(assigner)) : timestamp;
    const latest = assigner.startOf(time, this.assignerContext);
    const slide = 'slide' in assigner ? assigner.slide : assigner.size;
    // Where the size is no multiple of the slide, a window ends in the middle of it.
    const middle = latest + (assigner.size % slide);
    const start = middle > latest && time >= middle ? middle : latest;
    const known = this.recent.get(start);
    if (known) return known;
    // The timer of a window that opens belongs to the key that opens it.
    if (this.clockTimers || this.awaitsFirstKey) this.keyed.setCurrentKey(this.settings.keyOf(value));
    this.awaitsFirstKey = false;
    const open: AlignedWindow<CELLS>[] = [];
    const count = Math.ceil((latest + assigner.size - start) / slide);
    for (let each = latest - (count - 1) * slide; each <= latest; each += slide) {
      const window = this.windows.at(each);
      if (window) open.push(window);
    }
    const found = { start, end: start === latest && middle > latest ? middle : latest + slide, open, slice: undefined };
    this.recent.set(start, found);
    return found;
  }

  /** Windows have fired or gone. */
  private forget(): void {
    this.recent.clear();
    this.forgetLatest();
  }

  private makeClockTimers(): InternalTimerService<number> {
    const fire = ({ timestamp }: Timer<number>): void => {
      this.windows.advance(timestamp);
      this.forget();
    };
    const located = this.context.specialise(timerKernel)(guardedUserFunction(this.context.specialise, fire));
    return this.keyed.timers<number>('window-clock', { onEventTime() {}, onProcessingTime: located }, (start) => start, { transient: true });
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

  private entries(): number {
    let entries = 0;
    for (const window of this.windows) entries += this.contents.entries(window) + this.restoredWindows.entries(window.window);
    return entries;
  }

  private fire(window: AlignedWindow<CELLS>): void {
    this.contents.forEach(window, (key, accumulator) => this.emit(window, key, accumulator));
    for (const { key, accumulator, live } of this.restoredWindows.left(window.window)) if (live) this.emit(window, key, accumulator);
  }

  private emit({ window }: AlignedWindow<CELLS>, key: unknown, accumulator: unknown): void {
    const result = this.aggregate.getResult(accumulator);
    if (result === null || result === undefined) return;
    if (this.emission.usesState) this.keyed.setCurrentKey(key);
    this.emission.emit(key, window, this.elements(result));
  }

  /** A list goes out as a copy where its window goes on growing, or where a snapshot may still want it as it is. */
  private elements(result: unknown): readonly unknown[] {
    if (this.settings.aggregation) return [result];
    return this.settings.allowedLateness > 0 || this.snapshotsUnderWay > 0 ? (result as unknown[]).slice() : (result as unknown[]);
  }

  private drop(window: AlignedWindow<CELLS>): void {
    if (this.emission.usesState) {
      const clear = (key: unknown): void => {
        this.keyed.setCurrentKey(key);
        this.emission.clear(window.window);
      };
      this.contents.forEach(window, clear);
      for (const { key } of this.restoredWindows.left(window.window)) clear(key);
    }
    this.contents.drop(window);
    this.restoredWindows.drop(window.window);
  }
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
