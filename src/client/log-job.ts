/**
 * Writes what becomes of a job into a log: its states and those of its tasks, checkpoints, restarts and standstills, each
 * with the job, the vertex and the subtask that it is about.
 */
import type { ExecutionState, JobEvent, RunningJob } from '../cluster/running-job.js';
import type { Clock } from '../core/clock.js';
import type { LogFacts, Say } from '../core/log.js';
import { checkpointLines } from './checkpoint-lines.js';
import { type JobDisplay, standstillLines } from './job-display.js';
import { restartLines } from './restart-lines.js';
import type { UserSources } from './user-stack.js';

export function logJob(job: RunningJob, say: Say, clock: Clock, sources?: UserSources): JobDisplay {
  const about = { jobId: job.jobId, jobName: job.name };
  const verticesNow = () => new Map(job.snapshot().vertices.map((vertex) => [vertex.id, vertex]));
  let vertexOf = verticesNow();
  say(`Job "${job.name}" is ${job.status()}`, about);
  const close = job.subscribe((event) => {
    if (event.type === 'rescaled') vertexOf = verticesNow();
    const told = lineOf(event, job.name, (vertexId) => vertexOf.get(vertexId));
    if (told) say(told.text, { ...about, ...told.facts });
  });
  const warnings = { say: (text: string) => say(text, { ...about, level: 'WARN' }) };
  const others = [restartLines(job, warnings, sources), checkpointLines(job, warnings), standstillLines(job, warnings, clock)];
  return {
    close() {
      close();
      for (const other of others) other.close();
    },
  };
}

/** Those that do not last are for who looks closely. */
const LASTING: ReadonlySet<ExecutionState> = new Set(['RUNNING', 'FINISHED', 'CANCELED', 'FAILED']);

function lineOf(event: JobEvent, name: string, vertexOf: (vertexId: string) => { readonly name: string; readonly parallelism: number } | undefined): { text: string; facts: LogFacts } | undefined {
  switch (event.type) {
    case 'job-status': return { text: `Job "${name}" is ${event.status}${because(event.error)}`, facts: event.status === 'FAILED' ? { level: 'ERROR' } : {} };
    case 'execution-state': {
      const { vertexId, subtask, attempt, state, error } = event;
      const vertex = vertexOf(vertexId);
      const level = state === 'FAILED' ? 'WARN' : LASTING.has(state) ? 'INFO' : 'DEBUG';
      return { text: `${vertex?.name ?? vertexId} (${subtask + 1}/${vertex?.parallelism ?? 1})#${attempt} is ${state}${because(error)}`, facts: { level, vertexId, ...(vertex ? { vertex: vertex.name } : {}), subtask, attempt } };
    }
    case 'checkpoint': return event.error ? undefined : { text: `Checkpoint ${event.checkpointId} is complete`, facts: { checkpointId: event.checkpointId } };
    default: return undefined;
  }
}

function because(error: Error | undefined): string {
  return error === undefined ? '' : `: ${error.message}`;
}
