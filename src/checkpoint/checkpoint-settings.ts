/**
 * How a job's checkpoints are taken, read from its configuration.
 */
import type { CheckpointLocation, CheckpointOptions } from '../core/checkpoint.js';
import type { Configuration } from '../core/configuration.js';
import {
  AlignedCheckpointTimeout, CheckpointDirectory, CheckpointHistorySize, CheckpointInlineThreshold, CheckpointInterval, CheckpointIntervalDuringBacklog, CheckpointMode, CheckpointsAfterTasksFinish,
  CheckpointStorageOption, CheckpointTimeout, ExternalizedCheckpointRetentionOption, IgnoredInFlightCheckpoint, MaxConcurrentCheckpoints, MaxMemoryStateSize, MinPauseBetweenCheckpoints,
  RetainedCheckpoints, SavepointDirectory, TolerableFailedCheckpoints, UnalignedCheckpoints,
} from '../core/options.js';
import { FlinkError } from '../core/errors.js';
import type { Random } from '../core/random.js';
import { formatDuration } from '../core/time.js';
import type { CoordinatorSettings } from './checkpoint-coordinator.js';
import type { CheckpointRequest } from './checkpoint-request.js';
import type { CheckpointStorage } from './checkpoint-storage.js';
import type { ExternalizedRetention } from './completed-checkpoints.js';
import { DirectoryStorage } from './directory-storage.js';
import type { FileStore } from './file-store.js';
import { MemoryStorage } from './memory-storage.js';

export interface CheckpointSettings extends CoordinatorSettings {
  readonly mode: 'EXACTLY_ONCE' | 'AT_LEAST_ONCE';
  readonly timeoutMs: number;
  /** 0: unaligned checkpoints do not begin aligned. */
  readonly alignedTimeoutMs: number;
  readonly retained: number;
  readonly retention: ExternalizedRetention;
  readonly historySize: number;
  /** The checkpoint whose records in flight are left out in a restore; -1 for none. */
  readonly ignoredInFlight: number;
  /** What was asked for but cannot be, for people. */
  readonly warnings: readonly string[];
}

/** @param streaming false for a job in runtime mode BATCH, which takes no checkpoints. */
export function checkpointSettings(configuration: Configuration, streaming: boolean): CheckpointSettings {
  const mode = configuration.get(CheckpointMode);
  const maxConcurrent = configuration.get(MaxConcurrentCheckpoints);
  const wantsUnaligned = configuration.get(UnalignedCheckpoints);
  const unaligned = wantsUnaligned && mode === 'EXACTLY_ONCE' && maxConcurrent === 1;
  return {
    intervalMs: streaming ? configuration.get(CheckpointInterval) : undefined,
    backlogIntervalMs: backlogInterval(configuration),
    minPauseMs: configuration.get(MinPauseBetweenCheckpoints),
    maxConcurrent,
    tolerableFailures: configuration.get(TolerableFailedCheckpoints),
    afterTasksFinish: configuration.get(CheckpointsAfterTasksFinish),
    unaligned,
    mode,
    timeoutMs: configuration.get(CheckpointTimeout),
    alignedTimeoutMs: configuration.get(AlignedCheckpointTimeout),
    retained: configuration.get(RetainedCheckpoints),
    retention: configuration.get(ExternalizedCheckpointRetentionOption),
    historySize: configuration.get(CheckpointHistorySize),
    ignoredInFlight: configuration.get(IgnoredInFlightCheckpoint),
    warnings: wantsUnaligned && !unaligned ? ['Unaligned checkpoints need the mode EXACTLY_ONCE and one checkpoint at a time: checkpoints of this job are aligned.'] : [],
  };
}

/** @throws FlinkError CONFIGURATION when checkpoints would be closer together than otherwise. */
function backlogInterval(configuration: Configuration): number | undefined {
  const [during, otherwise] = [configuration.get(CheckpointIntervalDuringBacklog), configuration.get(CheckpointInterval)];
  if (during !== undefined && during !== 0 && otherwise !== undefined && during < otherwise) {
    throw new FlinkError('CONFIGURATION', `execution.checkpointing.interval-during-backlog is ${formatDuration(during)}, but must be 0 or at least execution.checkpointing.interval, which is ${formatDuration(otherwise)}`);
  }
  return during;
}

/** What the tasks are asked for. */
export function checkpointOptions(settings: CheckpointSettings, request: CheckpointRequest, location: CheckpointLocation): CheckpointOptions {
  const { kind, format, stop } = request;
  const common = { kind, format, location, ...(stop ? { stop } : {}) };
  if (kind === 'savepoint') return { ...common, alignment: 'aligned' };
  if (settings.mode === 'AT_LEAST_ONCE') return { ...common, alignment: 'at-least-once' };
  if (!settings.unaligned) return { ...common, alignment: 'aligned' };
  return settings.alignedTimeoutMs > 0 ? { ...common, alignment: 'aligned', alignedTimeoutMs: settings.alignedTimeoutMs } : { ...common, alignment: 'unaligned' };
}

export interface StorageSurroundings {
  readonly jobId: string;
  readonly files: FileStore;
  readonly random: Random;
}

/** @throws FlinkError CONFIGURATION when checkpoints are to be files but no folder is set. */
export function checkpointStorage(configuration: Configuration, surroundings: StorageSurroundings): CheckpointStorage {
  const directory = configuration.get(CheckpointDirectory);
  const common = { ...surroundings, savepointDirectory: configuration.get(SavepointDirectory), inlineBytesMax: configuration.get(CheckpointInlineThreshold) };
  const storage = configuration.get(CheckpointStorageOption) ?? (directory === undefined ? 'jobmanager' : 'filesystem');
  if (storage === 'jobmanager') return new MemoryStorage({ ...common, maxStateBytes: configuration.get(MaxMemoryStateSize) });
  if (directory === undefined) {
    throw new FlinkError('CONFIGURATION', 'execution.checkpointing.storage is filesystem, but execution.checkpointing.dir is not set', { hint: 'Set execution.checkpointing.dir to a folder.' });
  }
  return new DirectoryStorage({ ...common, directory });
}
