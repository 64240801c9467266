/**
 * The link from a task to one that it calls directly, in place of a channel between them.
 */
import type { LatencyMarker } from '../core/latency-marker.js';
import type { Specialise } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import type { Task } from './task.js';
import type { TaskMetrics } from './task-metrics.js';

function countedKernel(next: Emit, counter: { records: number }): Emit {
  return (value, timestamp) => {
    counter.records++;
    next(value, timestamp);
  };
}

export class DirectCall {
  readonly emit: Emit;
  private readonly counter = { records: 0 };

  constructor(readonly task: Task, private readonly callerMetrics: TaskMetrics, specialise: Specialise) {
    this.emit = specialise(countedKernel)(task.parts.chain.head!.inputs[0] as Emit, this.counter);
  }

  watermark(timestamp: number): void {
    this.task.parts.chain.watermark(timestamp);
  }

  idle(idle: boolean): void {
    this.task.parts.chain.idle(idle);
  }

  latencyMarker(marker: LatencyMarker): void {
    this.task.parts.chain.latencyMarker(marker);
  }

  /** Adds what was counted since the last call to the metrics of both tasks. */
  bookRecords(): void {
    this.callerMetrics.add('recordsOut', this.counter.records);
    this.task.parts.metrics.add('recordsIn', this.counter.records);
    this.counter.records = 0;
  }
}
