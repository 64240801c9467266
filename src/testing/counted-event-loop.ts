/**
 * The thread's event loop with a count of the calls that wait in it, so that a test can tell when a cluster has come
 * to rest: when it has done everything that it can do without time passing and without the world outside.
 */
import { type EventLoop, systemEventLoop } from '../core/event-loop.js';

/** Turns of the event loop in which nothing may happen before it counts as rest: a promise may lead to a call, and that to a promise. */
const QUIET_TURNS = 3;

export class CountedEventLoop implements EventLoop {
  private waiting = 0;

  defer(call: () => void): void {
    this.waiting++;
    systemEventLoop.defer(() => {
      this.waiting--;
      call();
    });
  }

  /** Resolves when no call waits and none has come for a few turns. */
  async atRest(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      await new Promise<void>((resolve) => systemEventLoop.defer(resolve));
      quiet = this.waiting === 0 ? quiet + 1 : 0;
    }
  }
}
