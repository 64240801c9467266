/**
 * The JobManager: its settings, its environment, its logs and what its thread is doing.
 */
import { arch, execArgv, version as nodeVersion } from 'node:process';
import type { z } from 'zod/mini';
import type { Configuration } from '../core/configuration.js';
import { ALL_OPTIONS, WebRefreshInterval } from '../core/options.js';
import { HIDDEN, isSensitive } from '../core/sensitive-keys.js';
import { environment, keysAndValues, logFiles, logUrl, threadDump, webConfig } from './answers/cluster-answers.js';
import { type Endpoint, endpoint, textEndpoint } from './endpoint.js';
import type { KnownJobs } from './job-records.js';
import { listLogs, logQuery, newestLog, readLog } from './logs.js';
import type { ServedProcess } from './served-process.js';
import { jobManagerThreadInfos } from './thread-infos.js';

export function jobManagerEndpoints(served: ServedProcess): Endpoint[] {
  const { configuration, clock, version } = served;
  return [
    endpoint({
      method: 'get', path: '/config', summary: 'What a web page that shows jobs needs to know.', answer: webConfig,
      handle: () => ({
        'refresh-interval': configuration.get(WebRefreshInterval), 'timezone-name': Intl.DateTimeFormat().resolvedOptions().timeZone,
        'timezone-offset': -new Date(clock.now()).getTimezoneOffset() * 60_000, 'flink-version': version, 'flink-revision': 'unknown',
        features: { 'web-submit': served.takesPrograms === true, 'web-cancel': true, 'web-rescale': false, 'web-history': false },
      }),
    }),
    endpoint({ method: 'get', path: '/jobmanager/config', summary: 'What has been set; secrets are not shown.', answer: keysAndValues, handle: () => settingsOf(configuration) }),
    endpoint({ method: 'get', path: '/jobmanager/environment', summary: 'What the process runs on.', answer: environment, handle: ownEnvironment }),
    endpoint({ method: 'get', path: '/jobmanager/logs', summary: 'The log files.', answer: logFiles, handle: () => listLogs(served) }),
    textEndpoint('/jobmanager/logs/:filename', 'One log file.', ({ param, query }) => readLog(served, param('filename'), query.from), { query: logQuery }),
    textEndpoint('/jobmanager/log', 'The newest log file.', () => newestLog(served, '.log')),
    textEndpoint('/jobmanager/stdout', 'The newest file of printed output.', () => newestLog(served, '.out')),
    endpoint({
      method: 'get', path: '/jobmanager/thread-dump', summary: 'What the thread of the JobManager is doing: a CPU profile of a moment.', answer: threadDump,
      handle: () => jobManagerThreadInfos(served),
    }),
  ];
}

/** The JobManager as it is for one job, which is what the web interface of Apache Flink asks for. */
export function jobManagerOfJobEndpoints(records: KnownJobs): Endpoint[] {
  return [
    endpoint({
      method: 'get', path: '/jobs/:jobid/jobmanager/config', summary: 'What has been set for a job; secrets are not shown.', answer: keysAndValues, archived: true,
      handle: ({ param }) => settingsOf(records.of(param('jobid')).job.description.configuration),
    }),
    endpoint({
      method: 'get', path: '/jobs/:jobid/jobmanager/environment', summary: 'What the process of a job runs on.', answer: environment, archived: true,
      handle({ param }) {
        records.of(param('jobid'));
        return ownEnvironment();
      },
    }),
  ];
}

/** Where logs are to be read. Nothing is looked up: what is not there is not there at that address either. */
export function logUrlEndpoints(): Endpoint[] {
  return [
    endpoint({ method: 'get', path: '/jobs/:jobid/jobmanager/log-url', summary: 'Where the log of the JobManager is.', answer: logUrl, handle: ({ origin }) => ({ url: `${origin}/jobmanager/log` }) }),
    endpoint({
      method: 'get', path: '/jobs/:jobid/taskmanagers/:taskmanagerid/log-url', summary: 'Where the log of a TaskManager is.', answer: logUrl,
      handle: ({ origin, param }) => ({ url: `${origin}/taskmanagers/${encodeURIComponent(param('taskmanagerid'))}/log` }),
    }),
  ];
}

function ownEnvironment(): z.input<ReturnType<typeof environment>> {
  return { jvm: { version: `Node.js ${nodeVersion}`, arch, options: [...execArgv] }, classpath: [] };
}

function settingsOf(configuration: Configuration): { key: string; value: string }[] {
  return ALL_OPTIONS.flatMap((option) => {
    const value = configuration.getOptional(option);
    if (value === undefined) return [];
    const shown = isSensitive(option.key) ? HIDDEN : typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
    return [{ key: option.key, value: shown }];
  });
}
