/**
 * Checkpoints and savepoints of a job: what is known of them, taking them, and stopping with one.
 */
import * as z from 'zod/mini';
import { chosenSavepointDirectory } from '../checkpoint/directory-storage.js';
import { disposeSavepoint } from '../checkpoint/dispose-savepoint.js';
import type { RunningJob } from '../cluster/running-job.js';
import type { SnapshotFormat } from '../core/checkpoint.js';
import { SavepointDirectory } from '../core/options.js';
import { checkpoint, checkpointConfig, checkpoints, vertexCheckpoint } from './answers/checkpoint-schemas.js';
import { operationStatus, triggered } from './answers/common.js';
import type { AsynchronousOperations } from './asynchronous-operations.js';
import { checkpointAnswer, checkpointConfigAnswer, checkpointOf, checkpointsAnswer, vertexCheckpointAnswer } from './checkpoint-answers.js';
import { type Endpoint, endpoint } from './endpoint.js';
import type { KnownJobs } from './job-records.js';
import { RestError } from './rest-error.js';
import type { ServedProcess } from './served-process.js';

/** Clients of Apache Flink send null for what they do not say. */
const triggerId = () => z.nullish(z.string().check(z.regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits')));
const formatType = () => z.nullish(z.enum(['CANONICAL', 'NATIVE']));
const folder = () => z.nullish(z.string().check(z.minLength(1)));

const savepointRequest = () => z.object({ 'target-directory': folder(), 'cancel-job': z.nullish(z.boolean()), formatType: formatType(), triggerId: triggerId() });
const stopRequest = () => z.object({ targetDirectory: folder(), drain: z.nullish(z.boolean()), formatType: formatType(), triggerId: triggerId() });
const checkpointRequest = () => z.object({ checkpointType: z.nullish(z.enum(['CONFIGURED', 'FULL', 'INCREMENTAL'])), triggerId: triggerId() });

/** What is known of them. */
export function checkpointEndpoints(records: KnownJobs): Endpoint[] {
  return [
    endpoint({ method: 'get', path: '/jobs/:jobid/checkpoints', summary: 'The last checkpoints of a job, and figures over them.', answer: checkpoints, archived: true, handle: ({ param }) => checkpointsAnswer(records.of(param('jobid')).job.checkpoints()) }),
    endpoint({ method: 'get', path: '/jobs/:jobid/checkpoints/config', summary: 'How checkpoints of a job are taken.', answer: checkpointConfig, archived: true, handle: ({ param }) => checkpointConfigAnswer(records.of(param('jobid')).job.description) }),
    endpoint({
      method: 'get', path: '/jobs/:jobid/checkpoints/details/:checkpointid', summary: 'One checkpoint with its vertices.', answer: checkpoint, archived: true,
      handle: ({ param }) => checkpointAnswer(checkpointOf(records.of(param('jobid')).job.checkpoints(), param('checkpointid'))),
    }),
    endpoint({
      method: 'get', path: '/jobs/:jobid/checkpoints/details/:checkpointid/subtasks/:vertexid', summary: 'How the subtasks of a vertex got through a checkpoint.', answer: vertexCheckpoint, archived: true,
      handle: ({ param }) => vertexCheckpointAnswer(checkpointOf(records.of(param('jobid')).job.checkpoints(), param('checkpointid')), param('vertexid')),
    }),
  ];
}

/** What can be asked for. Registered behind `checkpointEndpoints`: `config` is no trigger id. */
export function snapshotEndpoints(records: KnownJobs, operations: AsynchronousOperations): Endpoint[] {
  const begun = (id: string | null | undefined, run: () => Promise<object>, failureKey?: string) => ({ 'request-id': operations.begin(id, run, failureKey) });
  return [
    endpoint({
      method: 'post', path: '/jobs/:jobid/checkpoints', summary: 'Takes a checkpoint.', body: checkpointRequest, answer: triggered, status: 202,
      handle({ param, body }) {
        const { job } = records.of(param('jobid'));
        if (body.checkpointType === 'INCREMENTAL') throw new RestError(400, 'Bad request: checkpointType: an incremental checkpoint cannot be asked for by itself, in Flink neither: give CONFIGURED or FULL.');
        return begun(body.triggerId, async () => ({ checkpointId: (await job.triggerCheckpoint()).checkpointId }), 'failureCause');
      },
    }),
    endpoint({
      method: 'post', path: '/jobs/:jobid/savepoints', summary: 'Takes a savepoint, and cancels the job then if asked to.', body: savepointRequest, answer: triggered, status: 202,
      handle({ param, body }) {
        const { job } = records.of(param('jobid'));
        const options = { directory: directoryOf(job, body['target-directory']), format: formatOf(body.formatType) };
        return begun(body.triggerId, async () => ({ location: await (body['cancel-job'] ? job.cancelWithSavepoint(options) : job.triggerSavepoint(options)) }));
      },
    }),
    endpoint({
      method: 'post', path: '/jobs/:jobid/stop', summary: 'Stops a job with a savepoint; asked after as one.', body: stopRequest, answer: triggered, status: 202,
      handle({ param, body: { targetDirectory, drain, formatType: format, triggerId: id } }) {
        const { job } = records.of(param('jobid'));
        const directory = directoryOf(job, targetDirectory);
        return begun(id, async () => ({ location: await job.stopWithSavepoint({ directory, format: formatOf(format), drain: drain ?? false }) }));
      },
    }),
    ...(['checkpoints', 'savepoints'] as const).map((kind) => endpoint({
      method: 'get', path: `/jobs/:jobid/${kind}/:triggerid`, summary: kind === 'checkpoints' ? 'How taking a checkpoint goes.' : 'How taking a savepoint, or stopping with one, goes.', answer: operationStatus,
      handle({ param }) {
        records.of(param('jobid'));
        return operations.status(param('triggerid'));
      },
    })),
  ];
}

/** Savepoints of whatever job. */
export function disposalEndpoints(operations: AsynchronousOperations, { files }: ServedProcess): Endpoint[] {
  return [
    endpoint({
      method: 'post', path: '/savepoint-disposal', summary: 'Deletes a savepoint.', body: () => z.object({ 'savepoint-path': z.string().check(z.minLength(1)) }), answer: triggered,
      handle: ({ body }) => ({ 'request-id': operations.begin(undefined, () => disposeSavepoint(body['savepoint-path'], files).then(() => ({}))) }),
    }),
    endpoint({ method: 'get', path: '/savepoint-disposal/:triggerid', summary: 'How deleting a savepoint goes.', answer: operationStatus, handle: ({ param }) => operations.status(param('triggerid')) }),
  ];
}

/** Nothing is begun that has nowhere to write. */
function directoryOf({ description: { configuration } }: RunningJob, given: string | null | undefined): string | undefined {
  chosenSavepointDirectory(given ?? undefined, configuration.get(SavepointDirectory));
  return given ?? undefined;
}

function formatOf(given: 'CANONICAL' | 'NATIVE' | null | undefined): SnapshotFormat | undefined {
  return given ? (given === 'NATIVE' ? 'native' : 'canonical') : undefined;
}
