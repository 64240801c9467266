/**
 * Learns what job a bundle builds, in a process that does nothing else.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deserializeError, FlinkError, type SerializedError } from '../core/errors.js';
import type { Dispatcher } from './dispatcher.js';
import type { JobSubmission } from './job-order.js';
import { startJobProcess } from './job-process.js';

/** A program that builds nothing must not stay for ever. */
const PATIENCE_MS = 60_000;
const NO_JOB_ID = '0'.repeat(32);

export async function planBundle({ options: { script, folder, configuration, clock } }: Dispatcher, submission: JobSubmission, bundle: string): Promise<unknown> {
  const scratch = mkdtempSync(join(folder, 'plan-'));
  const order = {
    ...submission, jobId: submission.jobId ?? NO_JOB_ID, configuration: { ...configuration, ...submission.configuration }, bundle, parent: folder, recover: false, purpose: 'plan', diesWithParent: true,
  } as const;
  try {
    return await new Promise((resolve, reject) => {
      const patience = clock.schedule(PATIENCE_MS, () => {
        child.kill();
        reject(new FlinkError('TIMEOUT', `the program has built no job within ${PATIENCE_MS / 1_000} s`));
      });
      const child = startJobProcess({ script, order, outputs: { out: join(scratch, 'out'), log: join(scratch, 'log') } }, {
        message: (message) => {
          if (message.type === 'planned') resolve(message.plan);
          if (message.type === 'refused') reject(deserializeError(message.error as unknown as SerializedError));
        },
        exited: (code, signal) => {
          patience.cancel();
          reject(new FlinkError('JOB_PROCESS_LOST', `the process that was to plan the job was ended by ${signal ?? `exit code ${code}`}`));
        },
      });
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
