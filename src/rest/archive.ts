/**
 * Everything that is answered about a job that has ended, for whoever answers when its process is gone (Flink's form:
 * `ArchivedJson`, the files of its history server).
 */
import type { JobSnapshot } from '../cluster/running-job.js';
import type { AsynchronousOperations } from './asynchronous-operations.js';
import type { Endpoint } from './endpoint.js';
import { jobManagerOfJobEndpoints } from './job-manager-endpoints.js';
import { jobEndpoints } from './job-endpoints.js';
import type { JobRecord } from './job-record.js';
import type { KnownJobs } from './job-records.js';
import { vertexEndpoints } from './vertex-endpoints.js';
import { checkpointEndpoints } from './checkpoint-endpoints.js';

export interface ArchivedAnswer {
  /** Bare, as `/jobs/0123…/vertices/4567…`. */
  readonly path: string;
  readonly json: object;
}

/** How long an operation that outlasts its job holds up the archive. */
const OPERATIONS_PATIENCE_MS = 1_000;

/**
 * All of what `GET` answers of a job, its entry of `/jobs/overview`, and how operations went: whoever has stopped it asks
 * when it has ended. To be called when the job has ended.
 */
export async function archiveOf(record: JobRecord, operations: AsynchronousOperations): Promise<ArchivedAnswer[]> {
  const answers: ArchivedAnswer[] = [{ path: '/jobs/overview', json: { jobs: [record.overview()] } }];
  for (const endpoint of archivedEndpoints(record)) {
    for (const parameters of parametersOf(endpoint, record)) {
      const path = endpoint.path.replaceAll(/:(\w+)/g, (_, name: string) => parameters[name]!);
      const asked = { param: (name: string) => parameters[name]!, query: {}, body: undefined, origin: '' };
      answers.push({ path, json: (await endpoint.handle(asked)) as object });
    }
  }
  for (const [trigger, json] of await operations.outcomes(OPERATIONS_PATIENCE_MS)) {
    for (const kind of ['checkpoints', 'savepoints']) answers.push({ path: `/jobs/${record.job.jobId}/${kind}/${trigger}`, json });
  }
  return answers;
}

function archivedEndpoints(record: JobRecord): Endpoint[] {
  const records: KnownJobs = { all: () => [record], of: () => record };
  return [...jobEndpoints(records), ...vertexEndpoints(records), ...checkpointEndpoints(records), ...jobManagerOfJobEndpoints(records)].filter(({ archived }) => archived);
}

type Parameters = Readonly<Record<string, string>>;

/** What the parameters of a path may be for this job, all combinations. */
function parametersOf({ path }: Endpoint, { job }: JobRecord): Parameters[] {
  const snapshot = job.snapshot();
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  return names.reduce<Parameters[]>((known, name) => known.flatMap((parameters) => valuesOf(name, parameters, snapshot, job).map((value) => ({ ...parameters, [name]: value }))), [{}]);
}

function valuesOf(name: string, { vertexid, subtaskindex }: Parameters, snapshot: JobSnapshot, job: JobRecord['job']): string[] {
  const subtasks = snapshot.vertices.find(({ id }) => id === vertexid)?.subtasks ?? [];
  switch (name) {
    case 'jobid': return [snapshot.jobId];
    case 'vertexid': return snapshot.vertices.map(({ id }) => id);
    case 'subtaskindex': return subtasks.map(({ subtask }) => String(subtask));
    case 'attempt': return [
      ...subtasks.filter(({ subtask }) => String(subtask) === subtaskindex).map(({ attempt }) => String(attempt)),
      ...snapshot.pastAttempts.filter((past) => past.vertexId === vertexid && String(past.subtask) === subtaskindex).map(({ attempt }) => String(attempt)),
    ];
    case 'checkpointid': return job.checkpoints().history.map(({ id }) => String(id));
    default: return [];
  }
}
