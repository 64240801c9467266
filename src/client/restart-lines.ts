/**
 * Says when tasks of a job are going to start again, and why: with another parallelism, with the line of the job that failed, or with what can be
 * done where the world outside was the reason.
 */
import { ERROR_KINDS } from '../core/errors.js';
import type { RescaledVertex, RunningJob } from '../cluster/running-job.js';
import { formatDuration } from '../core/time.js';
import { reportError } from './error-report.js';
import { EXIT } from './exit-codes.js';
import type { Terminal } from './terminal.js';
import type { UserSources } from './user-stack.js';

/** @param sources finds the job's own lines. */
export function restartLines(job: RunningJob, terminal: Pick<Terminal, 'say'>, sources: UserSources | undefined): { close(): void } {
  const close = job.subscribe((event) => {
    if (event.type === 'rescaled') return terminal.say(`  The tasks start again with another parallelism: ${changesOf(event.vertices)}`);
    if (event.type === 'rescaling-failed') return void described(event.error, sources).then((why) => terminal.say(`  ${why}`));
    if (event.type !== 'restart-scheduled') return;
    const { tasks, delayMs, error } = event;
    void described(error, sources).then((why) => terminal.say(`  ${tasks.length === 1 ? '1 task' : `${tasks.length} tasks`} will start again in ${formatDuration(Math.round(delayMs))}: ${why}`));
  });
  return { close };
}

/** The vertices that have changed, each once. */
export function changesOf(vertices: readonly RescaledVertex[]): string {
  return vertices.map(({ name, from, to }) => `"${name}" ${to} instead of ${from}`).join(', ');
}

/** What happened, and what can be done. */
export function withHint(what: string, hint: string): string {
  return `${what.replace(/\.$/, '')}. ${hint}`;
}

async function described(error: Error, sources: UserSources | undefined): Promise<string> {
  const { code, message, hint, location } = await reportError(error, EXIT.failed, sources);
  const what = message.split('\n', 1)[0]!;
  if (location) return `${what} (${location.file}:${location.line}:${location.column ?? 1})`;
  return ERROR_KINDS[code].domain === 'external' ? withHint(what, hint) : what;
}
