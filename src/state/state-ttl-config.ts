/**
 * How long state lives after it was last used (Flink: `StateTtlConfig`).
 *
 * Only processing time counts. A value has expired once its age has reached the time to live.
 */
import { FlinkError } from '../core/errors.js';
import { type DurationLike, toMillis } from '../core/time.js';

/** Which accesses make state young again. */
export const UpdateType = { Disabled: 'Disabled', OnCreateAndWrite: 'OnCreateAndWrite', OnReadAndWrite: 'OnReadAndWrite' } as const;
export type UpdateType = keyof typeof UpdateType;

/** Whether a value that has expired, but is still there, is shown. */
export const StateVisibility = { NeverReturnExpired: 'NeverReturnExpired', ReturnExpiredIfNotCleanedUp: 'ReturnExpiredIfNotCleanedUp' } as const;
export type StateVisibility = keyof typeof StateVisibility;

export const TtlTimeCharacteristic = { ProcessingTime: 'ProcessingTime' } as const;
export type TtlTimeCharacteristic = keyof typeof TtlTimeCharacteristic;

/** When state that nobody reads is removed. */
export interface TtlCleanup {
  /** Expired state is left out of full snapshots. */
  readonly fullSnapshot: boolean;
  /** Each access looks at so many entries and removes those that have expired. */
  readonly incremental: { readonly entries: number; readonly everyRecord: boolean } | undefined;
  /** Set: expired entries go while a backend on disk is in use. The number is RocksDB's and means nothing here. */
  readonly compactionEntries: number | undefined;
  /** The backend may clean up in the way that suits it. */
  readonly inBackground: boolean;
}

interface TtlSettings {
  readonly ttlMs: number;
  readonly updateType: UpdateType;
  readonly visibility: StateVisibility;
  readonly cleanup: TtlCleanup;
}

const DEFAULT_INCREMENTAL = { entries: 5, everyRecord: false };
const DEFAULT_COMPACTION_ENTRIES = 1000;

export class StateTtlConfig {
  static readonly UpdateType = UpdateType;
  static readonly StateVisibility = StateVisibility;
  static readonly TtlTimeCharacteristic = TtlTimeCharacteristic;
  /** State lives for ever. */
  static readonly DISABLED: StateTtlConfig = new StateTtlConfig({
    ttlMs: Number.POSITIVE_INFINITY,
    updateType: 'Disabled',
    visibility: 'NeverReturnExpired',
    cleanup: { fullSnapshot: false, incremental: undefined, compactionEntries: undefined, inBackground: false },
  });

  /** Use `StateTtlConfig.newBuilder`. */
  constructor(private readonly settings: TtlSettings) {}

  /** @param ttl how long state lives: milliseconds, `Duration.ofHours(1)` or `"1 h"`; more than nothing. */
  static newBuilder(ttl: DurationLike): StateTtlConfigBuilder {
    return new StateTtlConfigBuilder(ttl);
  }

  isEnabled(): boolean {
    return this.settings.updateType !== 'Disabled';
  }
  /** Milliseconds. */
  getTimeToLive(): number {
    return this.settings.ttlMs;
  }
  /** @deprecated Flink's older name of `getTimeToLive`. */
  getTtl(): number {
    return this.settings.ttlMs;
  }
  getUpdateType(): UpdateType {
    return this.settings.updateType;
  }
  getStateVisibility(): StateVisibility {
    return this.settings.visibility;
  }
  getTtlTimeCharacteristic(): TtlTimeCharacteristic {
    return 'ProcessingTime';
  }
  getCleanupStrategies(): TtlCleanup {
    return this.settings.cleanup;
  }
  /**
   * What a backend looks at with each access: what was asked for, or a little.
   * @param onDisk the backend is on disk: cleaning up while it compacts is this, too, for LevelDB asks nobody what to keep.
   */
  incrementalCleanup(onDisk: boolean): { readonly entries: number; readonly everyRecord: boolean } | undefined {
    const { incremental, inBackground, compactionEntries } = this.settings.cleanup;
    return incremental ?? (inBackground || (onDisk && compactionEntries !== undefined) ? DEFAULT_INCREMENTAL : undefined);
  }
}

