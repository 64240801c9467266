/**
 * Fires once, when the stream has ended (Flink: `GlobalWindows.EndOfStreamTrigger`).
 */
import { Trigger, TriggerResult, type TriggerContext } from './trigger.js';
import type { Window } from './window.js';

export class EndOfStreamTrigger extends Trigger<unknown, Window> {
  private static readonly only = new EndOfStreamTrigger();

  private constructor() {
    super();
  }

  static create(): EndOfStreamTrigger {
    return EndOfStreamTrigger.only;
  }

  onElement(_element: unknown, _timestamp: number, window: Window, context: TriggerContext): TriggerResult {
    context.registerEventTimeTimer(window.maxTimestamp());
    return TriggerResult.CONTINUE;
  }

  onEventTime(time: number, window: Window): TriggerResult {
    return time === window.maxTimestamp() ? TriggerResult.FIRE : TriggerResult.CONTINUE;
  }

  onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  clear(): void {}
}
