/**
 * Finds out before a job starts whether it can go on from a snapshot: reads and checks every file, matches state and
 * operators, compares the states that operators are made with, and takes over the number of key groups.
 *
 * Invariant: a restore that fails here has changed nothing: not the snapshot, not the output of the job.
 */
import { basename, dirname } from 'node:path';
import type { CompletedSnapshot } from '../checkpoint/checkpoint-storage.js';
import type { FileStore } from '../checkpoint/file-store.js';
import { checkFinished } from '../checkpoint/finished-check.js';
import { checkMatched, describeRestore, type RestoreDescription, underPresentIds, withSavedMaxParallelism } from '../checkpoint/restore-check.js';
import { findLatestCheckpoint, latestCheckpointOf, olderThan, sweepIncomplete } from '../checkpoint/latest-checkpoint.js';
import { readSnapshot, recoveryFolder, verifySnapshot } from '../checkpoint/snapshot-path.js';
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { CheckpointDirectory, ClaimMode, IgnoreUnclaimedState, RestorePath } from '../core/options.js';
import { withAnyKeys } from '../checkpoint/snapshot-metadata.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { RestoredSnapshot } from './job-checkpoints.js';
import { foreseeStates, type RehearsedProgram, rehearseOpening, type Unchecked } from './rehearse-restore.js';

/** What a job goes on from. */
export interface RestoreSettings {
  /** A savepoint or checkpoint: its folder or its file `_metadata`. */
  readonly path: string;
  /** State of operators that the program does not have is dropped instead of an error, and keys may be of another type. */
  readonly allowNonRestoredState: boolean;
  /** `CLAIM`: the job may delete the snapshot when it does not need it any more. */
  readonly claimMode: 'NO_CLAIM' | 'CLAIM';
  /** Older checkpoints that are claimed along with it, which the run that left them would have deleted in time. */
  readonly older?: readonly CompletedSnapshot[];
  /** The folder by which a recovery found it, when it is no checkpoint of the job's own. */
  readonly reference?: string;
}

/** As the configuration says; undefined when the job starts afresh. */
export function restoreSettings(configuration: Configuration): RestoreSettings | undefined {
  const path = configuration.get(RestorePath);
  return path === undefined ? undefined : { path, allowNonRestoredState: configuration.get(IgnoreUnclaimedState), claimMode: configuration.get(ClaimMode) };
}

/** What recovering a job has to know of the world outside. */
export interface Recovery {
  /** Whether the job of this id is still there: then its checkpoints are its own. */
  stillRuns(jobId: string): Promise<boolean>;
}

/**
 * The newest complete checkpoint of a job of this name in the folder for checkpoints, to be claimed, or the savepoint that
 * it ended with or began with; undefined when there is none. What was left half-written beside it is deleted.
 */
export async function recoverySettings(configuration: Configuration, jobName: string, recovery: Recovery, files?: FileStore): Promise<RestoreSettings | undefined> {
  const directory = configuration.get(CheckpointDirectory);
  if (directory === undefined) {
    throw new FlinkError('CONFIGURATION', 'to recover a job takes the folder of its checkpoints, but execution.checkpointing.dir is not set', {
      hint: 'Set it as in the run that is to be recovered, for example -D execution.checkpointing.dir=checkpoints.',
    });
  }
  const latest = await findLatestCheckpoint(directory, jobName, files);
  if (latest?.path === undefined) return undefined;
  const place = recoveryFolder(latest)!;
  const jobId = basename(dirname(place));
  if (await recovery.stillRuns(jobId)) {
    throw new FlinkError('SNAPSHOT_IN_USE', `the newest checkpoint of "${jobName}" is that of job ${jobId}, which still runs`, { hint: `Stop that job first (\`flink stop ${jobId.slice(0, 8)}\`), or start this one without --recover.` });
  }
  return takenOver(configuration, latest, latest.path, files);
}

