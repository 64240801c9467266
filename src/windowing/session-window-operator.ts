/**
 * The window operator for sessions by event time that fire at their end. A key holds its sessions with their bounds,
 * and timers move lazily: one that comes before its session's end is set anew then, not whenever the session grows.
 *
 * Invariants:
 * - Results are those of the general operator, for every order of elements and watermarks.
 * - Sessions of a key neither overlap nor touch.
 * - A session that is not settled ends after the present watermark, and its timer is not set beyond its end.
 */
import { FlinkError } from '../core/errors.js';
import type { PrimitiveKey } from '../core/key.js';
import { toPrimitiveKey } from '../core/key.js';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import type { Counter } from '../operators/metric-group.js';
import type { Operator, OperatorContext, OperatorDefinition } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import { guardedUserFunction } from '../operators/specialise.js';
import { EntryEpochs } from '../state/entry-epochs.js';
import type { KeyedContents } from '../state/keyed-contents.js';
import { type KeyedContext, VOID_NAMESPACE } from '../state/keyed-context.js';
import type { KeyedStateMeta } from '../state/operator-snapshot.js';
import { ownStrings } from '../state/own-strings.js';
import { type KeyedSnapshotSink, type SnapshotWalk, untilEnded } from '../state/snapshot-walk.js';
import type { AggregateFunction } from '../state/state-functions.js';
import { TimeHeap } from '../state/time-heap.js';
import type { EventTimeSessionWindows, SessionGapLambda } from './session-windows.js';
import { RestoredSessions } from './restored-sessions.js';
import { listing } from './window-aggregation.js';
import type { WindowEmission } from './window-emission.js';
import { LATE_RECORDS_METRIC, type WindowSettings } from './window-operator.js';
import { contentsMeta, mergingMeta, WindowEntries, windowTimersMeta } from './window-state.js';
import { cleanupTimeOf, eventTimeOf } from './window-time.js';
import { TimeWindow } from './window.js';

export interface SessionSettings<T> extends WindowSettings<T, TimeWindow> {
  readonly assigner: EventTimeSessionWindows<T>;
}

class Session {
  /** Whether the end has passed: elements that still come fire the session at once. */
  settled = false;
  /** The time of the session's timer; NaN when it has none. */
  due = NaN;

  constructor(
    readonly owner: KeySessions,
    public start: number,
    public end: number,
    public accumulator: unknown,
  ) {}
}

class KeySessions {
  sessions: readonly Session[] = [];
  /** Where there is one and no other, as mostly: found without the list. */
  only: Session | undefined = undefined;
  /** See `EntryEpochs`. */
  epoch = 0;

  constructor(
    readonly primitive: PrimitiveKey,
    /** As the key selector returned it. */
    readonly key: unknown,
  ) {}

  have(sessions: readonly Session[]): void {
    this.sessions = sessions;
    this.only = sessions.length === 1 ? sessions[0] : undefined;
  }
}

export function sessionWindowOperator<T>(settings: SessionSettings<T>): OperatorDefinition {
  return {
    instantiate(context) {
      if (!context.keyed) throw new FlinkError('INTERNAL', 'a window operator needs a keyed input');
      return new SessionWindowOperator<T>(settings, context as OperatorContext<never>, context.keyed).operator(context);
    },
  };
}

class SessionWindowOperator<T> implements KeyedContents {
  readonly states: readonly KeyedStateMeta[];
  private readonly table = new Map<PrimitiveKey, KeySessions>();
  private readonly aggregate: AggregateFunction<T, unknown, unknown>;
  private readonly emission: WindowEmission<TimeWindow>;
  private readonly lateness: number;
  private readonly lateRecords: Counter;
  private readonly lateOutput: Emit<T> | undefined;
  private readonly epochs = new EntryEpochs<KeySessions>();
  private readonly dueTimes = new TimeHeap();
  private readonly dueSessions = new Map<number, Session[]>();
  private now = MIN_TIMESTAMP;
  private restoredSessions: RestoredSessions | undefined;
  /** A snapshot says of which type keys are, and no key has come yet. */
  private awaitsFirstKey = false;
  private snapshotsUnderWay = 0;

  constructor(
    private readonly settings: SessionSettings<T>,
    context: OperatorContext<never>,
    private readonly keyed: KeyedContext,
  ) {
    this.aggregate = settings.aggregation?.inSubtask(context) ?? listing<T>(context.specialise);
    this.lateness = settings.allowedLateness;
    this.emission = settings.emission({ context, keyed, merging: true, currentWatermark: () => this.now });
    const metrics = context.runtime.getMetricGroup();
    this.lateRecords = metrics.counter(LATE_RECORDS_METRIC);
    metrics.gauge('numOpenWindows', () => this.openSessions());
    // Each session waits for one point in event time.
    metrics.gauge('numEventTimeTimers', () => this.openSessions() + keyed.numEventTimeTimers());
    metrics.gauge('numKeyedStateEntries', () => this.table.size + keyed.numKeyedStateEntries());
    this.lateOutput = settings.lateOutput === undefined ? undefined : context.output.side<T>(settings.lateOutput);
    this.states = [contentsMeta(settings.aggregation !== undefined), windowTimersMeta, mergingMeta];
    keyed.keep(this);
    keyed.keepsWindows('time');
  }

