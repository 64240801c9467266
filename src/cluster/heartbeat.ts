/**
 * Tells a thread that works from one that hangs: it counts on in shared memory whenever its event loop comes round,
 * and whoever started it looks whether it does.
 *
 * Invariants:
 * - Nobody is given up before the first beat: a thread takes its time to start.
 * - Only looks count, not the time between them: a machine that slept has not missed a beat.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { HeartbeatInterval, HeartbeatTimeout } from '../core/options.js';

export interface HeartbeatTimes {
  /** From one beat, or look, to the next. */
  readonly intervalMs: number;
  /** Without a beat for so long a thread is given up. */
  readonly timeoutMs: number;
}

/** What the configuration says. */
export function heartbeatTimes(configuration: Configuration): HeartbeatTimes {
  return { intervalMs: configuration.get(HeartbeatInterval), timeoutMs: configuration.get(HeartbeatTimeout) };
}

/** A few beats fall within the timeout, however long the interval is. */
const BEATS_IN_TIMEOUT = 4;

function stepOf({ intervalMs, timeoutMs }: HeartbeatTimes): number {
  return Math.max(1, Math.min(intervalMs, Math.floor(timeoutMs / BEATS_IN_TIMEOUT)));
}

/** Memory for the beats of one thread. */
export function allocateHeartbeat(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
}

/** Beats from now on, for as long as the thread's event loop comes round. */
export function keepBeating(memory: SharedArrayBuffer, times: HeartbeatTimes, clock: Clock): void {
  const beats = new Int32Array(memory);
  const beat = (): void => {
    Atomics.add(beats, 0, 1);
    clock.schedule(stepOf(times), beat);
  };
  beat();
}

/** Looks whether a thread beats. Calls `silent` once when it has not done so for the timeout. */
export function watchHeartbeat(memory: SharedArrayBuffer, times: HeartbeatTimes, clock: Clock, silent: () => void): ScheduledCall {
  const beats = new Int32Array(memory);
  const stepMs = stepOf(times);
  let seen = 0;
  let silentMs = 0;
  let next: ScheduledCall;
  const look = (): void => {
    const count = Atomics.load(beats, 0);
    silentMs = count === seen ? silentMs + (count === 0 ? 0 : stepMs) : 0;
    seen = count;
    if (silentMs >= times.timeoutMs) silent();
    else next = clock.schedule(stepMs, look);
  };
  next = clock.schedule(stepMs, look);
  return { cancel: () => next.cancel() };
}
