/**
 * The two ends of an iteration: the tail sends records back, the head lets them in again (Flink before 2.0:
 * `StreamIterationHead`, `StreamIterationTail`).
 *
 * Invariants:
 * - Head and tail with the same subtask index share one queue.
 * - Watermarks do not travel through the feedback: the head forwards those of its input, the tail none.
 * - When the input has ended the head stays until no record came back for the time given.
 */
import type { ScheduledCall } from '../core/clock.js';
import type { FeedbackQueue, OperatorDefinition } from './operator.js';

/** @param maxWaitMs how long the head waits for records to come back after its input has ended; 0 waits forever. */
export function iterationHeadOperator<T>(iterationId: string, maxWaitMs: number): OperatorDefinition<T> {
  return {
    instantiate(context) {
      const queue = context.host.feedback(iterationId);
      let check: ScheduledCall | undefined;
      return {
        inputs: [context.output.emit],
        open: () => queue.consume(context.output.emit as (value: unknown, timestamp: number) => void),
        finish: () => new Promise<void>((resolve) => {
          const whenIdle = (): void => {
            const rest = maxWaitMs - queue.idleMs();
            if (rest <= 0) resolve();
            else check = context.clock.schedule(rest, whenIdle);
          };
          if (maxWaitMs > 0) check = context.clock.schedule(maxWaitMs, whenIdle);
        }),
        close: () => check?.cancel(),
      };
    },
  };
}

export function iterationTailOperator(iterationId: string): OperatorDefinition<never> {
  return {
    instantiate(context) {
      const queue: FeedbackQueue = context.host.feedback(iterationId);
      return { inputs: [(value: unknown, timestamp: number) => queue.push(value, timestamp)], watermark() {}, idle() {} };
    },
  };
}
