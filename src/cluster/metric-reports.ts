/**
 * What the operators of a job have said of their metrics, and the asking for it: only when somebody looks at the job,
 * and not more often than is of use.
 */
import type { Clock } from '../core/clock.js';
import type { OperatorMetrics, SubtaskReport } from '../runtime/operator-metrics.js';
import type { ThreadMemory } from './messages.js';

/** Whoever looks more often sees the same again. */
const ASK_INTERVAL_MS = 200;
/** A thread that is busy with one record answers later. */
const ANSWER_PATIENCE_MS = 250;

export class MetricReports {
  private readonly latest = new Map<string, SubtaskReport>();
  private readonly memory = new Map<number, ThreadMemory>();
  private askedAt = Number.NEGATIVE_INFINITY;
  private readonly unanswered = new Set<number>();
  private readonly waiting = new Set<() => void>();

  /** @param send asks every TaskManager of the job, and says which those are. */
  constructor(private readonly clock: Pick<Clock, 'monotonic' | 'schedule'>, private readonly send: () => readonly number[]) {}

  /** Makes the next look see news. */
  ask(): void {
    const now = this.clock.monotonic();
    if (now - this.askedAt < ASK_INTERVAL_MS) return;
    this.askedAt = now;
    this.unanswered.clear();
    for (const taskManager of this.send()) this.unanswered.add(taskManager);
  }

  /** Resolves when every TaskManager that was asked has answered, or has had its time. */
  async refresh(): Promise<void> {
    this.ask();
    if (this.unanswered.size === 0) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        patience.cancel();
        resolve();
      };
      const patience = this.clock.schedule(ANSWER_PATIENCE_MS, done);
      this.waiting.add(done);
    });
  }

  answered(taskManager: number): void {
    this.unanswered.delete(taskManager);
    if (this.unanswered.size === 0) for (const done of this.waiting) done();
  }

  receive(reports: readonly SubtaskReport[]): void {
    for (const report of reports) {
      const known = this.latest.get(keyOf(report.vertexId, report.subtask));
      if (!known || known.attempt <= report.attempt) this.latest.set(keyOf(report.vertexId, report.subtask), report);
    }
  }

  receiveMemory(taskManager: number, memory: ThreadMemory | undefined): void {
    if (memory) this.memory.set(taskManager, memory);
  }

  memoryOf(taskManager: number): ThreadMemory | undefined {
    return this.memory.get(taskManager);
  }

  of(vertexId: string, subtask: number, attempt: number): readonly OperatorMetrics[] {
    const report = this.latest.get(keyOf(vertexId, subtask));
    return report?.attempt === attempt ? report.operators : [];
  }
}

function keyOf(vertexId: string, subtask: number): string {
  return `${vertexId}/${subtask}`;
}