/** The newest complete checkpoint of this very job, to be claimed; undefined when there is none. */
export async function ownLatestCheckpoint(configuration: Configuration, job: { readonly jobId: string; readonly jobName: string }, files?: FileStore): Promise<RestoreSettings | undefined> {
  const directory = configuration.get(CheckpointDirectory);
  const latest = directory === undefined ? undefined : await latestCheckpointOf(directory, job, files);
  return latest?.path === undefined ? undefined : takenOver(configuration, latest, latest.path, files);
}

/** With all that the run before would have deleted in time. */
async function takenOver(configuration: Configuration, latest: CompletedSnapshot, path: string, files: FileStore | undefined): Promise<RestoreSettings> {
  await sweepIncomplete(latest, files);
  const { reference } = latest;
  return {
    path, allowNonRestoredState: configuration.get(IgnoreUnclaimedState), older: await olderThan(latest, files),
    // A savepoint stays its user's.
    ...(reference === undefined ? { claimMode: 'CLAIM' } : { claimMode: 'NO_CLAIM', reference }),
  };
}

export interface PreparedRestore {
  /** With as many key groups as the snapshot has. */
  readonly jobGraph: JobGraph;
  readonly restored: RestoredSnapshot;
}

/**
 * Rejects with STATE_UNMATCHED, STATE_INCOMPATIBLE, one of the SNAPSHOT_ codes, or CHECKPOINT_STORAGE.
 */
export async function prepareRestore(jobGraph: JobGraph, program: RehearsedProgram, settings: RestoreSettings, files?: FileStore): Promise<PreparedRestore> {
  const snapshot = await readFor(jobGraph, settings, files);
  checkMatched(snapshot.metadata, jobGraph, settings.allowNonRestoredState);
  checkFinished(snapshot.metadata, jobGraph);
  const adapted = withSavedMaxParallelism(snapshot.metadata, jobGraph, program.graph);
  foreseeStates(snapshot.metadata, adapted, program);
  await verifySnapshot(snapshot, files);
  const { reference } = settings;
  const metadata = settings.allowNonRestoredState ? withAnyKeys(snapshot.metadata) : snapshot.metadata;
  const found = { ...snapshot, metadata, ...(reference === undefined ? {} : { reference }) };
  return { jobGraph: adapted, restored: { snapshot: found, claimed: settings.claimMode === 'CLAIM', older: settings.older ?? [] } };
}

/** State that was saved before its operator had a uid is given the id that the operator has now. */
async function readFor(jobGraph: JobGraph, { path }: RestoreSettings, files: FileStore | undefined): Promise<CompletedSnapshot> {
  const snapshot = await readSnapshot(path, files);
  return { ...snapshot, metadata: underPresentIds(snapshot.metadata, jobGraph) };
}

/** What a restore would do, without doing it; whether it would be allowed, too. */
export interface DryRestore extends RestoreDescription {
  readonly snapshot: CompletedSnapshot;
  /** Why the restore would be refused; undefined when it would not. */
  readonly refusal: Error | undefined;
  /** Operators of which only a run can tell whether their states fit. */
  readonly unchecked: readonly Unchecked[];
}

/** Opens and closes the functions that have state in the snapshot. Rejects when the snapshot cannot be read at all. */
export async function dryRestore(jobGraph: JobGraph, program: RehearsedProgram, settings: RestoreSettings, files?: FileStore): Promise<DryRestore> {
  const snapshot = await readFor(jobGraph, settings, files);
  const unchecked: Unchecked[] = [];
  const refusal = await prepareRestore(jobGraph, program, settings, files)
    .then(async (prepared) => void unchecked.push(...(await rehearseOpening(snapshot.metadata, prepared.jobGraph, program))))
    .then(() => undefined, (error: Error) => error);
  return { snapshot, ...describeRestore(snapshot.metadata, jobGraph), refusal, unchecked };
}
