/**
 * Takes each fact to the rules of its checkpoint: what a checkpoint is asked for travels in its barriers, so a job may
 * align one and count the next.
 */
import type { BarrierDecision, BarrierFact } from './barrier-step.js';
import { type AlignmentOptions, BarrierAlignment } from './barrier-alignment.js';
import { BarrierCounting } from './barrier-counting.js';

export class BarrierRules {
  private readonly alignment: BarrierAlignment;
  private readonly counting: BarrierCounting;
  /** Whether checkpoints of this job are counted. */
  private counts = false;

  constructor(options: AlignmentOptions) {
    this.alignment = new BarrierAlignment(options);
    this.counting = new BarrierCounting({ channels: options.overtaking.length, ...options });
  }

  get deadline(): number | undefined {
    return this.alignment.deadline;
  }

  step(fact: BarrierFact, now: number): BarrierDecision[] {
    switch (fact.type) {
      case 'barrier':
      case 'announced': {
        const { options: { alignment }, checkpointId } = fact.barrier;
        if (alignment !== 'at-least-once') return this.alignment.step(fact, now);
        this.counts = true;
        // The channel has passed over what is being aligned: that would wait for ever.
        const superseded = fact.type === 'barrier' ? this.alignment.supersededBy(checkpointId) : [];
        return [...superseded, ...this.counting.step(fact, now)];
      }
      case 'cancelled':
        if (!this.counts || this.alignment.awaits(fact.checkpointId)) return this.alignment.step(fact, now);
        return [...this.alignment.supersededBy(fact.checkpointId), ...this.counting.step(fact, now)];
      default: return [...this.alignment.step(fact, now), ...this.counting.step(fact, now)];
    }
  }
}
