/**
 * From which snapshot a job goes on, as a program says it (Flink: `SavepointRestoreSettings`).
 */
import type { Configuration } from '../core/configuration.js';
import { ClaimMode, IgnoreUnclaimedState, RestorePath } from '../core/options.js';
import { badArgument, nameArgument } from './arguments.js';

/** Whose the snapshot is from then on (Flink: `RecoveryClaimMode`). */
export const RecoveryClaimMode = {
  /** Yours. The job deletes nothing of it, and does without it once it has a checkpoint of its own. */
  NO_CLAIM: 'NO_CLAIM',
  /** The job's, which deletes it when it is not needed any more. */
  CLAIM: 'CLAIM',
} as const;
export type RecoveryClaimMode = (typeof RecoveryClaimMode)[keyof typeof RecoveryClaimMode];

/** Flink's name before 1.20. */
export const RestoreMode = RecoveryClaimMode;
export type RestoreMode = RecoveryClaimMode;

export class SavepointRestoreSettings {
  private constructor(private readonly path: string | undefined, private readonly allows: boolean, private readonly mode: RecoveryClaimMode) {}

  /** The job begins afresh. */
  static none(): SavepointRestoreSettings {
    return new SavepointRestoreSettings(undefined, false, ClaimMode.defaultValue);
  }

  /**
   * The job goes on from this savepoint or checkpoint.
   *
   * @param path its folder or its file `_metadata`.
   * @param allowNonRestoredState whether state of operators that the program does not have is dropped, instead of an error.
   */
  static forPath(path: string, allowNonRestoredState: boolean = IgnoreUnclaimedState.defaultValue, claimMode: RecoveryClaimMode = ClaimMode.defaultValue): SavepointRestoreSettings {
    if (!Object.hasOwn(RecoveryClaimMode, claimMode)) throw badArgument('SavepointRestoreSettings.forPath', 'one of NO_CLAIM, CLAIM', claimMode);
    return new SavepointRestoreSettings(nameArgument('SavepointRestoreSettings.forPath', path, 'a folder'), allowNonRestoredState, claimMode);
  }

  /** What a configuration says. */
  static fromConfiguration(configuration: Configuration): SavepointRestoreSettings {
    const path = configuration.get(RestorePath);
    return path === undefined ? SavepointRestoreSettings.none() : SavepointRestoreSettings.forPath(path, configuration.get(IgnoreUnclaimedState), configuration.get(ClaimMode));
  }

  /** Sets the keys that this stands for. */
  static toConfiguration(settings: SavepointRestoreSettings, configuration: Configuration): void {
    configuration.set(IgnoreUnclaimedState, settings.allows).set(ClaimMode, settings.mode);
    if (settings.path === undefined) configuration.unset(RestorePath);
    else configuration.set(RestorePath, settings.path);
  }

  /** Whether there is a snapshot to go on from. */
  restoreSavepoint(): boolean {
    return this.path !== undefined;
  }

  getRestorePath(): string | undefined {
    return this.path;
  }

  allowNonRestoredState(): boolean {
    return this.allows;
  }

  getRecoveryClaimMode(): RecoveryClaimMode {
    return this.mode;
  }

  /** Flink's name before 1.20. */
  getRestoreMode(): RecoveryClaimMode {
    return this.mode;
  }

  equals(other: unknown): boolean {
    return other instanceof SavepointRestoreSettings && other.path === this.path && other.allows === this.allows && other.mode === this.mode;
  }

  toString(): string {
    return this.path === undefined ? 'SavepointRestoreSettings.none()' : `SavepointRestoreSettings.forPath(restorePath='${this.path}', allowNonRestoredState=${this.allows}, recoveryClaimMode=${this.mode})`;
  }
}
