/**
 * The wake-up between whatever feeds a source reader and the runtime that polls it.
 *
 * Invariant: `notify` wakes everyone who waits now; nobody who waits later. Readers therefore look at their own
 * state before they wait, so that no wake-up is lost.
 */
export class Availability {
  private pending: Promise<void> | undefined;
  private wake: (() => void) | undefined;

  /** Resolves with the next `notify`. */
  wait(): Promise<void> {
    this.pending ??= new Promise((resolve) => (this.wake = resolve));
    return this.pending;
  }

  notify(): void {
    this.pending = undefined;
    this.wake?.();
    this.wake = undefined;
  }
}
