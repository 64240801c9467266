/**
 * Apache Flink's configuration keys that this engine does not act on. A configuration file written for Flink must
 * load, so they are let in; what a reader of the file might count on is said aloud.
 */

/** Settings of the JVM, of processes and of cluster managers that have no counterpart here. */
const WITHOUT_MEANING = [
  'jobmanager.', 'taskmanager.', 'env.', 'classloader.', 'akka.', 'pekko.', 'blob.', 'cluster.', 'heartbeat.', 'io.', 'jmx.',
  'kubernetes.', 'mesos.', 'yarn.', 'zookeeper.', 'high-availability', 'security.', 'ssl.', 'plugin.', 'plugins.', 'process.',
  'resourcemanager.', 'slot.', 'slotmanager.', 'slotrequest.', 'queryable-state.', 'client.', 'external-resource', 'external-resources',
  'historyserver.', 'rest.', 'web.', 'metrics.', 'traces.', 'events.', 'query.', 'python.', 'fs.', 's3.', 'task.', 'user.', 'deployment.',
  'execution.target', 'execution.attached', 'execution.shutdown-on-attached-exit', 'execution.shutdown-on-application-finish',
  'execution.job-listeners', 'execution.allow-client-job-configurations', 'execution.program-config', 'execution.submit-failed-job-on-application-error',
  'execution.buffer-timeout.enabled', 'execution.batch.', 'execution.batch-shuffle-mode', 'execution.sorted-inputs.', 'execution.sink.',
  'pipeline.jars', 'pipeline.classpaths', 'pipeline.cached-files', 'pipeline.generic-types', 'pipeline.force-kryo', 'pipeline.force-avro',
  'pipeline.registered-kryo-types', 'pipeline.registered-pojo-types', 'pipeline.default-kryo-serializers', 'pipeline.serialization-config',
  'pipeline.closure-cleaner-level', 'pipeline.auto-type-registration', 'pipeline.vertex-description-mode',
  'pipeline.vertex-name-include-index-prefix', '$internal.',
  'execution.checkpointing.write-buffer-size', 'execution.checkpointing.cleaner.', 'execution.checkpointing.file-merging.',
  'execution.checkpointing.unaligned.interruptible-timers.', 'execution.checkpointing.unaligned.max-subtasks-per-channel-state-file',
  'execution.checkpointing.unaligned.recover-output-on-downstream.', 'execution.checkpointing.unaligned.during-recovery.',
  'state.storage.fs.write-buffer-size', 'state.checkpoint.cleaner.', 'state.backend.rocksdb.', 'state.backend.forst.', 'state.backend.latency-track.',
];

/** Settings that change what a job does in Flink and that this version does not support yet. */
const NOT_SUPPORTED = [
  'execution.checkpointing.', 'execution.savepoint.', 'execution.state-recovery.', 'execution.savepoint-restore-mode', 'state.', 'restart-strategy',
  'table.', 'sql-client.', 'sql-gateway.',
  'pipeline.jobvertex-parallelism-overrides', 'pipeline.watermark-alignment.',
];

export type ForeignKey = 'without-meaning' | 'not-supported';

/** What kind of foreign key this is, or nothing when Flink has no such key either. */
export function foreignKey(key: string): ForeignKey | undefined {
  if (WITHOUT_MEANING.some((known) => matches(key, known))) return 'without-meaning';
  return NOT_SUPPORTED.some((known) => matches(key, known)) ? 'not-supported' : undefined;
}

function matches(key: string, known: string): boolean {
  return known.endsWith('.') ? key.startsWith(known) : key === known || key.startsWith(`${known}.`);
}
