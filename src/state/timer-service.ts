/**
 * Event-time and processing-time timers of one operator for one purpose (Flink: `InternalTimerServiceImpl`).
 *
 * Invariants:
 * - Advancing sets the watermark first, then calls back with each due timer, its key being the current one.
 * - A clock that is set back far keeps no timer from firing for longer than was to be waited (as in Flink); one that is set
 *   back a little is waited for, so that no window by the clock fires twice.
 * - Only the earliest processing-time timer is scheduled on the clock, one millisecond after its time, so that no record
 *   of that millisecond can follow it. It runs through the mailbox, between two records.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { type PrimitiveKey, toPrimitiveKey } from '../core/key.js';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import type { DerivedNamespaces, InternalTimerService, NamespaceKey, Timer, TimerCallbacks } from './keyed-context.js';
import { ownStrings } from './own-strings.js';
import { inTurn, type KeyedSnapshotSink, type SnapshotWalk } from './snapshot-walk.js';
import type { CurrentKey } from './state-backend.js';
import { namespaceOf, storedTimer, type StoredTimer, timersMeta } from './stored-timer.js';
import { type PendingTimer, TimerQueue } from './timer-queue.js';

/** Longer delays than this overflow the machine's timers; the clock is asked again after it. */
const DELAY_MAX_MS = 2 ** 31 - 1;
/** A clock that is further behind than this has been set back, and nobody waits for it. */
const STEP_BACK_MS = 1_000;

export interface TimerServiceOptions<N> {
  readonly currentKey: CurrentKey;
  readonly callbacks: TimerCallbacks<N>;
  readonly namespaceKey: NamespaceKey<N>;
  readonly clock: Clock;
  /** Runs a call between two records. */
  readonly mailbox: { execute(call: () => void): void };
  /** Keys come one after the other; timers fire when their key ends. */
  readonly batch?: boolean;
  readonly derived?: DerivedNamespaces<N> | undefined;
}

export class TimerService<N> implements InternalTimerService<N> {
  private readonly eventTimers = new TimerQueue<N>();
  private readonly processingTimers = new TimerQueue<N>();
  private readonly currentKey: CurrentKey;
  private readonly namespaceKey: NamespaceKey<N>;
  private readonly clock: Clock;
  private readonly fireEventTimer: (timer: PendingTimer<N>) => void;
  private readonly fireProcessingTimer: (timer: PendingTimer<N>) => void;
  private watermark = MIN_TIMESTAMP;
  private scheduled: ScheduledCall | undefined;
  private scheduledFor = Number.POSITIVE_INFINITY;
  private advancing = false;
  /** What callbacks register while timers fire by a clock that was set back. */
  private later: { readonly time: number; readonly key: unknown; readonly primitive: PrimitiveKey; readonly namespace: N }[] | undefined;
  private quiet = false;
  private readonly batch: boolean;
  /** The current key of a batch ends: timers registered now are ignored. */
  private ending = false;

  constructor(private readonly options: TimerServiceOptions<N>) {
    const { currentKey, callbacks } = options;
    this.currentKey = currentKey;
    this.namespaceKey = options.namespaceKey;
    this.clock = options.clock;
    this.batch = options.batch ?? false;
    this.fireEventTimer = (timer) => {
      currentKey.restore(timer.key, timer.primitive);
      callbacks.onEventTime(timer);
    };
    this.fireProcessingTimer = (timer) => {
      currentKey.restore(timer.key, timer.primitive);
      callbacks.onProcessingTime(timer);
    };
  }

  currentProcessingTime(): number {
    return this.clock.now();
  }

  currentWatermark(): number {
    return this.watermark;
  }

  registerEventTimeTimer(namespace: N, time: number): void {
    this.check(time);
    if (this.ending) return;
    this.eventTimers.add(time, this.currentKey.key, this.currentKey.primitive, namespace, this.namespaceKey(namespace));
  }

  deleteEventTimeTimer(namespace: N, time: number): void {
    this.check(time);
    this.eventTimers.remove(time, this.currentKey.primitive, this.namespaceKey(namespace));
  }

  registerProcessingTimeTimer(namespace: N, time: number): void {
    this.check(time);
    if (this.quiet || this.ending) return;
    if (this.later) {
      this.later.push({ time, key: this.currentKey.key, primitive: this.currentKey.primitive, namespace });
      return;
    }
    const added = this.processingTimers.add(time, this.currentKey.key, this.currentKey.primitive, namespace, this.namespaceKey(namespace));
    if (added && time < this.scheduledFor) this.schedule();
  }

  deleteProcessingTimeTimer(namespace: N, time: number): void {
    this.check(time);
    const [primitive, namespacePrimitive] = [this.currentKey.primitive, this.namespaceKey(namespace)];
    this.processingTimers.remove(time, primitive, namespacePrimitive);
    if (this.later) this.later = this.later.filter((one) => one.time !== time || one.primitive !== primitive || this.namespaceKey(one.namespace) !== namespacePrimitive);
  }

