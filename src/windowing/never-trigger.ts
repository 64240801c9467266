/**
 * Never fires (Flink: `NeverTrigger`, the default of global windows).
 */
import { Trigger, TriggerResult } from './trigger.js';
import type { Window } from './window.js';

export class NeverTrigger extends Trigger<unknown, Window> {
  private static readonly only = new NeverTrigger();

  private constructor() {
    super();
  }

  static create(): NeverTrigger {
    return NeverTrigger.only;
  }

  onElement(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  onEventTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  onProcessingTime(): TriggerResult {
    return TriggerResult.CONTINUE;
  }

  clear(): void {}
}
