/**
 * Until when the cluster has the lease of its job store, for the processes of its jobs: a file that the Dispatcher writes
 * with each renewal, and that a thread of each process reads.
 *
 * Invariants:
 * - What it says is a time of the machine's clock: it comes to pass whether the Dispatcher runs or is halted.
 * - It is later than when the Dispatcher gives up by itself, and earlier than when another cluster may have the jobs.
 * - It is written in place and never grows: a disk that is full ends no jobs.
 */
import { openSync, writeSync } from 'node:fs';
import { machineTime } from '../core/clock.js';

/** What a job's process is to look at, and how often. */
export interface LeaseWatch {
  readonly path: string;
  readonly lookMs: number;
}

/** Of a lease's duration. */
const ENDS_AFTER = 3 / 4;
const LOOKS = 20;
const LOOK_MS_MAX = 250;
const DIGITS = 20;

export class LeaseFile {
  readonly watch: LeaseWatch;
  private readonly file: number;

  constructor(path: string, private readonly durationMs: number) {
    this.file = openSync(path, 'w', 0o600);
    this.watch = { path, lookMs: Math.min(LOOK_MS_MAX, durationMs / LOOKS) };
  }

  /** @param ageMs since when the lease's last renewal may have been seen by others. */
  renewed(ageMs: number): void {
    const until = machineTime() + BigInt(Math.round((this.durationMs * ENDS_AFTER - ageMs) * 1e6));
    writeSync(this.file, String(until).padStart(DIGITS, '0'), 0);
  }
}
