/**
 * Ageing of state with a time to live: what is kept beside a value, when it has expired, and the sweep that removes what
 * nobody reads.
 *
 * Invariants:
 * - Time is processing time. Expired exactly when `at + ttl <= now`.
 * - A sweep leaves the current key alone, so it changes nothing that the access which caused it could see.
 */
import type { Clock } from '../core/clock.js';
import type { StateBackend } from './state-backend.js';
import type { StateTtlConfig } from './state-ttl-config.js';

/** A value with the time of its last use, in epoch milliseconds. */
export interface Stamped<V> {
  readonly value: V;
  readonly at: number;
}

export class Expiry {
  readonly returnExpired: boolean;
  readonly refreshOnRead: boolean;
  private readonly ttlMs: number;
  private sweep: (() => void) | undefined;

  constructor(config: StateTtlConfig, private readonly clock: Clock) {
    this.ttlMs = config.getTimeToLive();
    this.returnExpired = config.getStateVisibility() === 'ReturnExpiredIfNotCleanedUp';
    this.refreshOnRead = config.getUpdateType() === 'OnReadAndWrite';
  }

  stamp<V>(value: V): Stamped<V> {
    return { value, at: this.clock.now() };
  }

  expired(stamped: Stamped<unknown>): boolean {
    return stamped.at + this.ttlMs <= this.clock.now();
  }

  /** What may be used of a value: undefined once it has expired, unless expired values are shown. */
  usable<V>(stamped: Stamped<V> | undefined): V | undefined {
    return stamped === undefined || (!this.returnExpired && this.expired(stamped)) ? undefined : stamped.value;
  }

  /** The value for as long as it has not expired. */
  readonly keepStamped = <V>(stamped: Stamped<V>): Stamped<V> | undefined => (this.expired(stamped) ? undefined : stamped);

  /** Called with every access to the state. */
  accessed(): void {
    this.sweep?.();
  }

  /**
   * Looks at `entries` entries of a state with each access, in turn.
   * @param keep what is left of a value: itself, less, or undefined for nothing.
   */
  sweepWith<V>(backend: StateBackend, name: string, keep: (value: V) => V | undefined, entries: number): void {
    let cursor: Iterator<void> | undefined;
    this.sweep = () => {
      cursor ??= backend.sweep(name, keep);
      for (let i = 0; i < entries; i++) {
        if (!cursor.next().done) continue;
        cursor = undefined;
        return;
      }
    };
  }
}
