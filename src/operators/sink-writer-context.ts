/**
 * What writers and committers of a sink are told when they are made (Flink: `WriterInitContext`, `CommitterInitContext`).
 *
 * Invariant: a timer that waits is cancelled when the operator closes; one that fires does so between two records.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import type { Random } from '../core/random.js';
import type { MetricGroup } from './metric-group.js';
import type { Mailbox, OperatorContext, OperatorHost } from './operator.js';
import type { JobInfo, RuntimeContext, TaskInfo } from './runtime-context.js';
import type { ProcessingTimeCallback, ProcessingTimeService, SinkWriterContext } from './sink.js';

/** What of its operator a sink may know. */
export type SinkSurroundings = Pick<OperatorContext<never>, 'runtime' | 'mailbox' | 'host' | 'clock' | 'random' | 'restoredCheckpointId'>;

export function sinkWriterContext(surroundings: SinkSurroundings): SinkFacts {
  return new SinkFacts(surroundings);
}

export class SinkFacts implements SinkWriterContext {
  readonly runtime: RuntimeContext;
  readonly mailbox: Mailbox;
  readonly host: OperatorHost;
  readonly clock: Clock;
  readonly random: Random;
  private readonly timers: SinkTimers;

  constructor(private readonly surroundings: SinkSurroundings) {
    const { runtime, mailbox, host, clock, random } = surroundings;
    this.runtime = runtime;
    this.mailbox = mailbox;
    this.host = host;
    this.clock = clock;
    this.random = random;
    this.timers = new SinkTimers(clock, mailbox);
  }

  getTaskInfo(): TaskInfo {
    return this.runtime.getTaskInfo();
  }
  getJobInfo(): JobInfo {
    return this.runtime.getJobInfo();
  }
  metricGroup(): MetricGroup {
    return this.runtime.getMetricGroup();
  }
  getRestoredCheckpointId(): number | null {
    return this.surroundings.restoredCheckpointId;
  }
  isObjectReuseEnabled(): boolean {
    return this.runtime.isObjectReuseEnabled();
  }
  getMailboxExecutor(): Mailbox {
    return this.mailbox;
  }
  getProcessingTimeService(): ProcessingTimeService {
    return this.timers;
  }

  /** Idempotent. */
  close(): void {
    this.timers.close();
  }
}

class SinkTimers implements ProcessingTimeService {
  private readonly pending = new Set<ScheduledCall>();
  private closed = false;

  constructor(private readonly clock: Clock, private readonly mailbox: Mailbox) {}

  getCurrentProcessingTime(): number {
    return this.clock.now();
  }

  registerTimer(time: number, callback: ProcessingTimeCallback): void {
    if (this.closed) return;
    const fire = typeof callback === 'function' ? callback : (at: number) => callback.onProcessingTime(at);
    const call = this.clock.schedule(Math.max(0, time - this.clock.now()), () => {
      this.pending.delete(call);
      this.mailbox.execute(() => this.closed || fire(time));
    });
    this.pending.add(call);
  }

  close(): void {
    this.closed = true;
    for (const call of this.pending) call.cancel();
    this.pending.clear();
  }
}
