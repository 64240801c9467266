/**
 * The bell and the bed of a simulated thread: the contract of `Doorbell` without shared memory.
 *
 * Invariant: a ring between the announcement and the sleep is heard, and there is no alarm that would wake a sleeper
 * whose ring was lost: a lost wake-up shows as a job that stands still.
 */
import type { LoopHost } from '../../src/runtime/task-loop.js';
import type { Scheduler, SimulatedThread } from './scheduler.js';

export class SimulatedLoopHost implements LoopHost {
  private announced = false;
  private awake: (() => void) | undefined;
  private rings = 0;

  /** @param deafTo the ring that is not heard, counted from 1. */
  constructor(private readonly scheduler: Scheduler, private readonly thread: SimulatedThread, private readonly deafTo: number | undefined) {}

  defer(call: () => void): void {
    this.thread.defer('turn', call);
  }

  sleep(ready: () => boolean, awake: () => void): boolean {
    if (this.awake) throw new Error('went to sleep twice');
    this.announced = true;
    this.scheduler.preempt();
    if (ready()) {
      this.announced = false;
      return false;
    }
    this.scheduler.preempt();
    if (!this.announced) return false;
    this.awake = awake;
    return true;
  }

  interrupt(): void {
    this.ring();
  }

  ring(): void {
    this.scheduler.preempt();
    if (!this.announced) return;
    this.announced = false;
    this.rings += 1;
    const { awake } = this;
    if (!awake || this.rings === this.deafTo) return;
    this.thread.defer('awake', () => {
      this.awake = undefined;
      awake();
    });
  }
}
