/**
 * The REST interface of a run: Flink's REST API, v1, over its jobs, for commands in other terminals through a socket and
 * for everything else over TCP.
 *
 * Invariant: whatever a request does wrong is answered with its status and `{"errors": [...]}`; nothing of it reaches
 * the job.
 */
import { storedFiles } from '../checkpoint/stored-files.js';
import type { RunningJob } from '../cluster/running-job.js';
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { RestStoreDuration } from '../core/options.js';
import type { Random } from '../core/random.js';
import { reporterSettings } from '../metrics/reporter-settings.js';
import { type ArchivedAnswer, archiveOf } from './archive.js';
import { AsynchronousOperations } from './asynchronous-operations.js';
import { checkpointEndpoints, disposalEndpoints, snapshotEndpoints } from './checkpoint-endpoints.js';
import { clusterEndpoints } from './cluster-endpoints.js';
import { dataSetEndpoints } from './data-set-endpoints.js';
import type { Endpoint } from './endpoint.js';
import { flameGraphEndpoint } from './flame-graph-endpoint.js';
import { jobEndpoints } from './job-endpoints.js';
import { jobManagerEndpoints, jobManagerOfJobEndpoints, logUrlEndpoints } from './job-manager-endpoints.js';
import { JobRecords, type KnownJobs } from './job-records.js';
import { listen } from './listen.js';
import { metricEndpoints } from './metric-endpoints.js';
import type { MetricReporting } from './metric-reporting.js';
import { processReporting } from './process-reporting.js';
import { rescalingEndpoints } from './rescaling-endpoints.js';
import type { RestSettings } from './rest-settings.js';
import { applicationOf } from './serve-endpoints.js';
import type { ReadableStack, ServedProcess } from './served-process.js';
import { standstillEndpoint } from './standstill-endpoint.js';
import { vertexEndpoints } from './vertex-endpoints.js';

/** How long a server that is to end waits for those who began an operation to ask how it went. */
const LAST_ANSWERS_MS = 5_000;

export interface RestServerOptions {
  /** Path of the socket; a file that is there already is in the way. */
  readonly socket: string;
  /** Where else it listens. */
  readonly tcp?: RestSettings | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly configuration: Configuration;
  /** Of this engine. */
  readonly version: string;
  /** Puts the author's own lines in the place of those of the bundle. */
  readonly readableStack?: ReadableStack | undefined;
  /** Whether the configured reporters run here. Default: true. */
  readonly reports?: boolean | undefined;
  /** Folder of the log files that clients may read. */
  readonly logFolder?: string | undefined;
  /** How the names of those begin. */
  readonly logPrefix?: string | undefined;
  readonly say: (line: string) => void;
}

export interface RestServer {
  /** Over TCP; absent without it. */
  readonly url?: string | undefined;
  add(job: RunningJob): void;
  /** Everything that is answered of a job that has ended, for whoever answers when this process is gone. */
  archive(jobId: string): Promise<ArchivedAnswer[]>;
  /** Lets the configured reporters tell how it ended; `close` does so, too. They report no more then. */
  lastReport(): Promise<void>;
  close(): Promise<void>;
}

/** What cannot be opened over TCP is said and left; what cannot be opened at all rejects. */
export async function startRestServer(options: RestServerOptions): Promise<RestServer> {
  const { socket, tcp, clock, random, configuration, say } = options;
  const records = new JobRecords(clock, options.readableStack);
  const operations = new AsynchronousOperations(clock, random, configuration.get(RestStoreDuration));
  const { fetch } = applicationOf(allEndpoints(records, operations, { ...options, files: storedFiles(configuration, { clock, random }) }), options.version);
  // The job keeps the process alive, not those who might ask after it.
  const owner = await listen(fetch, { socket, clock });
  const others = tcp && (await listen(fetch, { tcp, clock, say }).catch((error: Error) => say(`Warning: ${error.message}`)));
  const reporting = options.reports === false ? undefined : await configuredReporting(options, records);
  return {
    url: others?.address?.url,
    add: (job) => records.add(job),
    archive: (jobId) => archiveOf(records.of(jobId), operations),
    lastReport: async () => reporting?.close(),
    async close() {
      await Promise.all([operations.settled(LAST_ANSWERS_MS), reporting?.close()]);
      operations.close();
      records.close();
      await Promise.all([owner.close(), others?.close()]);
    },
  };
}

/** Undefined where nobody wants reports: then nothing of it is loaded. */
async function configuredReporting(options: RestServerOptions, records: KnownJobs): Promise<MetricReporting | undefined> {
  if (reporterSettings(options.configuration).length === 0) return undefined;
  const { startReporting } = await import('./metric-reporting.js');
  return startReporting(processReporting(options, records));
}

/** Whatever a process with jobs answers. */
export function allEndpoints(records: KnownJobs, operations: AsynchronousOperations, served: ServedProcess): Endpoint[] {
  return [
    ...metricEndpoints(records),
    ...jobEndpoints(records),
    standstillEndpoint(records),
    ...checkpointEndpoints(records),
    ...snapshotEndpoints(records, operations),
    ...vertexEndpoints(records),
    flameGraphEndpoint(records, served),
    ...rescalingEndpoints(records),
    ...jobManagerOfJobEndpoints(records),
    ...logUrlEndpoints(),
    ...clusterEndpoints(records, served),
    ...jobManagerEndpoints(served),
    ...dataSetEndpoints(operations),
    ...disposalEndpoints(operations, served),
  ];
}
