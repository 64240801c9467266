/**
 * What is answered of the cluster: JobManager, TaskManagers, logs.
 */
import * as z from 'zod/mini';
import { id } from './common.js';

export const clusterOverview = () =>
  z.strictObject({
    taskmanagers: z.int(), 'slots-total': z.int(), 'slots-available': z.int(), 'jobs-running': z.int(), 'jobs-finished': z.int(),
    'jobs-cancelled': z.int(), 'jobs-failed': z.int(), 'flink-version': z.string(), 'flink-commit': z.string(),
  });

export const webConfig = () =>
  z.strictObject({
    'refresh-interval': z.int(), 'timezone-name': z.string(), 'timezone-offset': z.int(), 'flink-version': z.string(), 'flink-revision': z.string(),
    features: z.strictObject({ 'web-submit': z.boolean(), 'web-cancel': z.boolean(), 'web-rescale': z.boolean(), 'web-history': z.boolean() }),
  });

export const keysAndValues = () => z.array(z.strictObject({ key: z.string(), value: z.string() }));

export const environment = () =>
  z.strictObject({ jvm: z.strictObject({ version: z.string(), arch: z.string(), options: z.array(z.string()) }), classpath: z.array(z.string()) });

export const logUrl = () => z.strictObject({ url: z.string() });

export const dataSets = () => z.strictObject({ dataSets: z.array(z.strictObject({ id: id(), isComplete: z.boolean() })) });

export const logFiles = () => z.strictObject({ logs: z.array(z.strictObject({ name: z.string(), size: z.int(), mtime: z.int() })) });

export const threadDump = () => z.strictObject({ threadInfos: z.array(z.strictObject({ threadName: z.string(), stringifiedThreadInfo: z.string() })) });

const resource = () =>
  z.strictObject({ cpuCores: z.number(), taskHeapMemory: z.int(), taskOffHeapMemory: z.int(), managedMemory: z.int(), networkMemory: z.int(), extendedResources: z.record(z.string(), z.number()) });

const taskManagerFields = () => ({
  id: z.string(), path: z.string(), dataPort: z.int(), jmxPort: z.int(), timeSinceLastHeartbeat: z.int(), slotsNumber: z.int(), freeSlots: z.int(),
  totalResource: resource(), freeResource: resource(),
  hardware: z.strictObject({ cpuCores: z.int(), physicalMemory: z.int(), freeMemory: z.int(), managedMemory: z.int() }),
  memoryConfiguration: z.strictObject({
    frameworkHeap: z.int(), taskHeap: z.int(), frameworkOffHeap: z.int(), taskOffHeap: z.int(), networkMemory: z.int(), managedMemory: z.int(),
    jvmMetaspace: z.int(), jvmOverhead: z.int(), totalFlinkMemory: z.int(), totalProcessMemory: z.int(),
  }),
});

export const taskManagers = () => z.strictObject({ taskmanagers: z.array(z.strictObject(taskManagerFields())) });

export const taskManagerDetails = () =>
  z.strictObject({
    ...taskManagerFields(),
    allocatedSlots: z.array(z.strictObject({ jobId: id(), resource: resource() })),
    metrics: z.strictObject({ heapUsed: z.int(), heapCommitted: z.int(), heapMax: z.int(), nonHeapUsed: z.int(), nonHeapCommitted: z.int(), nonHeapMax: z.int(),
      directCount: z.int(), directUsed: z.int(), directMax: z.int(), mappedCount: z.int(), mappedUsed: z.int(), mappedMax: z.int(),
      memorySegmentsAvailable: z.int(), memorySegmentsTotal: z.int(),
      nettyShuffleMemorySegmentsAvailable: z.int(), nettyShuffleMemorySegmentsUsed: z.int(), nettyShuffleMemorySegmentsTotal: z.int(),
      nettyShuffleMemoryAvailable: z.int(), nettyShuffleMemoryUsed: z.int(), nettyShuffleMemoryTotal: z.int(),
      garbageCollectors: z.array(z.strictObject({ name: z.string(), count: z.int(), time: z.int() })) }),
  });
