/**
 * The keyed context of one operator, made when the operator first asks for it: most keyed operators of a job never do.
 */
import type { Clock } from '../core/clock.js';
import type { Mailbox } from '../operators/operator.js';
import { HashMapBackend } from '../state/hash-map-backend.js';
import type { KeyedContext } from '../state/keyed-context.js';
import { OperatorKeyedContext } from '../state/operator-keyed-context.js';
import type { SubtaskContext } from './subtask-context.js';

export interface KeyedServicesOptions {
  readonly runtime: SubtaskContext;
  readonly clock: Clock;
  readonly mailbox: Mailbox;
}

export class KeyedServices {
  private made: KeyedContext | undefined;

  constructor(private readonly options: KeyedServicesOptions) {}

  /** From the first call on, the operator's user functions find keyed state in their runtime context. */
  get context(): KeyedContext {
    if (this.made) return this.made;
    const { runtime, clock, mailbox } = this.options;
    this.made = new OperatorKeyedContext({ backend: new HashMapBackend(), clock, mailbox });
    runtime.attachKeyedState(this.made.store);
    return this.made;
  }

  /** The context, if the operator has asked for it. */
  get inUse(): KeyedContext | undefined {
    return this.made;
  }

  quiesce(): void {
    this.made?.quiesce();
  }
}
