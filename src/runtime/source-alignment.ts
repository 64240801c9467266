/**
 * Keeps a source from running ahead of others in event time: before each poll its task asks whether it is to wait.
 *
 * How far each subtask has come stands in the shared memory of its counters, so that asking costs a few reads and no
 * message. Two manners:
 * - strict, for a group that the author named (Flink's watermark alignment): whoever is more than the drift ahead of the
 *   slowest waits, however long that takes; idle ones are left out;
 * - lenient, for all other sources whose records meet: only what has come apart while they read counts, for readers of
 *   different parts of a file are apart from the start, and they wait only for one that will soon be there.
 * Invariants:
 * - The slowest of a group never waits, and nobody waits for a subtask that has not started, has ended or is idle.
 * - A lenient wait lasts `WAIT_MAX_MS` at most; what it was in vain for is accepted.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';
import type { SplitAlignment } from './split-alignment.js';
import type { TaskMetrics } from './task-metrics.js';

/** How long a lenient wait lasts before it is judged, and at most. */
const PATIENCE_MS = 100;
const WAIT_MAX_MS = 1_000;
/** How often a subtask that waits looks again. */
const RECHECK_MS = 5;
/** Leniently, a lead is no larger than what the reader brings in so many polls: waiting has a price, too. */
const POLLS_AHEAD = 16;

export interface SourceAlignmentOptions {
  readonly strict: boolean;
  readonly maxDriftMs: number;
  readonly updateIntervalMs: number;
  /** How far this subtask has come; Infinity when nobody is to wait for it. */
  readonly eventTime: () => number;
  readonly own: TaskMetrics;
  readonly others: readonly TaskMetrics[];
  /** Strictly, of a reader that reads several splits at the same time: pauses those that are ahead. */
  readonly splits?: SplitAlignment | undefined;
  readonly clock: Clock;
  /** Makes the task run again soon. */
  readonly wake: () => void;
  readonly fail?: (error: unknown) => void;
}

/** Another subtask, as this one sees it. */
interface Peer {
  readonly metrics: TaskMetrics;
  /** The lead over it that is accepted: the smallest one since this reader's time last jumped. */
  accepted: number;
  /** Since when it is waited for, NaN when it is not, and the lead over it at that time. */
  since: number;
  leadThen: number;
}

export class SourceAlignment {
  private readonly peers: Peer[];
  private waiting = false;
  private recheck: ScheduledCall | undefined;
  /** Strictly: how far to go until the next comparison. */
  private allowed = MAX_TIMESTAMP;
  private comparedAt = MIN_TIMESTAMP;
  /** The same for splits, which are compared with their own task as well. */
  private allowedSplits = MAX_TIMESTAMP;
  private splitsComparedAt = NaN;
  /** How much event time a poll brings, on average. */
  private pollSpan = 0;
  private lastTime = MIN_TIMESTAMP;
  /** The last poll brought a time that reading on cannot explain: the reader has begun another part of its input. */
  private jumped = false;

  constructor(private readonly options: SourceAlignmentOptions) {
    this.peers = options.others.map((metrics) => ({ metrics, accepted: 0, since: NaN, leadThen: 0 }));
  }

  /** Whether the reader is not to be polled now; the task is woken when that may have changed. */
  get holds(): boolean {
    const { clock, own } = this.options;
    const now = clock.monotonic();
    const holds = this.options.strict ? this.isAheadOfGroup(now) : this.isAheadOfOthers(now);
    if (holds !== this.waiting) own.alignmentPaused(holds, clock.now());
    this.waiting = holds;
    if (holds || this.options.splits?.pausesSome) this.lookAgain(now);
    return holds;
  }

  /** The reader has been polled, or is about to be for the first time. */
  polled(): void {
    const time = this.options.eventTime();
    this.options.own.alignedTime = time;
    this.alignSplits();
    if (time === MAX_TIMESTAMP || !(time > this.lastTime)) return;
    const span = time - this.lastTime;
    if (span > this.allowedLead && (this.pollSpan > 0 || span === Number.POSITIVE_INFINITY)) this.jumped = true;
    else this.pollSpan += this.pollSpan === 0 ? span : (span - this.pollSpan) / POLLS_AHEAD;
    this.lastTime = time;
  }

  /** The reader has nothing for now. Whoever named a group wants to wait for it nevertheless, until it is idle. */
  starved(): void {
    this.options.own.alignedTime = this.options.strict ? this.options.eventTime() : MAX_TIMESTAMP;
    this.alignSplits();
    if (this.options.splits?.pausesSome) this.lookAgain(this.options.clock.monotonic());
  }

