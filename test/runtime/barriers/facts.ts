/** Barriers and short forms of decisions for the tests of the barrier rules. */
import type { CheckpointBarrier, CheckpointOptions } from '../../../src/core/checkpoint.js';
import type { BarrierDecision } from '../../../src/runtime/barriers/barrier-step.js';

/** The coordinator started checkpoint n at n * 1000. */
export function barrierOf(checkpointId: number, options: Partial<CheckpointOptions> = {}): CheckpointBarrier {
  return {
    checkpointId,
    timestamp: checkpointId * 1000,
    options: { kind: 'checkpoint', format: 'native', alignment: 'aligned', location: { storage: 'memory', maxStateBytes: 1 << 20 }, ...options },
  };
}

/** A decision in a word or two. */
export function shortOf(decision: BarrierDecision): string {
  switch (decision.type) {
    case 'block': return `block ${decision.channel}`;
    case 'unblock': return 'unblock';
    case 'checkpoint': return `checkpoint ${decision.barrier.checkpointId}${decision.unaligned ? ' unaligned' : ''}`;
    case 'in-flight-complete': return `complete ${decision.checkpointId}`;
    case 'abort': return `abort ${decision.checkpointId} ${decision.reason}`;
  }
}
