/**
 * When a part file is closed and the next one begun (Flink: `RollingPolicy`).
 */
import { FlinkError } from '../../core/errors.js';
import type { MemorySize } from '../../core/memory-size.js';
import { type DurationLike, toMillis } from '../../core/time.js';

/** What a policy may look at; times in epoch milliseconds. Each is there under Flink's name, too. */
export interface PartFileInfo {
  readonly bucketId: string;
  readonly creationTime: number;
  readonly lastUpdateTime: number;
  /** Bytes. */
  readonly size: number;
  getBucketId(): string;
  getCreationTime(): number;
  getLastUpdateTime(): number;
  /** Bytes. */
  getSize(): number;
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

  /** @throws FlinkError INVALID_ARGUMENT for a size or a time that is not above 0. */
  constructor({ maxPartSize = 128 * 1024 * 1024, rolloverInterval = MINUTE_MS, inactivityInterval = MINUTE_MS }: DefaultRollingPolicyOptions = {}) {
    this.maxPartSize = aboveZero('a part size', maxPartSize);
    this.rolloverMs = aboveZero('a rollover interval', toMillis(rolloverInterval));
    this.inactivityMs = aboveZero('an inactivity interval', toMillis(inactivityInterval));
  }

  /** `DefaultRollingPolicy.builder().withMaxPartSize(MemorySize.ofMebiBytes(64)).build()`. */
  static builder<T = unknown>(): DefaultRollingPolicyBuilder<T> {
    return new DefaultRollingPolicyBuilder<T>({});
  }

  /** @deprecated Flink's earlier name of `builder`. */
  static create<T = unknown>(): DefaultRollingPolicyBuilder<T> {
    return DefaultRollingPolicy.builder<T>();
  }

  /** Bytes. */
  getMaxPartSize(): number {
    return this.maxPartSize;
  }
  /** Milliseconds. */
  getRolloverInterval(): number {
    return this.rolloverMs;
  }
  /** Milliseconds. */
  getInactivityInterval(): number {
    return this.inactivityMs;
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

/** Each call gives a builder of its own (Flink: `DefaultRollingPolicy.PolicyBuilder`). */
export class DefaultRollingPolicyBuilder<T = unknown> {
  constructor(private readonly options: DefaultRollingPolicyOptions) {}

  /** A part is closed when it has more bytes than this. */
  withMaxPartSize(size: MemorySize | number): DefaultRollingPolicyBuilder<T> {
    return new DefaultRollingPolicyBuilder<T>({ ...this.options, maxPartSize: typeof size === 'number' ? size : size.getBytes() });
  }

  /** How long a part stays open. */
  withRolloverInterval(interval: DurationLike): DefaultRollingPolicyBuilder<T> {
    return new DefaultRollingPolicyBuilder<T>({ ...this.options, rolloverInterval: interval });
  }

  /** How long it stays open without an element. */
  withInactivityInterval(interval: DurationLike): DefaultRollingPolicyBuilder<T> {
    return new DefaultRollingPolicyBuilder<T>({ ...this.options, inactivityInterval: interval });
  }

  /** @throws FlinkError INVALID_ARGUMENT for a size or a time that is not above 0. */
  build(): DefaultRollingPolicy<T> {
    return new DefaultRollingPolicy<T>(this.options);
  }
}

/** What all policies that bulk formats take extend: a part never goes on over a checkpoint (Flink: `CheckpointRollingPolicy`). */
export abstract class CheckpointRollingPolicy<T = unknown> implements RollingPolicy<T> {
  shouldRollOnCheckpoint(): boolean {
    return true;
  }
  abstract shouldRollOnEvent(part: PartFileInfo, element: T): boolean;
  abstract shouldRollOnProcessingTime(part: PartFileInfo, now: number): boolean;
}

/** Rolls at every checkpoint, and at no other time, so that output is visible as soon as it is safe. */
export class OnCheckpointRollingPolicy<T = unknown> extends CheckpointRollingPolicy<T> {
  /** The same as `new OnCheckpointRollingPolicy()`. */
  static build<T = unknown>(): OnCheckpointRollingPolicy<T> {
    return new OnCheckpointRollingPolicy<T>();
  }
  shouldRollOnEvent(): boolean {
    return false;
  }
  shouldRollOnProcessingTime(): boolean {
    return false;
  }
}

function aboveZero(what: string, value: number): number {
  if (!(value > 0)) throw new FlinkError('INVALID_ARGUMENT', `a DefaultRollingPolicy takes ${what} above 0; ${String(value)} came`);
  return value;
}