  /** No more will be read. */
  close(): void {
    const { own, clock } = this.options;
    own.alignedTime = MAX_TIMESTAMP;
    own.alignmentDrift = 0;
    own.alignmentPaused(false, clock.now());
    this.recheck?.cancel();
  }

  /** A reader that has paused all its splits is not polled: nobody else asks. */
  private compareWhileStarved(): void {
    if (!this.options.splits?.pausesSome) return;
    try {
      this.options.own.alignedTime = this.options.eventTime();
      this.alignSplits();
      if (this.options.splits.pausesSome) this.lookAgain(this.options.clock.monotonic());
    } catch (error) {
      this.options.fail?.(error);
    }
  }

  private isAheadOfGroup(now: number): boolean {
    const { maxDriftMs, updateIntervalMs, own } = this.options;
    // While there is nobody to wait for, the first who comes counts at once.
    if (this.allowed === MAX_TIMESTAMP || now - this.comparedAt >= updateIntervalMs) {
      this.comparedAt = now;
      const slowest = this.slowestOther();
      this.allowed = slowest + maxDriftMs;
      own.alignmentDrift = Math.max(0, driftOf(own.alignedTime, slowest));
    }
    return own.alignedTime !== MAX_TIMESTAMP && own.alignedTime > this.allowed;
  }

  private alignSplits(): void {
    const { splits, maxDriftMs, updateIntervalMs, own, clock } = this.options;
    if (!splits) return;
    const now = clock.monotonic();
    if (Number.isNaN(this.splitsComparedAt)) this.splitsComparedAt = now;
    const slowest = Math.min(this.slowestOther(), own.alignedTime);
    // Those that have only begun get until the next comparison to give something.
    if (now - this.splitsComparedAt >= updateIntervalMs || (this.allowedSplits === MAX_TIMESTAMP && slowest > MIN_TIMESTAMP)) {
      this.splitsComparedAt = now;
      this.allowedSplits = slowest + maxDriftMs;
    }
    splits.compare(this.allowedSplits);
  }

  private slowestOther(): number {
    let slowest = MAX_TIMESTAMP;
    for (const { metrics } of this.peers) slowest = Math.min(slowest, metrics.alignedTime);
    return slowest;
  }

  /** How far ahead is still level, leniently. */
  private get allowedLead(): number {
    return Math.max(this.options.maxDriftMs, this.pollSpan * POLLS_AHEAD);
  }

  private isAheadOfOthers(now: number): boolean {
    const { own } = this.options;
    const time = own.alignedTime;
    if (time === MAX_TIMESTAMP || time === MIN_TIMESTAMP) return false;
    const allowed = this.allowedLead;
    let ahead = false;
    let drift = 0;
    for (const peer of this.peers) {
      const theirs = peer.metrics.alignedTime;
      if (theirs === MAX_TIMESTAMP || theirs === MIN_TIMESTAMP) continue;
      const lead = Math.max(0, time - theirs);
      if (lead > drift) drift = lead;
      if (this.jumped || lead < peer.accepted) peer.accepted = lead;
      if (lead - peer.accepted <= allowed) peer.since = NaN;
      else if (isWorthWaiting(peer, lead, now)) ahead = true;
      else peer.accepted = lead;
    }
    this.jumped = false;
    own.alignmentDrift = drift;
    return ahead;
  }

  private lookAgain(now: number): void {
    if (this.recheck) return;
    const { strict, updateIntervalMs, clock, wake } = this.options;
    const comparedAt = this.waiting ? this.comparedAt : this.splitsComparedAt;
    const delay = strict ? Math.max(1, Math.ceil(comparedAt + updateIntervalMs - now)) : RECHECK_MS;
    this.recheck = clock.schedule(delay, () => {
      this.recheck = undefined;
      this.compareWhileStarved();
      wake();
    });
  }
}

/** Whether the other one will be there soon, as far as one can say by now. */
function isWorthWaiting(peer: Peer, lead: number, now: number): boolean {
  if (Number.isNaN(peer.since)) {
    peer.since = now;
    peer.leadThen = lead;
    return true;
  }
  const waited = now - peer.since;
  const caughtUp = peer.leadThen - lead;
  const missing = lead - peer.accepted;
  if (waited < PATIENCE_MS || (waited < WAIT_MAX_MS && caughtUp > 0 && (missing * waited) / caughtUp < WAIT_MAX_MS)) return true;
  peer.since = NaN;
  return false;
}

/** Of the sentinels there is no difference. */
function driftOf(time: number, slowest: number): number {
  return Number.isFinite(time) && Number.isFinite(slowest) ? time - slowest : 0;
}
