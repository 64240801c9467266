/**
 * The TaskManagers of a process, put together from what its jobs say of them.
 */
import { availableParallelism, freemem, totalmem } from 'node:os';
import type { z } from 'zod/mini';
import type { TaskManagerSnapshot } from '../cluster/running-job.js';
import { TaskManagerHeap, NetworkMemory } from '../core/options.js';
import type { taskManagerDetails, taskManagers } from './answers/cluster-answers.js';
import type { Metrics } from './job-metrics.js';
import type { JobRecord } from './job-record.js';
import type { KnownJobs } from './job-records.js';
import { memoryMetrics } from './process-metrics.js';
import { RestError } from './rest-error.js';
import type { ServedProcess } from './served-process.js';
import { taskManagerId, taskManagerIndex } from './task-names.js';

type Overview = z.input<ReturnType<typeof taskManagers>>['taskmanagers'][number];

/** A TaskManager with the jobs that have slots of it. */
export interface TaskManagerView {
  readonly index: number;
  /** The most that jobs have needed at once. */
  readonly slots: number;
  readonly allocated: readonly { readonly record: JobRecord; readonly slots: number }[];
  readonly memory: TaskManagerSnapshot['memory'];
}

/** In the order of their numbers. Those of jobs that have ended are free. */
export function taskManagerViews(records: KnownJobs): TaskManagerView[] {
  const views = new Map<number, { index: number; slots: number; allocated: { record: JobRecord; slots: number }[]; memory: TaskManagerSnapshot['memory'] }>();
  for (const record of records.all()) {
    for (const { index, slots, memory } of record.job.snapshot().taskManagers) {
      const view = views.get(index) ?? { index, slots: 0, allocated: [], memory: undefined };
      views.set(index, view);
      if (!record.terminal) view.allocated.push({ record, slots });
      view.slots = Math.max(view.slots, slots, allocatedSlots(view));
      view.memory = memory ?? view.memory;
    }
  }
  return [...views.values()].sort((a, b) => a.index - b.index);
}

export function allocatedSlots({ allocated }: Pick<TaskManagerView, 'allocated'>): number {
  return allocated.reduce((sum, { slots }) => sum + slots, 0);
}

/** Throws what answers a request for one that is not there. */
export function taskManagerOf(records: KnownJobs, id: string): TaskManagerView {
  const index = taskManagerIndex(id);
  const view = taskManagerViews(records).find((one) => one.index === index);
  if (!view) throw new RestError(404, `TaskExecutor ${id} not found`);
  return view;
}

export function taskManagerOverview(view: TaskManagerView, { configuration }: ServedProcess): Overview {
  const network = configuration.get(NetworkMemory);
  const heap = configuration.get(TaskManagerHeap) ?? view.memory?.heapMax ?? 0;
  return {
    id: taskManagerId(view.index), path: `threads/taskmanager-${view.index}`, dataPort: -1, jmxPort: -1, timeSinceLastHeartbeat: 0,
    slotsNumber: view.slots, freeSlots: view.slots - allocatedSlots(view), totalResource: resource(heap, network), freeResource: resource(0, 0),
    hardware: { cpuCores: availableParallelism(), physicalMemory: totalmem(), freeMemory: freemem(), managedMemory: 0 },
    memoryConfiguration: {
      frameworkHeap: 0, taskHeap: heap, frameworkOffHeap: 0, taskOffHeap: 0, networkMemory: network, managedMemory: 0, jvmMetaspace: 0, jvmOverhead: 0,
      totalFlinkMemory: heap + network, totalProcessMemory: heap + network,
    },
  };
}

export function taskManagerDetailsOf(view: TaskManagerView, served: ServedProcess): z.input<ReturnType<typeof taskManagerDetails>> {
  const { heapUsed = 0, heapCommitted = 0, heapMax = 0, external = 0, garbageCollectors = [] } = view.memory ?? {};
  return {
    ...taskManagerOverview(view, served),
    allocatedSlots: view.allocated.flatMap(({ record, slots }) => Array.from({ length: slots }, () => ({ jobId: record.job.jobId, resource: resource(0, 0) }))),
    metrics: {
      heapUsed, heapCommitted, heapMax, nonHeapUsed: external, nonHeapCommitted: external, nonHeapMax: -1,
      directCount: 0, directUsed: 0, directMax: 0, mappedCount: 0, mappedUsed: 0, mappedMax: 0, memorySegmentsAvailable: 0, memorySegmentsTotal: 0,
      nettyShuffleMemorySegmentsAvailable: 0, nettyShuffleMemorySegmentsUsed: 0, nettyShuffleMemorySegmentsTotal: 0,
      nettyShuffleMemoryAvailable: 0, nettyShuffleMemoryUsed: 0, nettyShuffleMemoryTotal: 0, garbageCollectors: garbageCollectors.map(({ name, count, timeMs }) => ({ name, count, time: timeMs })),
    },
  };
}

function resource(heap: number, network: number): Overview['totalResource'] {
  return { cpuCores: heap === 0 ? 0 : 1, taskHeapMemory: heap, taskOffHeapMemory: 0, managedMemory: 0, networkMemory: network, extendedResources: {} };
}

/** The metrics of a TaskManager that there are here. */
export function taskManagerMetrics({ memory }: TaskManagerView): Metrics {
  return new Map(memory ? memoryMetrics(memory) : []);
}
