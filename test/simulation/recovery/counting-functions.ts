/**
 * The functions of jobs that are made to fail: they count in every kind of keyed state, in timers and windows and in
 * broadcast state, and check that event time only rises.
 */
import type { BroadcastContext, BroadcastReadOnlyContext } from '../../../src/operators/broadcast-functions.js';
import { BroadcastProcessFunction } from '../../../src/operators/broadcast-functions.js';
import type { Collector } from '../../../src/operators/collector.js';
import {
  KeyedCoProcessFunction, type KeyedProcessContext, KeyedProcessFunction, type OnTimerContext, type ProcessContext, ProcessFunction,
} from '../../../src/operators/process-functions.js';
import { ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor } from '../../../src/state/state-descriptor.js';
import type { ListState, MapState, ValueState } from '../../../src/state/state.js';
import { type ProcessWindowContext, ProcessWindowFunction } from '../../../src/windowing/window-functions.js';
import type { TimeWindow } from '../../../src/windowing/window.js';
import type { Event } from './events.js';
import type { RecoveryWorld } from './recovery-world.js';

/** The stretch of event time that one timer counts. */
export const BUCKET_MS = 30;

/** Event time as one attempt of a subtask sees it. */
class RisingTime {
  private last = Number.NEGATIVE_INFINITY;

  constructor(private readonly world: RecoveryWorld) {}

  see(watermark: number): void {
    if (watermark < this.last) this.world.scheduler.violated(`the watermark went back from ${this.last} to ${watermark}`);
    this.last = watermark;
  }
}

/** The how-manieth of its key each record is, and how many of a key there are in each stretch of event time. */
export class Counting extends KeyedProcessFunction<number, Event, string> {
  private seen!: ValueState<number>;
  private buckets!: MapState<number, number>;
  private ids!: ListState<string>;
  private readonly time: RisingTime;

  constructor(private readonly world: RecoveryWorld) {
    super();
    this.time = new RisingTime(world);
  }

  override open(): void {
    this.world.strike('open');
    const runtime = this.getRuntimeContext();
    this.seen = runtime.getState(new ValueStateDescriptor<number>('seen'));
    this.buckets = runtime.getMapState(new MapStateDescriptor<number, number>('buckets'));
    this.ids = runtime.getListState(new ListStateDescriptor<string>('ids'));
  }

  processElement(event: Event, context: KeyedProcessContext<number>, out: Collector<string>): void {
    this.world.strike('record');
    const { scheduler } = this.world;
    this.time.see(context.timerService().currentWatermark());
    const end = (Math.floor(event.time / BUCKET_MS) + 1) * BUCKET_MS;
    if (end <= context.timerService().currentWatermark()) scheduler.violated(`record ${event.id} of ${event.time} came at watermark ${context.timerService().currentWatermark()}`);
    const n = (this.seen.value() ?? 0) + 1;
    this.seen.update(n);
    this.ids.add(event.id);
    this.buckets.put(end, (this.buckets.get(end) ?? 0) + 1);
    context.timerService().registerEventTimeTimer(end);
    out.collect(`c:${event.key}:${n}`);
  }

  override onTimer(end: number, context: OnTimerContext<number>, out: Collector<string>): void {
    this.world.strike('timer');
    this.time.see(context.timerService().currentWatermark());
    const n = this.buckets.get(end);
    if (n === undefined) this.world.scheduler.violated(`the timer of key ${context.getCurrentKey()} for ${end} fired, but its state is gone`);
    this.buckets.remove(end);
    const ids = [...this.ids.get()];
    if (ids.length !== this.seen.value()) this.world.scheduler.violated(`key ${context.getCurrentKey()} has ${ids.length} records in one state, ${this.seen.value()} in the other`);
    out.collect(`b:${context.getCurrentKey()}:${end}:${n}`);
  }
}

export class Windowed extends ProcessWindowFunction<Event, string, number, TimeWindow> {
  constructor(private readonly world: RecoveryWorld) {
    super();
  }

  override open(): void {
    this.world.strike('open');
  }

  process(key: number, context: ProcessWindowContext<TimeWindow>, events: readonly Event[], out: Collector<string>): void {
    this.world.strike('timer');
    const { start, end } = context.window();
    const distinct = new Set(events.map(({ id }) => id)).size;
    if (distinct !== events.length) this.world.scheduler.violated(`the window of ${start} of key ${key} holds ${events.length} records, ${distinct} of them different`);
    out.collect(`w:${key}:${start}:${end}:${events.length}`);
  }
}

/** Counts each side by key. */
export class Pairing extends KeyedCoProcessFunction<number, Event, Event, string> {
  private left!: ValueState<number>;
  private right!: ValueState<number>;

  constructor(private readonly world: RecoveryWorld) {
    super();
  }

  override open(): void {
    this.world.strike('open');
    this.left = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('left'));
    this.right = this.getRuntimeContext().getState(new ValueStateDescriptor<number>('right'));
  }

  processElement1(event: Event, _context: KeyedProcessContext<number>, out: Collector<string>): void {
    this.count('l', this.left, event, out);
  }

  processElement2(event: Event, _context: KeyedProcessContext<number>, out: Collector<string>): void {
    this.count('r', this.right, event, out);
  }

  private count(side: string, state: ValueState<number>, event: Event, out: Collector<string>): void {
    this.world.strike('record');
    const n = (state.value() ?? 0) + 1;
    state.update(n);
    out.collect(`${side}:${event.key}:${n}`);
  }
}

/** Passes records on; of rules the first subtask says how many there are, of which all must know. */
export class Ruled extends BroadcastProcessFunction<Event, Event, string> {
  constructor(private readonly world: RecoveryWorld, private readonly rules: MapStateDescriptor<string, number>) {
    super();
  }

  override open(): void {
    this.world.strike('open');
  }

  processElement(event: Event, _context: BroadcastReadOnlyContext, out: Collector<string>): void {
    this.world.strike('record');
    out.collect(`p:${event.id}`);
  }

  processBroadcastElement(rule: Event, context: BroadcastContext, out: Collector<string>): void {
    const known = context.getBroadcastState(this.rules);
    known.put(rule.id, rule.time);
    const n = [...known.immutableEntries()].length;
    if (this.getRuntimeContext().getIndexOfThisSubtask() === 0) out.collect(`rule:${rule.id}:${n}`);
  }
}

/** Passes every record on. */
export class Relay extends ProcessFunction<Event, string> {
  private readonly time: RisingTime;

  constructor(private readonly world: RecoveryWorld) {
    super();
    this.time = new RisingTime(world);
  }

  override open(): void {
    this.world.strike('open');
  }

  processElement(event: Event, context: ProcessContext, out: Collector<string>): void {
    this.world.strike('record');
    this.time.see(context.timerService().currentWatermark());
    out.collect(`p:${event.id}`);
  }
}
