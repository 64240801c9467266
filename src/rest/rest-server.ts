/**
 * The REST interface of a run: Flink's REST API, v1, over its jobs, for commands in other terminals through a socket and
 * for everything else over TCP.
 *
 * Invariant: whatever a request does wrong is answered with its status and `{"errors": [...]}`; nothing of it reaches
 * the job.
 */
import { Hono } from 'hono';
import type { RunningJob } from '../cluster/running-job.js';
import type { Clock } from '../core/clock.js';
import type { Random } from '../core/random.js';
import { AsynchronousOperations } from './asynchronous-operations.js';
import { JobRecords } from './job-records.js';
import { addJobRoutes } from './job-routes.js';
import { listen } from './listen.js';
import { errorBody, RestError, statusOf } from './rest-error.js';
import type { RestSettings } from './rest-settings.js';
import { addSnapshotRoutes } from './snapshot-routes.js';

/** How long a server that is to end waits for those who began an operation to ask how it went. */
const LAST_ANSWERS_MS = 5_000;

export interface RestServerOptions {
  /** Path of the socket; a file that is there already is in the way. */
  readonly socket: string;
  /** Where else it listens. */
  readonly tcp?: RestSettings | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly say: (line: string) => void;
}

export interface RestServer {
  /** Over TCP; absent without it. */
  readonly url?: string | undefined;
  add(job: RunningJob): void;
  close(): Promise<void>;
}

/** What cannot be opened over TCP is said and left; what cannot be opened at all rejects. */
export async function startRestServer({ socket, tcp, clock, random, say }: RestServerOptions): Promise<RestServer> {
  const records = new JobRecords();
  const operations = new AsynchronousOperations(clock, random);
  const { fetch } = restApplication(records, operations);
  // The job keeps the process alive, not those who might ask after it.
  const owner = await listen(fetch, { socket, clock });
  const others = tcp && (await listen(fetch, { tcp, clock, say }).catch((error: Error) => say(`Warning: ${error.message}`)));
  return {
    url: others?.address?.url,
    add: (job) => records.add(job),
    async close() {
      await operations.settled(LAST_ANSWERS_MS);
      operations.close();
      records.close();
      await Promise.all([owner.close(), others?.close()]);
    },
  };
}

/** Paths work bare and under `/v1`. */
export function restApplication(records: JobRecords, operations: AsynchronousOperations): Hono {
  const api = new Hono();
  addJobRoutes(api, records);
  addSnapshotRoutes(api, records, operations);
  const app = new Hono();
  app.route('/v1', api);
  app.route('/', api);
  app.notFound((request) => request.json(errorBody(new RestError(404, `Not found: ${request.req.method} ${request.req.path}`)), 404));
  app.onError((error, request) => request.json(errorBody(error), statusOf(error)));
  return app;
}
