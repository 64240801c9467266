/**
 * When a trigger that fires at regular intervals fires next, for each key and window: what the continuous triggers of
 * both kinds of time share.
 *
 * Invariants:
 * - The next firing is at most at the window's end.
 * - Of windows that merge, the earlier firing stays.
 */
import { ReducingStateDescriptor } from '../state/state-descriptor.js';
import type { ReducingState } from '../state/state.js';
import type { OnMergeContext, TriggerContext } from './trigger.js';
import type { Window } from './window.js';

const NEXT_FIRE = new ReducingStateDescriptor<number>('fire-time', (a, b) => Math.min(a, b));

/** The timers of one kind of time. */
export interface FiringTimers {
  register(context: TriggerContext, time: number): void;
  delete(context: TriggerContext, time: number): void;
}

export class NextFiring {
  constructor(
    /** Milliseconds. */
    readonly interval: number,
    private readonly timers: FiringTimers,
  ) {}

  /**
   * Sets the first firing, unless there is one. Boundaries are multiples of the interval; Flink takes the plain
   * remainder, so for negative times the first one is one interval late.
   */
  begin(time: number, window: Window, context: TriggerContext): void {
    if (this.state(context).get() === null) this.setAfter(time - (time % this.interval), window, context);
  }

  /** Whether a timer's time is that of the next firing, which it then no longer is. */
  take(time: number, context: TriggerContext): boolean {
    const next = this.state(context);
    if (next.get() !== time) return false;
    next.clear();
    return true;
  }

  setAfter(time: number, window: Window, context: TriggerContext): void {
    const next = Math.min(time + this.interval, window.maxTimestamp());
    this.state(context).add(next);
    this.timers.register(context, next);
  }

  clear(context: TriggerContext): void {
    const next = this.state(context);
    const time = next.get();
    if (time === null) return;
    this.timers.delete(context, time);
    next.clear();
  }

  merge(context: OnMergeContext): void {
    context.mergePartitionedState(NEXT_FIRE);
    const time = this.state(context).get();
    if (time !== null) this.timers.register(context, time);
  }

  private state(context: TriggerContext): ReducingState<number> {
    return context.getPartitionedState(NEXT_FIRE);
  }
}
