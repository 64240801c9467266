/**
 * Everything that leaves a task and the tasks that it calls directly: what operators buffer and what waits for room.
 *
 * Invariant: what is emitted leaves when the task has nothing else to do, and at the latest after the buffer timeout.
 */
import type { TaskParts } from './task-parts.js';

export class TaskOutputs {
  /** Something may wait in a buffer. */
  dirty = false;
  private lastFlush: number;

  constructor(private readonly parts: Pick<TaskParts, 'chain' | 'writers' | 'calls' | 'clock'>) {
    this.lastFlush = parts.clock.monotonic();
  }

  /** Moves what waits for room; true when nothing waits any more. */
  drain(): boolean {
    let drained = true;
    for (const writer of this.parts.writers) drained = writer.drain() && drained;
    for (const { task } of this.parts.calls) drained = task.drainWriters() && drained;
    return drained;
  }

  /** @param idle the task has nothing else to do. */
  flushIfDue(idle: boolean): void {
    const now = this.parts.clock.monotonic();
    if (idle ? this.dirty : now - this.lastFlush >= this.flushInterval()) {
      this.flush();
      this.lastFlush = now;
      this.dirty = false;
    }
  }

  flush(): void {
    this.parts.chain.flush();
    for (const writer of this.parts.writers) if (writer.bufferTimeoutMs >= 0) writer.flush();
    for (const { task } of this.parts.calls) task.flush();
  }

  private flushInterval(): number {
    const timeouts = this.parts.writers.map((writer) => writer.bufferTimeoutMs).filter((ms) => ms > 0);
    return timeouts.length > 0 ? Math.min(...timeouts) : FLUSH_INTERVAL_MS;
  }
}

/** How long a sink may keep records to itself while its task is busy, when no edge says otherwise. */
const FLUSH_INTERVAL_MS = 100;
