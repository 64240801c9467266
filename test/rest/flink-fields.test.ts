/**
 * The fields that Flink's published OpenAPI documents (1.15 to 2.3) name, for each endpoint that is served: clients of
 * Flink count on them.
 */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { Configuration } from '../../src/core/configuration.js';
import { systemClock } from '../../src/core/clock.js';
import { systemRandom } from '../../src/core/random.js';
import { localFiles } from '../../src/checkpoint/local-files.js';
import { AsynchronousOperations } from '../../src/rest/asynchronous-operations.js';
import { JobRecords } from '../../src/rest/job-records.js';
import { allEndpoints } from '../../src/rest/rest-server.js';

const endpoints = allEndpoints(new JobRecords(systemClock), new AsynchronousOperations(systemClock, systemRandom), { clock: systemClock, configuration: new Configuration(), version: '1', files: localFiles });

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/** Every way down to a field: `jobs.id` also inside arrays and maps (`tasks.*.id`). */
function fieldsOf(schema: JsonSchema, at = ''): string[] {
  const below = at === '' ? '' : `${at}.`;
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [below + name, ...fieldsOf(inner, below + name)]),
    ...(schema.items ? fieldsOf(schema.items, at) : []),
    ...(schema.anyOf ?? []).flatMap((one) => fieldsOf(one, at)),
    ...(typeof schema.additionalProperties === 'object' ? fieldsOf(schema.additionalProperties, `${below}*`) : []),
  ];
}

const VERTEX = '/jobs/:jobid/vertices/:vertexid';
const IO = ['read-bytes', 'read-bytes-complete', 'write-bytes', 'write-bytes-complete', 'read-records', 'read-records-complete', 'write-records', 'write-records-complete', 'accumulated-backpressured-time', 'accumulated-idle-time', 'accumulated-busy-time'];
const under = (at: string, names: readonly string[]): string[] => names.map((name) => `${at}.${name}`);
const ATTEMPT = ['subtask', 'status', 'attempt', 'endpoint', 'host', 'start-time', 'start_time', 'end-time', 'duration', 'taskmanager-id', 'status-duration', ...under('metrics', IO)];
const CHECKPOINT_SIZES = ['id', 'status', 'latest_ack_timestamp', 'checkpointed_size', 'state_size', 'end_to_end_duration', 'alignment_buffered', 'processed_data', 'persisted_data', 'num_subtasks', 'num_acknowledged_subtasks'];
const CHECKPOINT = ['className', ...CHECKPOINT_SIZES, 'is_savepoint', 'savepointFormat', 'trigger_timestamp', 'checkpoint_type', 'external_path', 'discarded', 'failure_timestamp', 'failure_message', ...under('tasks.*', CHECKPOINT_SIZES)];
const STATISTICS = ['min', 'max', 'avg', 'p50', 'p90', 'p95', 'p99', 'p999'];
const TASK_MANAGER = [
  'id', 'path', 'dataPort', 'jmxPort', 'timeSinceLastHeartbeat', 'slotsNumber', 'freeSlots',
  ...['totalResource', 'freeResource'].flatMap((resource) => under(resource, ['cpuCores', 'taskHeapMemory', 'taskOffHeapMemory', 'managedMemory', 'networkMemory', 'extendedResources'])),
  ...under('hardware', ['cpuCores', 'physicalMemory', 'freeMemory', 'managedMemory']),
  ...under('memoryConfiguration', ['frameworkHeap', 'taskHeap', 'frameworkOffHeap', 'taskOffHeap', 'networkMemory', 'managedMemory', 'jvmMetaspace', 'jvmOverhead', 'totalFlinkMemory', 'totalProcessMemory']),
];
const EXCEPTION = ['exceptionName', 'stacktrace', 'timestamp', 'taskName', 'location', 'endpoint', 'taskManagerId', 'failureLabels'];
const ACCUMULATORS = under('user-accumulators', ['name', 'type', 'value']);

