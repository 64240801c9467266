/**
 * The slots of a session cluster: who has how many, and who waits.
 *
 * Invariants:
 * - No more slots are given than there are.
 * - Whoever waits gets slots as soon as there are enough for it; of several that fit, the one that has waited longest.
 * - A wait ends: with the slots, with `SLOTS_MISSING`, or because the job has gone.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { formatDuration } from '../core/time.js';

interface Waiting {
  readonly jobId: string;
  readonly slots: number;
  readonly timeout: ScheduledCall;
  resolve(): void;
  reject(error: FlinkError): void;
}

export class SlotPool {
  private readonly taken = new Map<string, number>();
  private waiting: Waiting[] = [];

  constructor(readonly total: number, private readonly timeoutMs: number, private readonly clock: Clock) {}

  get free(): number {
    return this.total - [...this.taken.values()].reduce((sum, slots) => sum + slots, 0);
  }

  /** Resolves when the job has the slots. Rejects with SLOTS_MISSING when they have not become free in time. */
  request(jobId: string, name: string, slots: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timeout = this.clock.schedule(this.timeoutMs, () => this.giveUp(jobId, name, slots));
      this.waiting.push({ jobId, slots, timeout, resolve, reject });
      this.serve();
    });
  }

  /** Whether the job still waits. */
  waits(jobId: string): boolean {
    return this.waiting.some((one) => one.jobId === jobId);
  }

  /** Lets a job that has slots have more, as far as there are free ones. @returns how many it has then. */
  extend(jobId: string, most: number): number {
    const had = this.taken.get(jobId) ?? 0;
    const slots = Math.max(had, Math.min(most, had + this.free));
    this.taken.set(jobId, slots);
    return slots;
  }

  /** The job has no use for more than these of its slots. */
  keep(jobId: string, slots: number): void {
    if (slots >= (this.taken.get(jobId) ?? 0)) return;
    this.taken.set(jobId, slots);
    this.serve();
  }

  /** The job needs its slots no more, or waits no more: what it waited for never settles then. */
  release(jobId: string): void {
    this.taken.delete(jobId);
    this.forget(jobId);
    this.serve();
  }

  close(): void {
    for (const { timeout } of this.waiting) timeout.cancel();
    this.waiting = [];
  }

  private serve(): void {
    for (const request of this.waiting) {
      if (request.slots > this.free) continue;
      this.forget(request.jobId);
      this.taken.set(request.jobId, request.slots);
      request.resolve();
    }
  }

  private giveUp(jobId: string, name: string, slots: number): void {
    const request = this.waiting.find((one) => one.jobId === jobId);
    const free = this.free;
    this.forget(jobId);
    const missing = slots - free;
    request?.reject(new FlinkError('SLOTS_MISSING', `job "${name}" needs ${counted(slots)}, of which ${missing} ${missing === 1 ? 'is' : 'are'} missing: the cluster has ${this.total} and ${free} of them free, and that did not change for ${formatDuration(this.timeoutMs)}`, {
      hint: slots > this.total ? 'Start the cluster with more slots (`flink cluster start --task-managers N --slots S`), or run the job with less parallelism.' : 'Cancel other jobs, or start the cluster with more slots.',
    }));
  }

  private forget(jobId: string): void {
    for (const one of this.waiting) if (one.jobId === jobId) one.timeout.cancel();
    this.waiting = this.waiting.filter((one) => one.jobId !== jobId);
  }
}

function counted(slots: number): string {
  return slots === 1 ? '1 slot' : `${slots} slots`;
}
