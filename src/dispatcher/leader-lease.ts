/**
 * Which of the clusters that share a store may use it, where nothing keeps a lock: an object that its holder writes anew
 * every now and then (Flink: leader election).
 *
 * Invariants:
 * - It is only ever written over the version that was read before, so of two that write one fails.
 * - Nobody's clock is compared with anybody else's. Whoever wants it has seen it unchanged for its whole duration; whoever
 *   has it gives up after two thirds of that without having renewed it. That holds unless a process stands still and its
 *   machine does not.
 */
import * as z from 'zod/mini';
import { type Clock, type ScheduledCall, sleep } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import type { Say } from '../core/log.js';
import { formatDuration } from '../core/time.js';

/** The one object. */
export interface LeaseObject {
  /** Undefined when there is none. */
  read(): Promise<{ readonly etag: string; readonly body: Buffer } | undefined>;
  /** Writes it unless it is another one than `etag` by now, or is there when that is undefined. @returns its new tag; undefined: not written. */
  write(body: Buffer, etag: string | undefined): Promise<string | undefined>;
}

const leaseBody = z.object({ owner: z.string(), sequence: z.number(), released: z.boolean() });
type LeaseBody = z.infer<typeof leaseBody>;

export interface LeaseOptions {
  /** Names this process, for people; no two are alike. */
  readonly owner: string;
  readonly durationMs: number;
  readonly clock: Clock;
  readonly say: Say;
  /** It was written: nobody else may have it before its duration has passed since, of which this much has. */
  readonly renewed?: (ageMs: number) => void;
  /** It was not renewed in time, or somebody else has it: nothing may be written any more. Called once. */
  readonly lost: (why: string) => void;
}

const RENEWALS = 3;
const LOOKS = 10;
const GIVEN_UP_AFTER = 2 / 3;
const TOO_LATE = 'it could not be renewed in time';

export class LeaderLease {
  private sequence = 0;
  private over = false;
  private etag: string | undefined;
  private watchdog: ScheduledCall | undefined;
  /** When what was written last may have been seen first. */
  private since = Number.NEGATIVE_INFINITY;

  private constructor(private readonly object: LeaseObject, private readonly options: LeaseOptions) {}

  /** Resolves with the lease, after its duration when another process left it without a word. Rejects with JOB_STORE while somebody else has it. */
  static async acquire(object: LeaseObject, options: LeaseOptions): Promise<LeaderLease> {
    const lease = new LeaderLease(object, options);
    await lease.take();
    return lease;
  }

  /** Whether it is still ours. A process that was halted may have slept through the time for giving up. */
  get held(): boolean {
    const { clock, durationMs } = this.options;
    if (clock.monotonic() - this.since >= durationMs * GIVEN_UP_AFTER) this.lose(TOO_LATE);
    return !this.over;
  }

  /** Whoever wants it next need not wait. Never rejects. */
  async release(): Promise<void> {
    if (this.over) return;
    this.end();
    await this.object.write(this.body(true), this.etag).catch(() => undefined);
  }

  private async take(): Promise<void> {
    const { durationMs, clock, say } = this.options;
    const lookMs = durationMs / LOOKS;
    let seen: string | undefined;
    for (let waited = 0; ; waited += lookMs) {
      const found = await this.object.read();
      const holder = found && readBody(found.body);
      if (!found || holder?.released || (found.etag === seen && waited >= durationMs)) {
        if (await this.writeOver(found?.etag)) return;
      } else if (seen === undefined) {
        say(`${holder?.owner ?? 'Another cluster'} had the job store last, and has not given it back: waiting whether it still runs, at most ${formatDuration(durationMs)}`, { level: 'WARN' });
        waited = 0;
        seen = found.etag;
      } else if (found.etag !== seen) {
        throw new FlinkError('JOB_STORE', `another session cluster uses it: ${holder?.owner ?? 'unknown'}`);
      }
      await sleep(clock, lookMs);
    }
  }

  /** @returns whether it is ours now. */
  private async writeOver(etag: string | undefined): Promise<boolean> {
    const { durationMs, clock } = this.options;
    const began = clock.monotonic();
    const written = await this.object.write(this.body(false), etag);
    if (written === undefined || this.over) return false;
    this.etag = written;
    this.watchdog?.cancel();
    // From before the request: whoever else looks may have seen it then.
    this.since = began;
    const ageMs = clock.monotonic() - began;
    this.watchdog = clock.schedule(Math.max(0, durationMs * GIVEN_UP_AFTER - ageMs), () => this.lose(TOO_LATE));
    this.options.renewed?.(ageMs);
    clock.schedule(durationMs / RENEWALS, () => void this.renew());
    return true;
  }

  private async renew(): Promise<void> {
    if (this.over) return;
    try {
      if (!(await this.writeOver(this.etag))) this.lose('another session cluster has taken it');
    } catch (error) {
      this.options.say(`The lease of the job store could not be renewed, and is tried again: ${(error as Error).message}`, { level: 'WARN' });
      this.options.clock.schedule(this.options.durationMs / LOOKS, () => void this.renew());
    }
  }

  private lose(why: string): void {
    if (this.over) return;
    this.end();
    this.options.lost(why);
  }

  private end(): void {
    this.over = true;
    this.watchdog?.cancel();
  }

  private body(released: boolean): Buffer {
    return Buffer.from(JSON.stringify({ owner: this.options.owner, sequence: this.sequence++, released } satisfies LeaseBody));
  }
}

function readBody(body: Buffer): LeaseBody | undefined {
  try {
    return leaseBody.parse(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}