  /** Begins a snapshot of all timers. */
  snapshot(sink: KeyedSnapshotSink, name: string): SnapshotWalk {
    // Without timers there is nothing to tell whoever looks at the snapshot.
    if (this.eventTimers.size === 0 && this.processingTimers.size === 0) return inTurn([]);
    const state = sink.open(timersMeta(name));
    const { derived } = this.options;
    const write = (isEvent: boolean) => ({ primitive, key, timestamp, namespace, namespacePrimitive }: PendingTimer<N>): void => {
      const stored = derived?.isDerived(namespace) ? namespacePrimitive : namespace;
      sink.write(state, primitive, key, namespacePrimitive, storedTimer(isEvent, timestamp, stored, namespacePrimitive));
    };
    return inTurn([this.eventTimers.snapshot(write(true)), this.processingTimers.snapshot(write(false))]);
  }

  /** Takes a timer from a snapshot. Those by the clock wait for `schedule`. */
  restore(key: unknown, namespacePrimitive: PrimitiveKey, stored: StoredTimer): void {
    const [isEvent, time] = stored;
    const { derived } = this.options;
    const namespace = (stored.length < 3 && derived ? derived.derive(namespacePrimitive) : namespaceOf(stored, namespacePrimitive)) as N;
    const queue = isEvent === 1 ? this.eventTimers : this.processingTimers;
    const own = ownStrings(key);
    queue.add(time, own, toPrimitiveKey(own), namespace, this.namespaceKey(namespace));
  }

  forEachEventTimeTimer(call: (timer: Timer<N>) => void): void {
    this.eventTimers.forEach(call);
  }

  forEachProcessingTimeTimer(call: (timer: Timer<N>) => void): void {
    this.processingTimers.forEach(call);
  }

  numEventTimeTimers(): number {
    return this.eventTimers.size;
  }

  numProcessingTimeTimers(): number {
    return this.processingTimers.size;
  }

  advanceWatermark(timestamp: number): void {
    this.watermark = timestamp;
    this.eventTimers.fireUpTo(timestamp, this.fireEventTimer);
  }

  advanceProcessingTime(time: number): void {
    this.advancing = true;
    try {
      this.processingTimers.fireUpTo(time, this.fireProcessingTimer);
    } finally {
      this.advancing = false;
    }
    this.schedule();
  }

  fireAllEventTimers(): void {
    this.endingKey(() => this.eventTimers.fireUpTo(MAX_TIMESTAMP, this.fireEventTimer));
  }

  fireAllProcessingTimers(): void {
    this.endingKey(() => this.processingTimers.fireUpTo(MAX_TIMESTAMP, this.fireProcessingTimer));
  }

  private endingKey(fire: () => void): void {
    this.watermark = MAX_TIMESTAMP;
    this.ending = true;
    try {
      fire();
    } finally {
      this.ending = false;
      this.watermark = MIN_TIMESTAMP;
    }
  }

  /** Waiting processing-time timers are forgotten, new ones not taken; in a batch they fire when their key ends. */
  quiesce(): void {
    if (this.batch) return;
    this.quiet = true;
    this.processingTimers.clear();
    this.schedule();
  }

  /** Makes the clock call for the earliest timer. */
  schedule(): void {
    if (this.advancing || this.batch) return;
    const earliest = this.processingTimers.earliest();
    this.scheduled?.cancel();
    this.scheduled = undefined;
    this.scheduledFor = earliest;
    if (this.processingTimers.size === 0) return;
    const now = this.clock.now();
    const delay = earliest < now ? 0 : earliest - now + 1;
    const waited = delay <= DELAY_MAX_MS;
    this.scheduled = this.clock.schedule(Math.min(delay, DELAY_MAX_MS), () => this.options.mailbox.execute(() => this.timeHasCome(earliest, waited)));
  }

  /** @param waited for as long as it was to the time when that began. */
  private timeHasCome(time: number, waited: boolean): void {
    // It may have been replaced while the call waited in the mailbox.
    if (this.quiet || this.scheduledFor !== time) return;
    this.scheduled = undefined;
    this.scheduledFor = Number.POSITIVE_INFINITY;
    const early = time - this.clock.now();
    if (early <= 0) this.advanceProcessingTime(time);
    else if (waited && early > STEP_BACK_MS) this.fireBeforeTheClock(time);
    else this.schedule();
  }

  /** What callbacks register by the clock that was set back does not belong to what is due. */
  private fireBeforeTheClock(time: number): void {
    this.later = [];
    try {
      this.advanceProcessingTime(time);
    } finally {
      const { later } = this;
      this.later = undefined;
      for (const { time: at, key, primitive, namespace } of later) this.processingTimers.add(at, key, primitive, namespace, this.namespaceKey(namespace));
      this.schedule();
    }
  }

  private check(time: number): void {
    if (typeof time !== 'number' || time !== time) {
      throw new FlinkError('INVALID_ARGUMENT', `a timer needs a time in epoch milliseconds; ${describe(time)} came`, { hint: 'Compute it from timestamp(), currentWatermark() or currentProcessingTime().' });
    }
    if (!this.currentKey.present) {
      throw new FlinkError('STATE_ACCESS', 'a timer was set or deleted where there is no current key', {
        hint: 'Register timers while a record or a timer is being handled, not in open() or close().',
      });
    }
  }
}

function describe(time: unknown): string {
  return time === null || typeof time !== 'object' ? String(time) : `a ${time.constructor?.name ?? 'object'}`;
}
