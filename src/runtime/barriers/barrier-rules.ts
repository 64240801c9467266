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
      case 'announced':
        if (fact.barrier.options.alignment !== 'at-least-once') return this.alignment.step(fact, now);
        this.counts = true;
        return this.counting.step(fact, now);
      case 'cancelled': return (this.counts && !this.alignment.awaits(fact.checkpointId) ? this.counting : this.alignment).step(fact, now);
      default: return [...this.alignment.step(fact, now), ...this.counting.step(fact, now)];
    }
  }
}
