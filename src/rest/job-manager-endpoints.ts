/**
 * The JobManager: its settings, its environment, its logs and what its thread is doing.
 */
import { arch, execArgv, version as nodeVersion } from 'node:process';
import { ALL_OPTIONS } from '../core/options.js';
import { environment, keysAndValues, logFiles, threadDump, webConfig } from './answers/cluster-answers.js';
import { type Endpoint, endpoint, textEndpoint } from './endpoint.js';
import { listLogs, logQuery, newestLog, readLog } from './logs.js';
import { WebRefreshInterval } from '../core/options.js';
import type { ServedProcess } from './served-process.js';
import { jobManagerThreadInfos } from './thread-infos.js';

/** Values of keys like these are not shown. */
const SECRET = /password|secret|token(?!-file)|private|credential|access[.-]?key|api-?key/i;

export function jobManagerEndpoints(served: ServedProcess): Endpoint[] {
  const { configuration, clock, version } = served;
  return [
    endpoint({
      method: 'get', path: '/config', summary: 'What a web page that shows jobs needs to know.', answer: webConfig,
      handle: () => ({
        'refresh-interval': configuration.get(WebRefreshInterval), 'timezone-name': Intl.DateTimeFormat().resolvedOptions().timeZone,
        'timezone-offset': -new Date(clock.now()).getTimezoneOffset() * 60_000, 'flink-version': version, 'flink-revision': 'unknown',
        features: { 'web-submit': false, 'web-cancel': true, 'web-rescale': false, 'web-history': false },
      }),
    }),
    endpoint({ method: 'get', path: '/jobmanager/config', summary: 'What has been set; secrets are not shown.', answer: keysAndValues, handle: () => settingsOf(served) }),
    endpoint({
      method: 'get', path: '/jobmanager/environment', summary: 'What the process runs on.', answer: environment,
      handle: () => ({ jvm: { version: `Node.js ${nodeVersion}`, arch, options: [...execArgv] }, classpath: [] }),
    }),
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

function settingsOf({ configuration }: ServedProcess): { key: string; value: string }[] {
  return ALL_OPTIONS.flatMap((option) => {
    const value = configuration.getOptional(option);
    if (value === undefined) return [];
    const shown = SECRET.test(option.key) ? '******' : typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
    return [{ key: option.key, value: shown }];
  });
}
