/**
 * Where a batch job keeps what its tasks have made for one another, so that a task that fails reads it again and those
 * before it need not run again.
 *
 * Invariant: the folder goes with the job, however that ends, or with the process that follows one that was killed.
 */
import { rm } from 'node:fs/promises';
import type { Configuration } from '../core/configuration.js';
import { FailoverStrategy } from '../core/options.js';
import type { JobGraph } from '../graph/job-graph.js';
import { makeWorkingFolder } from '../state/level/working-folder.js';
import { NO_RESTART, type RestartStrategy } from './execution/restart-strategy.js';

/** Only where it can be of use: in batch mode, for a job that may restart in parts. */
export function keepsResults({ runtimeMode, vertices }: JobGraph, configuration: Configuration, restart: RestartStrategy): boolean {
  // What is co-located runs at the same time.
  return runtimeMode === 'BATCH' && restart !== NO_RESTART && configuration.get(FailoverStrategy) === 'region' && vertices.every(({ colocation }) => colocation === undefined);
}

export class ResultFolder {
  path: string | undefined;

  /** @param place where it is made; the system's folder for temporary files unless given. */
  constructor(private readonly place: string | undefined) {}

  /** Rejects with STATE_STORE. */
  async make(): Promise<void> {
    this.path = await makeWorkingFolder(this.place);
  }

  /** Never rejects. */
  async remove(): Promise<void> {
    if (this.path !== undefined) await rm(this.path, { recursive: true, force: true }).catch(() => {});
  }
}
