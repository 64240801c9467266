/**
 * One window for all elements of a key (Flink: `GlobalWindows`): useful with a trigger of one's own, or where only
 * the end of the stream matters.
 */
import { EndOfStreamTrigger } from './end-of-stream-trigger.js';
import { NeverTrigger } from './never-trigger.js';
import type { Trigger } from './trigger.js';
import { GlobalWindow } from './window.js';
import { WindowAssigner } from './window-assigner.js';

const THE_WINDOW: readonly GlobalWindow[] = [GlobalWindow.get()];

export class GlobalWindows extends WindowAssigner<unknown, GlobalWindow> {
  private constructor(private readonly defaultTrigger: Trigger<unknown, GlobalWindow>) {
    super();
  }

  /** Never fires unless it is given a trigger. */
  static create(): GlobalWindows {
    return new GlobalWindows(NeverTrigger.create());
  }

  /** Fires once, when the stream has ended. */
  static createWithEndOfStreamTrigger(): GlobalWindows {
    return new GlobalWindows(EndOfStreamTrigger.create());
  }

  assignWindows(): readonly GlobalWindow[] {
    return THE_WINDOW;
  }

  getDefaultTrigger(): Trigger<unknown, GlobalWindow> {
    return this.defaultTrigger;
  }

  /** Nothing is late in a window without an end. */
  isEventTime(): boolean {
    return false;
  }

  override toString(): string {
    return 'GlobalWindows()';
  }
}
