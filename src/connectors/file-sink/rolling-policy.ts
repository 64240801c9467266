/**
 * When a part file is closed and the next one begun (Flink: `RollingPolicy`).
 */
import { type DurationLike, toMillis } from '../../core/time.js';

/** What a policy may look at; times in epoch milliseconds. */
export interface PartFileInfo {
  readonly bucketId: string;
  readonly creationTime: number;
  readonly lastUpdateTime: number;
  /** Bytes. */
  readonly size: number;
}

export interface RollingPolicy<T> {
  /** At every checkpoint. A file that goes on over a checkpoint goes on over a failure too. */
  shouldRollOnCheckpoint(part: PartFileInfo): boolean;
  /** Before an element is written to a part that exists. */
  shouldRollOnEvent(part: PartFileInfo, element: T): boolean;
  /** Now and then, by the clock. */
  shouldRollOnProcessingTime(part: PartFileInfo, now: number): boolean;
}

export interface DefaultRollingPolicyOptions {
  /** Bytes. Default: 128 MiB. */
  readonly maxPartSize?: number;
  /** How long a part stays open. Default: a minute. */
  readonly rolloverInterval?: DurationLike;
  /** How long it stays open without an element. Default: a minute. */
  readonly inactivityInterval?: DurationLike;
}

const MINUTE_MS = 60_000;

/** Rolls by size, age and inactivity; goes on over checkpoints (Flink: `DefaultRollingPolicy`). */
export class DefaultRollingPolicy<T = unknown> implements RollingPolicy<T> {
  private readonly maxPartSize: number;
  private readonly rolloverMs: number;
  private readonly inactivityMs: number;

  constructor({ maxPartSize = 128 * 1024 * 1024, rolloverInterval = MINUTE_MS, inactivityInterval = MINUTE_MS }: DefaultRollingPolicyOptions = {}) {
    this.maxPartSize = maxPartSize;
    this.rolloverMs = toMillis(rolloverInterval);
    this.inactivityMs = toMillis(inactivityInterval);
  }

  shouldRollOnCheckpoint({ size }: PartFileInfo): boolean {
    return size > this.maxPartSize;
  }

  shouldRollOnEvent({ size }: PartFileInfo): boolean {
    return size > this.maxPartSize;
  }

  shouldRollOnProcessingTime({ creationTime, lastUpdateTime }: PartFileInfo, now: number): boolean {
    return now - creationTime >= this.rolloverMs || now - lastUpdateTime >= this.inactivityMs;
  }
}

/** Rolls at every checkpoint, so that output is visible as soon as it is safe; the only one for bulk formats. */
export class OnCheckpointRollingPolicy<T = unknown> implements RollingPolicy<T> {
  shouldRollOnCheckpoint(): boolean {
    return true;
  }
  shouldRollOnEvent(): boolean {
    return false;
  }
  shouldRollOnProcessingTime(): boolean {
    return false;
  }
}