  snapshot(sink: KeyedSnapshotSink): SnapshotWalk {
    this.snapshotsUnderWay += 1;
    const entries = new WindowEntries(sink, this.settings.aggregation !== undefined, true, this.lateness);
    const merging = sink.open(mergingMeta);
    const walk = this.epochs.begin(this.table.values(), ({ primitive, key, sessions }) => {
      for (const { start, end, accumulator, settled } of sessions) entries.write(primitive, key, new TimeWindow(start, end), accumulator, !settled);
      sink.write(merging, primitive, key, VOID_NAMESPACE, sessions.map(({ start, end }) => ({ window: new TimeWindow(start, end), stateWindow: new TimeWindow(start, end) })));
    }, this.table.size);
    return untilEnded(walk, () => (this.snapshotsUnderWay -= 1));
  }

  restore(state: KeyedStateMeta, key: unknown, namespace: PrimitiveKey, value: unknown): void {
    this.restoredSessions ??= new RestoredSessions();
    this.restoredSessions.add(state, key, namespace, value);
  }

  restored(): void {
    this.awaitsFirstKey = true;
    for (const { primitive, key, sessions } of this.restoredSessions?.all() ?? []) {
      const owner = new KeySessions(primitive, key);
      this.table.set(primitive, owner);
      for (const { window, accumulator, settled } of sessions) {
        const session = new Session(owner, window.start, window.end, accumulator === undefined ? this.aggregate.createAccumulator() : accumulator);
        session.settled = settled;
        owner.have([...owner.sessions, session]);
        this.schedule(session, settled ? cleanupTimeOf(window.maxTimestamp(), this.lateness) : window.maxTimestamp());
      }
    }
    this.restoredSessions = undefined;
  }

  operator(context: OperatorContext): Operator {
    const { specialise, output } = context;
    const guarded = <F extends (...args: never[]) => unknown>(call: F): F => guardedUserFunction(specialise, call);
    const input = specialise(sessionKernel<T>)(
      this.table,
      guarded(this.settings.keyOf),
      guarded(toPrimitiveKey),
      guarded(this.settings.assigner.gapOf as SessionGapLambda<T>),
      guarded(this.aggregate.add),
      guarded((session: Session) => this.revive(session)),
      guarded((value: T, timestamp: number) => this.place(value, timestamp)),
      this.epochs,
    );
    const advance = guarded((timestamp: number) => this.advance(timestamp));
    return {
      inputs: [input],
      watermark: specialise(watermarkKernel)(advance, (timestamp) => output.watermark(timestamp)),
      ...this.emission.lifeCycle,
    };
  }

  /** An element that does not fall into, or next to, the only session of its key. */
  private place(value: T, timestamp: number): void {
    const time = eventTimeOf(timestamp, 'EventTimeSessionWindows');
    // The assigner checks the gap.
    const [{ end }] = this.settings.assigner.assignWindows(value, time) as readonly [TimeWindow];
    const key = this.settings.keyOf(value);
    if (this.awaitsFirstKey) this.keyed.setCurrentKey(key);
    this.awaitsFirstKey = false;
    const primitive = toPrimitiveKey(key);
    const known = this.table.get(primitive);
    if (known) this.epochs.preserve(known);
    const met = known?.sessions.filter((session) => session.start <= end && session.end >= time) ?? [];
    const session = met.length > 0 ? this.merge(met, time, end) : this.begin(known, primitive, key, time, end);
    if (!session) {
      this.late(value, timestamp);
      return;
    }
    session.accumulator = this.aggregate.add(value, session.accumulator);
    if (session.settled) this.revive(session);
  }

  /** Undefined when the session would be over already. */
  private begin(known: KeySessions | undefined, primitive: PrimitiveKey, key: unknown, start: number, end: number): Session | undefined {
    if (cleanupTimeOf(end - 1, this.lateness) <= this.now) return undefined;
    const owner = known ?? new KeySessions(ownStrings(primitive), ownStrings(key));
    if (!known) {
      owner.epoch = this.epochs.current;
      this.table.set(owner.primitive, owner);
    }
    const session = new Session(owner, start, end, this.aggregate.createAccumulator());
    owner.have([...owner.sessions, session]);
    session.settled = end - 1 <= this.now;
    this.schedule(session, session.settled ? cleanupTimeOf(end - 1, this.lateness) : end - 1);
    return session;
  }

