// One trigger by itself, with state and timers of its own and no window operator around it.
import { ManualClock } from '../../src/testing/manual-clock.js';
import { HashMapBackend } from '../../src/state/hash-map-backend.js';
import type { Timer } from '../../src/state/keyed-context.js';
import { OperatorKeyedContext } from '../../src/state/operator-keyed-context.js';
import { isFire, isPurge, type Trigger, type TriggerResult } from '../../src/windowing/trigger.js';
import { WindowTriggering } from '../../src/windowing/window-triggering.js';
import { TimeWindow, type Window } from '../../src/windowing/window.js';

export type Verdict = 'continue' | 'fire' | 'purge' | 'fire and purge';

/** What a timer of a window came to. */
export interface Fired {
  readonly window: string;
  readonly time: number;
  readonly verdict: Verdict;
}

export class TriggerBench<T> {
  private readonly clock = new ManualClock();
  private readonly keyed = new OperatorKeyedContext({ backend: new HashMapBackend(), clock: this.clock, mailbox: { execute: (call) => call() } });
  private readonly fired: Fired[] = [];
  private readonly timers = this.keyed.timers<Window>('bench', {
    onEventTime: (timer) => this.note(timer, this.triggering.onEventTime(timer.timestamp, timer.namespace)),
    onProcessingTime: (timer) => this.note(timer, this.triggering.onProcessingTime(timer.timestamp, timer.namespace)),
  }, (window) => window.identity());
  private readonly triggering: WindowTriggering<T, Window>;

  constructor(trigger: Trigger<T, never>) {
    this.triggering = new WindowTriggering<T, Window>(this.keyed, this.timers, { counter: () => ({ inc() {}, dec() {}, getCount: () => 0 }) } as never, trigger as unknown as Trigger<T, Window>);
    this.keyed.setCurrentKey('key');
  }

  element(value: T, timestamp: number, window: Window): Verdict {
    return verdict(this.triggering.onElement(value, timestamp, window));
  }

  /** Advances event time; what its timers came to. */
  watermark(time: number): Fired[] {
    this.keyed.advanceWatermark(time);
    return this.fired.splice(0);
  }

  /** Moves the clock; what its timers came to. */
  clockTo(time: number): Fired[] {
    this.clock.advance(time - this.clock.now());
    this.keyed.advanceProcessingTime(time);
    return this.fired.splice(0);
  }

  /** Asks as if a timer had come that the trigger never set. */
  eventTimer(time: number, window: Window): Verdict {
    return verdict(this.triggering.onEventTime(time, window));
  }

  processingTimer(time: number, window: Window): Verdict {
    return verdict(this.triggering.onProcessingTime(time, window));
  }

  /** As the window operator does it: the trigger is told, then forgets the windows that are gone. */
  merge(result: Window, ...merged: Window[]): void {
    this.triggering.onMerge(result, merged);
    for (const window of merged) if (window.identity() !== result.identity()) this.triggering.clear(window);
  }

  clear(window: Window): void {
    this.triggering.clear(window);
  }

  get states(): number {
    return this.keyed.numKeyedStateEntries();
  }

  get eventTimers(): number {
    return this.keyed.numEventTimeTimers();
  }

  get clockTimers(): number {
    return this.keyed.numProcessingTimeTimers();
  }

  private note(timer: Timer<Window>, result: TriggerResult): void {
    this.fired.push({ window: shown(timer.namespace), time: timer.timestamp, verdict: verdict(result) });
  }
}

function shown(window: Window): string {
  return window instanceof TimeWindow ? `${window.start}-${window.end}` : String(window);
}

function verdict(result: TriggerResult): Verdict {
  if (isFire(result)) return isPurge(result) ? 'fire and purge' : 'fire';
  return isPurge(result) ? 'purge' : 'continue';
}
