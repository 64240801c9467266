/**
 * The control interface: Flink's REST API, v1, as far as the commands need it, over a socket in the file system that
 * nobody but its owner can open.
 *
 * Invariant: whatever a request does wrong is answered with its status and `{"errors": [...]}`; nothing of it reaches
 * the job.
 */
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { RunningJob } from '../cluster/running-job.js';
import type { Clock } from '../core/clock.js';
import type { Random } from '../core/random.js';
import { AsynchronousOperations } from './asynchronous-operations.js';
import { JobRecords } from './job-records.js';
import { addJobRoutes } from './job-routes.js';
import { errorBody, RestError, statusOf } from './rest-error.js';
import { addSnapshotRoutes } from './snapshot-routes.js';

/** Requests of commands are small. */
const BODY_BYTES_MAX = 1024 * 1024;
/** How long a server that is to end waits for those who began an operation to ask how it went. */
const LAST_ANSWERS_MS = 5_000;

export interface RestServerOptions {
  /** Path of the socket; a file that is there already is in the way. */
  readonly socket: string;
  readonly clock: Clock;
  readonly random: Random;
}

export interface RestServer {
  add(job: RunningJob): void;
  close(): Promise<void>;
}

export async function startRestServer({ socket, clock, random }: RestServerOptions): Promise<RestServer> {
  const records = new JobRecords();
  const operations = new AsynchronousOperations(clock, random);
  const server = createAdaptorServer({ fetch: restApplication(records, operations).fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, () => resolve());
  });
  // The job keeps the process alive, not those who might ask after it.
  server.unref();
  return {
    add: (job) => records.add(job),
    async close() {
      await operations.settled(LAST_ANSWERS_MS);
      operations.close();
      records.close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Paths work bare and under `/v1`. */
export function restApplication(records: JobRecords, operations: AsynchronousOperations): Hono {
  const api = new Hono();
  addJobRoutes(api, records);
  addSnapshotRoutes(api, records, operations);
  const app = new Hono();
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX, onError: (request) => request.json(errorBody(new RestError(413, `A request may hold ${BODY_BYTES_MAX} bytes.`)), 413) }));
  app.route('/v1', api);
  app.route('/', api);
  app.notFound((request) => request.json(errorBody(new RestError(404, `Not found: ${request.req.method} ${request.req.path}`)), 404));
  app.onError((error, request) => request.json(errorBody(error), statusOf(error)));
  return app;
}
