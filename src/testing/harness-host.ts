/**
 * What an operator under test finds around itself: the process that it prints to, the client that collects, and the
 * queues of iterations.
 */
import type { FeedbackQueue, OperatorHost } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import type { ManualClock } from './manual-clock.js';
import type { OutputRecord } from './operator-output.js';

/** What the operator did to the world outside its outputs. */
export class HarnessHost implements OperatorHost {
  readonly printed: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
  /** Values handed over for a collector, by its id. */
  readonly collected = new Map<string, unknown[]>();
  private readonly queues = new Map<string, HarnessFeedback>();

  constructor(private readonly clock: ManualClock) {}

  print(stream: 'stdout' | 'stderr', text: string): void {
    this.printed[stream] += text;
  }

  collect(collectorId: string, values: unknown[]): void {
    const known = this.collected.get(collectorId) ?? [];
    this.collected.set(collectorId, [...known, ...values]);
  }

  feedback(iterationId: string): FeedbackQueue {
    const known = this.queues.get(iterationId);
    if (known) return known;
    const made = new HarnessFeedback(this.clock);
    this.queues.set(iterationId, made);
    return made;
  }

  /** Delivers everything that waits in feedback queues. */
  pump(): void {
    for (const queue of this.queues.values()) queue.pump();
  }
}

class HarnessFeedback implements FeedbackQueue {
  private readonly waiting: OutputRecord[] = [];
  private deliver: Emit | undefined;
  private lastMs: number;

  constructor(private readonly clock: ManualClock) {
    this.lastMs = clock.monotonic();
  }
  push(value: unknown, timestamp: number): void {
    this.waiting.push({ value, timestamp });
  }
  consume(deliver: Emit): void {
    this.deliver = deliver;
    this.lastMs = this.clock.monotonic();
  }
  idleMs(): number {
    return this.clock.monotonic() - this.lastMs;
  }
  pump(): void {
    while (this.deliver) {
      const record = this.waiting.shift();
      if (!record) return;
      this.lastMs = this.clock.monotonic();
      this.deliver(record.value, record.timestamp);
    }
  }
}
