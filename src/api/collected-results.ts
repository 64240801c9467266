/**
 * The records of a stream as they reach the program that runs the job (Flink: `CloseableIterator` of
 * `executeAndCollect`, `collectAsync`).
 *
 * Invariants:
 * - Records come in the order in which the collecting subtask received them.
 * - The iteration ends when the job has finished, and rejects with the job's failure after the records before it.
 * - Leaving the iteration early cancels the job and waits until it has ended.
 * - There is no back pressure: records that are not taken wait in the memory of this process. Collect results, not
 *   input.
 */
import { FlinkError } from '../core/errors.js';
import type { JobClient } from '../program/pipeline-executor.js';

type End = { readonly failed: false } | { readonly failed: true; readonly error: unknown };

export class CollectedResults<T> implements AsyncIterableIterator<T> {
  private readonly batches: unknown[][] = [];
  /** Position in the first batch. */
  private position = 0;
  private end: End | undefined;
  private closed = false;
  private job: Promise<JobClient> | undefined;
  private waiting: (() => void)[] = [];

  /** Called by the runtime with records, in order. */
  deliver(values: unknown[]): void {
    if (this.closed || values.length === 0) return;
    this.batches.push(values);
    this.wake();
  }

  /** Says which job the records come from. */
  attach(job: Promise<JobClient>): void {
    this.job = job;
    job.then((client) => this.follow(client)).catch((error: unknown) => this.finish({ failed: true, error }));
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (this.closed) return { done: true, value: undefined };
      const [batch] = this.batches;
      if (batch) return { done: false, value: this.take(batch) };
      if (this.end) return this.atEnd(this.end);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Ends the iteration: cancels the job if it still runs and waits until it has ended. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.closed = true;
    this.batches.length = 0;
    this.wake();
    if (this.job && !this.end) await this.cancel(this.job);
    return { done: true, value: undefined };
  }

  /** Flink's name of leaving the iteration early. */
  async close(): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next `limit` records, or fewer when the job ends before; then the job is cancelled. */
  async firstRecords(limit: number): Promise<T[]> {
    const records: T[] = [];
    for await (const record of this) {
      records.push(record);
      if (records.length >= limit) break;
    }
    return records;
  }

  private async follow(client: JobClient): Promise<void> {
    try {
      await client.getJobExecutionResult();
    } catch (error) {
      // The program itself may have left the iteration; its copies then only see the job cancelled, and go on as it does.
      if (!client.isCopy || !(error instanceof FlinkError) || error.code !== 'JOB_CANCELED') throw error;
    }
    this.finish({ failed: false });
  }

  private take(batch: unknown[]): T {
    const value = batch[this.position++] as T;
    if (this.position >= batch.length) {
      this.batches.shift();
      this.position = 0;
    }
    return value;
  }

  private atEnd(end: End): IteratorResult<T, undefined> {
    this.closed = true;
    if (end.failed) throw end.error;
    return { done: true, value: undefined };
  }

  private async cancel(job: Promise<JobClient>): Promise<void> {
    try {
      const client = await job;
      await client.cancel();
      await client.getJobExecutionResult();
    } catch {
      // Cancelled, or failed for a reason that whoever has left does not wait for.
    }
  }

  private finish(end: End): void {
    this.end ??= end;
    this.wake();
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