const FLINK: Readonly<Record<string, readonly string[]>> = {
  'get /overview': ['taskmanagers', 'slots-total', 'slots-available', 'jobs-running', 'jobs-finished', 'jobs-cancelled', 'jobs-failed', 'flink-version', 'flink-commit'],
  'get /config': ['refresh-interval', 'timezone-name', 'timezone-offset', 'flink-version', 'flink-revision', ...under('features', ['web-submit', 'web-cancel', 'web-rescale', 'web-history'])],
  'get /jobs': under('jobs', ['id', 'status']),
  'get /jobs/overview': under('jobs', ['jid', 'name', 'state', 'start-time', 'end-time', 'duration', 'last-modification', 'tasks']),
  'get /jobs/:jobid': [
    'jid', 'name', 'isStoppable', 'state', 'start-time', 'end-time', 'duration', 'maxParallelism', 'now', 'timestamps', 'status-counts', 'plan',
    ...under('vertices', ['id', 'name', 'maxParallelism', 'parallelism', 'status', 'start-time', 'end-time', 'duration', 'tasks', ...under('metrics', IO)]),
  ],
  'get /jobs/:jobid/plan': under('plan', ['jid', 'name', 'type', ...under('nodes', ['id', 'parallelism', 'operator', 'operator_strategy', 'description', 'optimizer_properties', ...under('inputs', ['num', 'id', 'ship_strategy', 'exchange'])])]),
  'get /jobs/:jobid/config': ['jid', 'name', ...under('execution-config', ['execution-mode', 'restart-strategy', 'job-parallelism', 'object-reuse-mode', 'user-config'])],
  'get /jobs/:jobid/exceptions': [
    'root-exception', 'timestamp', 'truncated', ...under('all-exceptions', ['exception', 'task', 'location', 'timestamp', 'taskManagerId']),
    ...under('exceptionHistory', ['truncated', ...under('entries', [...EXCEPTION, ...under('concurrentExceptions', EXCEPTION)])]),
  ],
  'get /jobs/:jobid/execution-result': ['status.id', ...under('job-execution-result', ['id', 'application-status', 'accumulator-results', 'net-runtime', 'failure-cause'])],
  'get /jobs/:jobid/accumulators': ['job-accumulators', ...under('user-task-accumulators', ['name', 'type', 'value']), 'serialized-user-task-accumulators'],
  'get /jobs/:jobid/status': ['status'],
  'get /jobs/:jobid/checkpoints': [
    ...under('counts', ['restored', 'total', 'in_progress', 'completed', 'failed']),
    ...['checkpointed_size', 'state_size', 'end_to_end_duration', 'alignment_buffered', 'processed_data', 'persisted_data'].flatMap((figure) => under(`summary.${figure}`, STATISTICS)),
    ...['latest.completed', 'latest.savepoint', 'latest.failed', 'history'].flatMap((at) => under(at, CHECKPOINT)), ...under('latest.restored', ['id', 'restore_timestamp', 'is_savepoint', 'external_path']),
  ],
  'get /jobs/:jobid/checkpoints/config': [
    'mode', 'interval', 'timeout', 'min_pause', 'max_concurrent', ...under('externalization', ['enabled', 'delete_on_cancellation']), 'state_backend', 'checkpoint_storage', 'unaligned_checkpoints',
    'tolerable_failed_checkpoints', 'aligned_checkpoint_timeout', 'checkpoints_after_tasks_finish', 'state_changelog_enabled', 'changelog_storage', 'changelog_periodic_materialization_interval',
  ],
  'get /jobs/:jobid/checkpoints/details/:checkpointid': CHECKPOINT,
  'get /jobs/:jobid/checkpoints/details/:checkpointid/subtasks/:vertexid': [
    ...CHECKPOINT_SIZES, ...under('summary.checkpoint_duration.sync', STATISTICS), ...under('summary.alignment.duration', STATISTICS), ...under('summary.start_delay', STATISTICS),
    ...under('subtasks', ['className', 'index', 'status', 'ack_timestamp', 'end_to_end_duration', 'checkpointed_size', 'state_size', 'checkpoint.sync', 'checkpoint.async', 'alignment.buffered', 'alignment.processed',
      'alignment.persisted', 'alignment.duration', 'start_delay', 'unaligned_checkpoint', 'aborted']),
  ],
  [`get ${VERTEX}`]: ['id', 'name', 'parallelism', 'maxParallelism', 'now', ...under('subtasks', ATTEMPT), 'aggregated.metrics', 'aggregated.status-duration'],
  [`get ${VERTEX}/subtasks/:subtaskindex`]: ATTEMPT,
  [`get ${VERTEX}/subtasks/:subtaskindex/attempts/:attempt`]: ATTEMPT,
  [`get ${VERTEX}/subtasks/:subtaskindex/attempts/:attempt/accumulators`]: ['subtask', 'attempt', 'id', ...ACCUMULATORS],
  [`get ${VERTEX}/subtasks/accumulators`]: ['id', 'parallelism', ...under('subtasks', ['subtask', 'attempt', 'host', 'endpoint', ...ACCUMULATORS])],
  [`get ${VERTEX}/accumulators`]: ['id', ...ACCUMULATORS],
  [`get ${VERTEX}/subtasktimes`]: ['id', 'name', 'now', ...under('subtasks', ['subtask', 'host', 'endpoint', 'duration', 'timestamps'])],
  [`get ${VERTEX}/taskmanagers`]: ['id', 'name', 'now', ...under('taskmanagers', ['host', 'endpoint', 'status', 'start-time', 'end-time', 'duration', 'status-counts', 'taskmanager-id', ...under('metrics', IO)])],
  [`get ${VERTEX}/backpressure`]: ['status', 'backpressureLevel', 'backpressure-level', 'end-timestamp', ...under('subtasks', ['subtask', 'attempt-number', 'backpressureLevel', 'backpressure-level', 'ratio', 'idleRatio', 'busyRatio'])],
  [`get ${VERTEX}/flamegraph`]: ['endTimestamp', 'data'],
  [`get ${VERTEX}/watermarks`]: ['id', 'value'],
  [`get ${VERTEX}/metrics`]: ['id', 'value'],
  [`get ${VERTEX}/subtasks/metrics`]: ['id', 'min', 'max', 'avg', 'sum', 'skew'],
  'get /taskmanagers': under('taskmanagers', TASK_MANAGER),
  'get /taskmanagers/:taskmanagerid': [
    ...TASK_MANAGER, ...under('allocatedSlots', ['jobId', 'resource']),
    ...under('metrics', ['heapUsed', 'heapCommitted', 'heapMax', 'nonHeapUsed', 'directCount', 'mappedCount', 'nettyShuffleMemorySegmentsAvailable', 'nettyShuffleMemorySegmentsUsed', 'nettyShuffleMemorySegmentsTotal',
      'nettyShuffleMemoryAvailable', 'nettyShuffleMemoryUsed', 'nettyShuffleMemoryTotal', 'garbageCollectors.name', 'garbageCollectors.count', 'garbageCollectors.time']),
  ],
  'get /jobmanager/config': ['key', 'value'],
  'get /jobmanager/environment': ['jvm.version', 'jvm.arch', 'jvm.options', 'classpath'],
  'get /jobmanager/logs': under('logs', ['name', 'size', 'mtime']),
  'get /jobmanager/thread-dump': under('threadInfos', ['threadName', 'stringifiedThreadInfo']),
  'get /datasets': under('dataSets', ['id', 'isComplete']),
  'get /datasets/delete/:triggerid': ['status.id', 'operation'],
  'get /jobs/:jobid/jobmanager/config': ['key', 'value'],
  'get /jobs/:jobid/jobmanager/environment': ['jvm.version', 'jvm.arch', 'jvm.options', 'classpath'],
  'get /jobs/:jobid/jobmanager/log-url': ['url'],
  'get /jobs/:jobid/taskmanagers/:taskmanagerid/log-url': ['url'],
  'get /jobs/:jobid/resource-requirements': ['*.parallelism.lowerBound', '*.parallelism.upperBound'],
  'post /jobs/:jobid/savepoints': ['request-id'],
  'get /jobs/:jobid/savepoints/:triggerid': ['status.id', 'operation'],
};

