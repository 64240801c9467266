/**
 * Checkpoints and savepoints of a job: taking them, stopping with one, and what is known of them.
 */
import type { Context, Hono } from 'hono';
import type { z } from 'zod/mini';
import type { SnapshotFormat } from '../core/checkpoint.js';
import type { AsynchronousOperations } from './asynchronous-operations.js';
import { checkpointsAnswer } from './checkpoint-answers.js';
import type { JobRecords } from './job-records.js';
import { RestError } from './rest-error.js';
import { checkpointRequest, savepointRequest, stopRequest } from './schemas.js';

export function addSnapshotRoutes(app: Hono, records: JobRecords, operations: AsynchronousOperations): void {
  const routes = new SnapshotRoutes(records, operations);
  app.get('/jobs/:jobid/checkpoints', (request) => request.json(checkpointsAnswer(jobOf(records, request).checkpoints())));
  app.post('/jobs/:jobid/checkpoints', (request) => routes.takeCheckpoint(request));
  app.post('/jobs/:jobid/savepoints', (request) => routes.takeSavepoint(request));
  app.post('/jobs/:jobid/stop', (request) => routes.stop(request));
  for (const kind of ['checkpoints', 'savepoints']) {
    app.get(`/jobs/:jobid/${kind}/:triggerid`, (request) => request.json(operations.status(request.req.param('triggerid') ?? '')));
  }
}

class SnapshotRoutes {
  constructor(private readonly records: JobRecords, private readonly operations: AsynchronousOperations) {}

  async takeCheckpoint(request: Context): Promise<Response> {
    const job = jobOf(this.records, request);
    const { triggerId } = await body(request, checkpointRequest);
    return this.begun(request, triggerId, async () => ({ checkpointId: (await job.triggerCheckpoint()).checkpointId }), 'failureCause');
  }

  async takeSavepoint(request: Context): Promise<Response> {
    const job = jobOf(this.records, request);
    const asked = await body(request, savepointRequest);
    const options = { directory: asked['target-directory'] ?? undefined, format: formatOf(asked.formatType) };
    return this.begun(request, asked.triggerId, async () => ({ location: await (asked['cancel-job'] ? job.cancelWithSavepoint(options) : job.triggerSavepoint(options)) }));
  }

  /** Asked after as a savepoint. */
  async stop(request: Context): Promise<Response> {
    const job = jobOf(this.records, request);
    const { targetDirectory, drain, formatType, triggerId } = await body(request, stopRequest);
    return this.begun(request, triggerId, async () => ({ location: await job.stopWithSavepoint({ directory: targetDirectory ?? undefined, format: formatOf(formatType), drain }) }));
  }

  private begun(request: Context, triggerId: string | undefined, run: () => Promise<object>, failureKey?: string): Response {
    return request.json({ 'request-id': this.operations.begin(triggerId, run, failureKey) }, 202);
  }
}

function jobOf(records: JobRecords, request: Context): ReturnType<JobRecords['of']>['job'] {
  return records.of(request.req.param('jobid') ?? '').job;
}

function formatOf(given: 'CANONICAL' | 'NATIVE' | undefined): SnapshotFormat | undefined {
  return given === undefined ? undefined : given === 'NATIVE' ? 'native' : 'canonical';
}

/** An empty body is an empty request. */
async function body<S extends z.ZodMiniType>(request: Context, schema: S): Promise<z.infer<S>> {
  const text = await request.req.text();
  const read = schema.safeParse(text === '' ? {} : parsed(text));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new RestError(400, `Bad request: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RestError(400, `Bad request: the body is not JSON: ${(cause as Error).message}`, { cause });
  }
}
