/**
 * Jobs of session clusters and of detached processes of this user that have ended, as they are remembered on this
 * machine.
 */
import type { Clock } from '../../core/clock.js';
import { JobArchive } from '../../dispatcher/job-archive.js';
import type { ArchivedJob } from '../../dispatcher/job-order.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { sessionFolder } from './session-folder.js';

export interface EndedJobs {
  readonly jobs: readonly ArchivedJob[];
  /** How many there are that other versions wrote, by version: they cannot be read. */
  readonly foreign: ReadonlyMap<number, number>;
  /** Folder of their logs. */
  readonly logs: string;
}

export async function endedJobs(clock: Clock): Promise<EndedJobs> {
  const { configuration } = await loadConfiguration();
  const { archive: folder, logs } = sessionFolder(configuration);
  const archive = new JobArchive(folder, configuration, clock);
  return { jobs: archive.all(), foreign: archive.foreign(), logs };
}