describe('an answer has the fields that Flink gives it', () => {
  it.each(Object.entries(FLINK))('%s', (name, fields) => {
    const endpoint = endpoints.find(({ method, path }) => `${method} ${path}` === name);
    const ours = new Set(fieldsOf(z.toJSONSchema(endpoint!.answer!(), { io: 'output', unrepresentable: 'any' }) as JsonSchema));
    expect(fields.filter((field) => !ours.has(field))).toEqual([]);
  });
});

describe('a request has the fields that Flink takes', () => {
  it.each([
    ['/jobs/:jobid/savepoints', ['target-directory', 'cancel-job', 'formatType', 'triggerId']],
    ['/jobs/:jobid/stop', ['targetDirectory', 'drain', 'formatType', 'triggerId']],
    ['/jobs/:jobid/checkpoints', ['checkpointType', 'triggerId']],
    ['/savepoint-disposal', ['savepoint-path']],
    ['/jobs/:jobid/clientHeartbeat', ['expiredTimestamp']],
    ['/jobs/:jobid/resource-requirements', ['*.parallelism', '*.parallelism.lowerBound', '*.parallelism.upperBound']],
  ])('%s', (path, fields) => {
    const endpoint = endpoints.find((one) => one.body && one.path === path);
    expect(fieldsOf(z.toJSONSchema(endpoint!.body!(), { io: 'input', unrepresentable: 'any' }) as JsonSchema)).toEqual(fields);
  });
});