  /** The earliest of the sessions takes in the others and grows to hold the stretch from `start` to `end`. */
  private merge(met: Session[], start: number, end: number): Session {
    const [into, ...others] = met.sort((a, b) => a.start - b.start) as [Session, ...Session[]];
    into.start = Math.min(into.start, start);
    into.end = Math.max(end, ...met.map((session) => session.end));
    if (others.length === 0) return into;
    const merged = others.map((other) => other.accumulator).reduce((a, b) => this.aggregate.merge(a, b));
    into.accumulator = this.aggregate.merge(into.accumulator, merged);
    into.owner.have(into.owner.sessions.filter((session) => !others.includes(session)));
    for (const other of others) other.due = NaN;
    return into;
  }

  /** A session whose end had passed has got another element: it fires, unless it has grown into the future. */
  private revive(session: Session): void {
    if (session.end - 1 <= this.now) {
      this.fire(session);
      return;
    }
    session.settled = false;
    this.schedule(session, session.end - 1);
  }

  private late(value: T, timestamp: number): void {
    if (timestamp + this.lateness > this.now) return;
    if (this.lateOutput) this.lateOutput(value, timestamp);
    else this.lateRecords.inc();
  }

  private schedule(session: Session, at: number): void {
    session.due = at;
    const others = this.dueSessions.get(at);
    if (others) {
      others.push(session);
    } else if (at < MAX_TIMESTAMP) {
      this.dueSessions.set(at, [session]);
      this.dueTimes.push(at);
    }
  }

  private advance(timestamp: number): void {
    this.keyed.advanceWatermark(timestamp);
    this.now = timestamp;
    while (this.dueTimes.size > 0 && this.dueTimes.peek() <= timestamp) {
      const time = this.dueTimes.peek();
      const due = this.dueSessions.get(time)!;
      this.dueTimes.pop();
      this.dueSessions.delete(time);
      for (const session of due) if (session.due === time) this.timer(session, time);
    }
    // Sessions that live for ever take nothing more at the end of time.
    if (timestamp !== MAX_TIMESTAMP) return;
    if (this.epochs.active) for (const owner of this.table.values()) this.epochs.preserve(owner);
    this.table.clear();
  }

  private timer(session: Session, time: number): void {
    const end = session.end - 1;
    if (!session.settled) {
      if (end > time) {
        this.schedule(session, end);
        return;
      }
      this.epochs.preserve(session.owner);
      session.settled = true;
      this.fire(session);
    }
    const over = cleanupTimeOf(end, this.lateness);
    if (over > time) this.schedule(session, over);
    else this.drop(session);
  }

  private openSessions(): number {
    let open = 0;
    for (const { sessions } of this.table.values()) open += sessions.length;
    return open;
  }

  private fire({ owner, start, end, accumulator }: Session): void {
    const result = this.aggregate.getResult(accumulator);
    if (result === null || result === undefined) return;
    if (this.emission.usesState) this.keyed.setCurrentKey(owner.key);
    this.emission.emit(owner.key, new TimeWindow(start, end), this.elements(result));
  }

  /** A list goes out as a copy where its session goes on growing, or where a snapshot may still want it as it is. */
  private elements(result: unknown): readonly unknown[] {
    if (this.settings.aggregation) return [result];
    return this.lateness > 0 || this.snapshotsUnderWay > 0 ? (result as unknown[]).slice() : (result as unknown[]);
  }

  private drop(session: Session): void {
    const { owner, start, end } = session;
    this.epochs.preserve(owner);
    session.due = NaN;
    if (owner.only === undefined) owner.have(owner.sessions.filter((other) => other !== session));
    else this.table.delete(owner.primitive);
    if (!this.emission.usesState) return;
    this.keyed.setCurrentKey(owner.key);
    this.emission.clear(new TimeWindow(start, end));
  }
}

function sessionKernel<T>(
  table: ReadonlyMap<PrimitiveKey, KeySessions>,
  keyOf: (value: T) => unknown,
  toPrimitive: (key: unknown) => PrimitiveKey,
  gapOf: (value: T) => number,
  add: (value: T, accumulator: unknown) => unknown,
  revive: (session: Session) => void,
  place: (value: T, timestamp: number) => void,
  epochs: EntryEpochs<KeySessions>,
): Emit<T> {
  return function sessions(value, timestamp) {
    const known = table.get(toPrimitive(keyOf(value)));
    const session = known === undefined ? undefined : known.only;
    if (session !== undefined && timestamp <= session.end) {
      const gap = gapOf(value);
      const end = timestamp + gap;
      // Only sane times and gaps pass: the rest goes the careful way.
      if (gap > 0 && end >= session.start && end > timestamp) {
        if (known!.epoch !== epochs.current) epochs.preserve(known!);
        if (timestamp < session.start) session.start = timestamp;
        if (end > session.end) session.end = end;
        session.accumulator = add(value, session.accumulator);
        if (session.settled) revive(session);
        return;
      }
    }
    place(value, timestamp);
  };
}

function watermarkKernel(advance: (timestamp: number) => void, forward: (timestamp: number) => void): (timestamp: number) => void {
  return function sessionWatermark(timestamp) {
    advance(timestamp);
    forward(timestamp);
  };
}
