/**
 * What the operators of a job have said of their metrics, and the asking for it: only when somebody looks at the job,
 * and not more often than is of use.
 */
import type { Clock } from '../core/clock.js';
import type { OperatorMetrics, SubtaskReport } from '../runtime/operator-metrics.js';
import type { ThreadMemory } from './messages.js';

/** Whoever looks more often sees the same again. */
const ASK_INTERVAL_MS = 200;

export class MetricReports {
  private readonly latest = new Map<string, SubtaskReport>();
  private readonly memory = new Map<number, ThreadMemory>();
  private askedAt = Number.NEGATIVE_INFINITY;

  /** @param send asks every TaskManager of the job. */
  constructor(private readonly clock: Pick<Clock, 'monotonic'>, private readonly send: () => void) {}

  /** Makes the next look see news. */
  ask(): void {
    const now = this.clock.monotonic();
    if (now - this.askedAt < ASK_INTERVAL_MS) return;
    this.askedAt = now;
    this.send();
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