/** Defaults: `OnCreateAndWrite`, `NeverReturnExpired`, cleaned up in the background. */
export class StateTtlConfigBuilder {
  private readonly ttlMs: number;
  private updateType: UpdateType = 'OnCreateAndWrite';
  private visibility: StateVisibility = 'NeverReturnExpired';
  private cleanup: TtlCleanup = { fullSnapshot: false, incremental: undefined, compactionEntries: undefined, inBackground: true };

  constructor(ttl: DurationLike) {
    this.ttlMs = toMillis(ttl);
    if (this.ttlMs <= 0) throw new FlinkError('INVALID_ARGUMENT', `a time to live needs more than 0 ms; ${this.ttlMs} ms came`, { hint: 'Give milliseconds, Duration.ofMinutes(10) or "10 min".' });
  }

  setUpdateType(updateType: UpdateType): this {
    this.updateType = member('setUpdateType', UpdateType, updateType);
    return this;
  }
  updateTtlOnCreateAndWrite(): this {
    return this.setUpdateType('OnCreateAndWrite');
  }
  updateTtlOnReadAndWrite(): this {
    return this.setUpdateType('OnReadAndWrite');
  }
  setStateVisibility(visibility: StateVisibility): this {
    this.visibility = member('setStateVisibility', StateVisibility, visibility);
    return this;
  }
  neverReturnExpired(): this {
    return this.setStateVisibility('NeverReturnExpired');
  }
  returnExpiredIfNotCleanedUp(): this {
    return this.setStateVisibility('ReturnExpiredIfNotCleanedUp');
  }
  setTtlTimeCharacteristic(characteristic: TtlTimeCharacteristic): this {
    member('setTtlTimeCharacteristic', TtlTimeCharacteristic, characteristic);
    return this;
  }
  useProcessingTime(): this {
    return this;
  }
  /** Leaves expired state out of full snapshots. */
  cleanupFullSnapshot(): this {
    this.cleanup = { ...this.cleanup, fullSnapshot: true };
    return this;
  }
  /**
   * Looks at a few entries with each access to the state (on the heap).
   * @param cleanupSize how many
   * @param runCleanupForEveryRecord also when a record comes that does not touch the state
   */
  cleanupIncrementally(cleanupSize: number, runCleanupForEveryRecord: boolean): this {
    if (!Number.isSafeInteger(cleanupSize) || cleanupSize <= 0) {
      throw new FlinkError('INVALID_ARGUMENT', `cleanupIncrementally takes a whole number of entries from 1; ${String(cleanupSize)} came`);
    }
    this.cleanup = { ...this.cleanup, incremental: { entries: cleanupSize, everyRecord: runCleanupForEveryRecord } };
    return this;
  }
  /**
   * Drops expired entries of a backend on disk. LevelDB cannot do that while it compacts: a few entries are looked at with each
   * access instead, and what is removed takes no room after the next compaction. No effect on the heap.
   * @param _periodicCompactionTime how old files are that Flink's RocksDB compacts in any case; of no effect here.
   */
  cleanupInRocksdbCompactFilter(queryTimeAfterNumEntries: number = DEFAULT_COMPACTION_ENTRIES, _periodicCompactionTime?: DurationLike): this {
    this.cleanup = { ...this.cleanup, compactionEntries: queryTimeAfterNumEntries };
    return this;
  }
  /** Expired state goes only when it is read, or by what was asked for here. */
  disableCleanupInBackground(): this {
    this.cleanup = { ...this.cleanup, inBackground: false };
    return this;
  }

  build(): StateTtlConfig {
    const { ttlMs, updateType, visibility, cleanup } = this;
    return new StateTtlConfig({ ttlMs, updateType, visibility, cleanup });
  }
}

function member<M extends string>(call: string, members: Readonly<Record<M, M>>, given: M): M {
  if (Object.hasOwn(members, given)) return given;
  throw new FlinkError('INVALID_ARGUMENT', `${call} takes ${Object.keys(members).join(', ')}; ${String(given)} came`);
}
