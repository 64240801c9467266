/**
 * Says that checkpoints of a job fail while the job runs on, and what can be done; and that they are complete again.
 *
 * Invariant: of several that fail one after another the first is told, and others that fail in another way.
 */
import type { JobEvent, RunningJob } from '../cluster/running-job.js';
import { FlinkError } from '../core/errors.js';
import { withHint } from './restart-lines.js';
import type { Terminal } from './terminal.js';

export function checkpointLines(job: RunningJob, terminal: Pick<Terminal, 'say'>): { close(): void } {
  let failed = 0;
  let told: string | undefined;
  const close = job.subscribe((event) => {
    if (event.type !== 'checkpoint') return;
    if (event.error) {
      failed += 1;
      const kind = kindOf(event.error);
      if (kind === told) return;
      told = kind;
      const { message } = event.error;
      terminal.say(`  The job runs on without a checkpoint: ${event.error instanceof FlinkError ? withHint(message, event.error.hint) : message}`);
    } else {
      if (failed > 0) terminal.say(`  Checkpoints are complete again, from ${event.checkpointId} on, after ${failed} failed`);
      failed = 0;
      told = undefined;
    }
  });
  return { close };
}

/** The same for failures that differ in numbers and names of files only. */
function kindOf({ cause, message }: NonNullable<Extract<JobEvent, { type: 'checkpoint' }>['error']>): string {
  const system = (cause as { cause?: { code?: string } } | undefined)?.cause?.code;
  return system ?? /\(([A-Z_]+)\)/.exec(message)?.[1] ?? message;
}
