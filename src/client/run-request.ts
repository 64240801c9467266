/**
 * What `flink run` is asked for, and how the part of it that Flink keeps in the configuration gets there.
 */
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { ClaimMode, ExecutionTarget, HighAvailabilityClusterId, IgnoreUnclaimedState, RestorePath, ShutdownOnAttachedExit } from '../core/options.js';
import type { JobRequest } from './staged-job.js';

/** What the job is to go on from. */
export interface RestoreRequest {
  /** As the person gave it. */
  readonly path: string | undefined;
  readonly allowNonRestoredState: boolean;
  /** `claim` or `no_claim`. */
  readonly claimMode: string | undefined;
  /** From the newest checkpoint of a job of the same name, if there is one. */
  readonly recover: boolean;
}

export interface RunRequest extends JobRequest {
  /** The value of `-p`. */
  readonly parallelism?: number | undefined;
  /** `-D` values: `key=value`. */
  readonly dynamic: readonly string[];
  readonly detached: boolean;
  /** Detached, but not before all tasks run. */
  readonly wait?: boolean | undefined;
  /** `-t`. */
  readonly target?: string | undefined;
  /** `-m`. */
  readonly jobmanager?: string | undefined;
  /** `-z`. */
  readonly zookeeperNamespace?: string | undefined;
  /** `-sae`. */
  readonly shutdownOnAttachedExit?: boolean;
  readonly restore: RestoreRequest;
}

/** Everything that the options of `flink run` say, into the configuration. */
export function applyOptions(configuration: Configuration, { restore, target, zookeeperNamespace, shutdownOnAttachedExit }: RunRequest): void {
  applyRestore(configuration, restore);
  if (target !== undefined) configuration.setRaw(ExecutionTarget, target, '-t');
  if (zookeeperNamespace !== undefined) configuration.set(HighAvailabilityClusterId, zookeeperNamespace, '-z');
  if (shutdownOnAttachedExit) configuration.set(ShutdownOnAttachedExit, true, '-sae');
}

/** Whether the job is to run in another process than this one. Where a target is given, Flink does not look at `-m`. */
export function runsElsewhere(configuration: Configuration, { detached, jobmanager }: RunRequest): boolean {
  const target = configuration.get(ExecutionTarget);
  return detached || target === 'remote' || (jobmanager !== undefined && target === undefined);
}

/** Flink's way: the options are written into the configuration. */
export function applyRestore(configuration: Configuration, { path, allowNonRestoredState, claimMode, recover }: RestoreRequest): void {
  if (recover && path !== undefined) throw new FlinkError('USAGE', '--recover looks for a checkpoint, and -s names one', { hint: 'Give one of the two.' });
  if (path !== undefined) configuration.set(RestorePath, path, '-s');
  if (allowNonRestoredState) configuration.set(IgnoreUnclaimedState, true, '-n');
  if (claimMode !== undefined) configuration.set(ClaimMode, claimMode.toUpperCase() === 'CLAIM' ? 'CLAIM' : 'NO_CLAIM', '--claimMode');
  const without = allowNonRestoredState ? '-n' : claimMode === undefined ? undefined : '--claimMode';
  if (without === undefined || recover || configuration.get(RestorePath) !== undefined) return;
  throw new FlinkError('USAGE', `${without} says how to go on from a snapshot, but none is named`, { hint: 'Name it with -s, for example -s chk-50.' });
}
