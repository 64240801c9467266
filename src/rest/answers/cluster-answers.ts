/**
 * What is answered of the cluster: JobManager, TaskManagers, logs.
 */
import * as z from 'zod/mini';
import { id } from './common.js';

export const clusterOverview = () =>
  z.strictObject({
    taskmanagers: z.number(), 'slots-total': z.number(), 'slots-available': z.number(), 'jobs-running': z.number(), 'jobs-finished': z.number(),
    'jobs-cancelled': z.number(), 'jobs-failed': z.number(), 'flink-version': z.string(), 'flink-commit': z.string(),
  });

export const webConfig = () =>
  z.strictObject({
    'refresh-interval': z.number(), 'timezone-name': z.string(), 'timezone-offset': z.number(), 'flink-version': z.string(), 'flink-revision': z.string(),
    features: z.strictObject({ 'web-submit': z.boolean(), 'web-cancel': z.boolean(), 'web-rescale': z.boolean(), 'web-history': z.boolean() }),
  });

export const keysAndValues = () => z.array(z.strictObject({ key: z.string(), value: z.string() }));

export const environment = () =>
  z.strictObject({ jvm: z.strictObject({ version: z.string(), arch: z.string(), options: z.array(z.string()) }), classpath: z.array(z.string()) });

export const logUrl = () => z.strictObject({ url: z.string() });

export const dataSets = () => z.strictObject({ dataSets: z.array(z.strictObject({ id: id(), isComplete: z.boolean() })) });

export const logFiles = () => z.strictObject({ logs: z.array(z.strictObject({ name: z.string(), size: z.number(), mtime: z.number() })) });

export const threadDump = () => z.strictObject({ threadInfos: z.array(z.strictObject({ threadName: z.string(), stringifiedThreadInfo: z.string() })) });

const resource = () =>
  z.strictObject({ cpuCores: z.number(), taskHeapMemory: z.number(), taskOffHeapMemory: z.number(), managedMemory: z.number(), networkMemory: z.number(), extendedResources: z.record(z.string(), z.number()) });

const taskManagerFields = () => ({
  id: z.string(), path: z.string(), dataPort: z.number(), jmxPort: z.number(), timeSinceLastHeartbeat: z.number(), slotsNumber: z.number(), freeSlots: z.number(),
  totalResource: resource(), freeResource: resource(),
  hardware: z.strictObject({ cpuCores: z.number(), physicalMemory: z.number(), freeMemory: z.number(), managedMemory: z.number() }),
  memoryConfiguration: z.strictObject({
    frameworkHeap: z.number(), taskHeap: z.number(), frameworkOffHeap: z.number(), taskOffHeap: z.number(), networkMemory: z.number(), managedMemory: z.number(),
    jvmMetaspace: z.number(), jvmOverhead: z.number(), totalFlinkMemory: z.number(), totalProcessMemory: z.number(),
  }),
});

export const taskManagers = () => z.strictObject({ taskmanagers: z.array(z.strictObject(taskManagerFields())) });

export const taskManagerDetails = () =>
  z.strictObject({
    ...taskManagerFields(),
    allocatedSlots: z.array(z.strictObject({ jobId: id(), resource: resource() })),
    metrics: z.strictObject({ heapUsed: z.number(), heapCommitted: z.number(), heapMax: z.number(), nonHeapUsed: z.number(), nonHeapCommitted: z.number(), nonHeapMax: z.number(),
      directCount: z.number(), directUsed: z.number(), directMax: z.number(), mappedCount: z.number(), mappedUsed: z.number(), mappedMax: z.number(),
      memorySegmentsAvailable: z.number(), memorySegmentsTotal: z.number(),
      nettyShuffleMemorySegmentsAvailable: z.number(), nettyShuffleMemorySegmentsUsed: z.number(), nettyShuffleMemorySegmentsTotal: z.number(),
      nettyShuffleMemoryAvailable: z.number(), nettyShuffleMemoryUsed: z.number(), nettyShuffleMemoryTotal: z.number(),
      garbageCollectors: z.array(z.strictObject({ name: z.string(), count: z.number(), time: z.number() })) }),
  });
