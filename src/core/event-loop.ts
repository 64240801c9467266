/**
 * The event loop of this thread as the engine sees it: calls that run after what the machine has for us meanwhile.
 * Nothing but this file and the script of a TaskManager's thread asks the machine for such a turn, so that a test can
 * count them.
 */

export interface EventLoop {
  /** Runs `call` after pending input and timers of the event loop, later calls after earlier ones. */
  defer(call: () => void): void;
}

/** The machine's own. */
export const systemEventLoop: EventLoop = { defer: (call) => void setImmediate(call) };
