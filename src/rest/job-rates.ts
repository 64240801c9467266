/**
 * What the subtasks of a job do per second: differences of their counters over the last seconds.
 *
 * Invariants:
 * - Nothing is sampled of a job that nobody looks at: sampling begins with a look and ends a while after the last one.
 * - The first look is answered, too: with the average since the attempt began to run.
 */
import type { JobSnapshot, SubtaskMetrics } from '../cluster/running-job.js';
import type { Clock, ScheduledCall } from '../core/clock.js';

/** Per second; times are milliseconds of each second. */
export interface Rates {
  readonly recordsIn: number;
  readonly recordsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly busyMs: number;
  readonly idleMs: number;
  readonly backPressuredMs: number;
}

const FIGURES = ['recordsIn', 'recordsOut', 'bytesIn', 'bytesOut', 'busyMs', 'idleMs', 'backPressuredMs'] as const;

interface Sample {
  readonly time: number;
  /** By vertex and subtask. */
  readonly counters: ReadonlyMap<string, Pick<SubtaskMetrics, 'attempt' | keyof Rates>>;
}

const INTERVAL_MS = 1_000;
/** Rates are over this long at most. */
const SAMPLES_MAX = 5;
/** Less time than this says little. */
const SPAN_MS_MIN = 500;
/** Longer than the usual time between two scrapes. */
const UNSEEN_MS = 150_000;

export class JobRates {
  private readonly samples: Sample[] = [];
  private next: ScheduledCall | undefined;
  private seenAt = 0;

  constructor(private readonly clock: Clock, private readonly read: () => JobSnapshot, private readonly over: () => boolean) {}

  /** The rates of one subtask as it stands. */
  of(vertexId: string, now: SubtaskMetrics): Rates {
    this.look();
    if (this.over()) return ratesOf(() => 0);
    const time = this.clock.now();
    const key = `${vertexId}/${now.subtask}`;
    const before = this.samples.find((sample) => time - sample.time >= SPAN_MS_MIN && sample.counters.get(key)?.attempt === now.attempt);
    const begun = now.timestamps.RUNNING ?? time;
    const [seconds, was] = before ? [(time - before.time) / 1_000, before.counters.get(key)!] : [(time - begun) / 1_000, undefined];
    if (seconds <= 0) return ratesOf(() => 0);
    return ratesOf((figure) => {
      const rate = Math.max(0, (now[figure] - (was?.[figure] ?? 0)) / seconds);
      return figure.endsWith('Ms') ? Math.min(1_000, Math.round(rate)) : rate;
    });
  }

  close(): void {
    this.next?.cancel();
    this.next = undefined;
  }

  private look(): void {
    this.seenAt = this.clock.monotonic();
    if (!this.next && !this.over()) this.sample();
  }

  private sample(): void {
    const counters = new Map(this.read().vertices.flatMap(({ id, subtasks }) => subtasks.map((subtask) => [`${id}/${subtask.subtask}`, subtask] as const)));
    this.samples.push({ time: this.clock.now(), counters });
    if (this.samples.length > SAMPLES_MAX) this.samples.shift();
    this.next = this.clock.schedule(INTERVAL_MS, () => {
      this.next = undefined;
      if (!this.over() && this.clock.monotonic() - this.seenAt < UNSEEN_MS) this.sample();
      else this.samples.length = 0;
    });
  }
}

function ratesOf(rate: (figure: (typeof FIGURES)[number]) => number): Rates {
  return Object.fromEntries(FIGURES.map((figure) => [figure, rate(figure)])) as unknown as Rates;
}
