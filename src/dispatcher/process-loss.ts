/**
 * Decides what becomes of a program whose process has gone without having said how its jobs ended.
 *
 * A job's process is its JobManager and its TaskManagers in one. Flink replaces a lost TaskManager, and the job starts again
 * as its restart strategy says; a lost JobManager costs it the job unless what it would go back to lies elsewhere. So the
 * strategy decides, and the job is lost when its checkpoints were in the memory of the process.
 */
import { configuredRestart } from '../cluster/execution/configured-restart.js';
import type { RestartStrategy } from '../cluster/execution/restart-strategy.js';
import { Configuration } from '../core/configuration.js';
import { ERROR_KINDS, FlinkError } from '../core/errors.js';
import { CheckpointDirectory, CheckpointInterval, CheckpointStorageOption, optionOf } from '../core/options.js';
import type { Random } from '../core/random.js';

/** What a job's process says, before the job runs, of what is to be done when it has gone: settings by key. */
export type LossSettings = Readonly<Record<string, unknown>>;

const SETTINGS = /^restart-strategy[.]|^execution[.]checkpointing[.](interval|dir|storage)$/;

export function lossSettings(configuration: Configuration): LossSettings {
  return Object.fromEntries([...configuration.entries()].filter(([key]) => SETTINGS.test(key)).map(([key, { value }]) => [key, value]));
}

/** Why the job cannot start again, or the strategy that says when. */
export type AfterLoss = { readonly strategy: RestartStrategy } | { readonly lost: string };

export function afterLoss(settings: LossSettings, random: Random): AfterLoss {
  const configuration = new Configuration();
  for (const [key, raw] of Object.entries(settings)) configuration.setRaw(optionOf(key, 'the job'), raw, 'the job', key);
  const kept = configuration.get(CheckpointDirectory) !== undefined && configuration.get(CheckpointStorageOption) !== 'jobmanager';
  if (configuration.get(CheckpointInterval) !== undefined && !kept) return { lost: 'its checkpoints were in the memory of that process' };
  return { strategy: configuredRestart(configuration, random) };
}

/** How the process ended, as an error of the job. */
export function processLost(code: number | null, signal: string | null, log: string): FlinkError {
  const how = signal === null ? `with exit code ${code ?? 'unknown'}` : `by ${signal}`;
  return new FlinkError('JOB_PROCESS_LOST', `the process of the job was ended ${how}`, {
    hint: `Its log may say why: ${log}. Node ends by SIGABRT when memory runs out, the system by SIGKILL. With execution.checkpointing.interval and execution.checkpointing.dir set, or in a highly available cluster, a job goes on by itself.`,
  });
}

/** Whether what kept a program from going on may pass. */
export function mayPass(error: Error): boolean {
  return error instanceof FlinkError && ERROR_KINDS[error.code].retry !== 'none';
}
