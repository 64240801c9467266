import { describe, expect, it } from 'vitest';
import { Configuration } from '../../src/core/configuration.js';
import { IncrementalCheckpoints, LevelLocalDirectory, NetworkMemory, ObjectReuse, S3Endpoint, StateBackendType, WatermarkAlignmentDrift } from '../../src/core/options.js';
import { assignSlots } from '../../src/cluster/execution/slots.js';
import { planDeployments, stateBackendType } from '../../src/cluster/plan-deployments.js';
import { createJobGraph } from '../../src/graph/translate.js';
import type { Deployment } from '../../src/runtime/deployment.js';
import { Doorbell } from '../../src/runtime/exchange/doorbell.js';
import { allocateMetrics } from '../../src/runtime/task-metrics.js';
import { line } from './sample-jobs.js';

/** Source with one subtask, rebalanced to a map with `parallelism` subtasks. */
function plan(parallelism: number, taskManagers: number, configuration = new Configuration(), only?: number, partitioning: 'REBALANCE' | 'FORWARD' = 'REBALANCE'): Deployment[] {
  const jobGraph = createJobGraph(line(undefined, { parallelism, partitioning, chaining: partitioning === 'FORWARD' ? 'NEVER' : 'ALWAYS' }).program.graph, '0'.repeat(32));
  const attempts = jobGraph.vertices.flatMap((vertex) => Array.from({ length: vertex.parallelism }, (_, subtask) => ({ vertexId: vertex.id, subtask, attempt: 2 })));
  return planDeployments({
    jobGraph, configuration, slots: assignSlots(jobGraph, taskManagers), attempts: attempts.filter(({ subtask }) => only === undefined || subtask === only), directCalls: true, metrics: allocateMetrics(3 * parallelism),
    doorbells: Array.from({ length: taskManagers }, () => Doorbell.allocate()),
  });
}

describe('the deployments of a job', () => {
  it('run every subtask once, each with a slice of the counters of its own', () => {
    const subtasks = plan(3, 2).flatMap((deployment) => deployment.subtasks);
    expect(subtasks.map(({ metricsIndex }) => metricsIndex).sort()).toEqual([0, 1, 2, 3]);
    expect(new Set(subtasks.map(({ attempt }) => attempt))).toEqual(new Set([2]));
  });

  it('join subtasks of one TaskManager without a ring, and those of two by one that both know', () => {
    const [first, second] = plan(2, 2);
    const shape = (deployment: Deployment): [number, boolean][] => deployment.channels.map(({ consumer, ring }) => [consumer, ring !== undefined]);
    expect([shape(first!), shape(second!)]).toEqual([[[0, false], [1, true]], [[1, true]]]);
    expect(second!.channels[0]!.ring).toBe(first!.channels[1]!.ring);
  });

  it('of a part of the job run only its subtasks and open only the channels between them, by new rings', () => {
    const parts = (): Deployment[] => plan(2, 2, new Configuration(), 1, 'FORWARD');
    const shape = parts().map(({ subtasks, channels }) => [subtasks.map(({ subtask, metricsIndex }) => [subtask, metricsIndex]), channels.map(({ producer, consumer }) => [producer, consumer])]);
    expect(shape).toEqual([[[], []], [[[1, 1], [1, 3], [1, 5]], [[1, 1], [1, 1]]]]);
    const rings = (all: Deployment[]): unknown[] => all.flatMap(({ channels }) => channels.flatMap(({ ring }) => ring ?? []));
    expect(rings(plan(2, 2)).some((ring) => rings(plan(2, 2)).includes(ring))).toBe(false);
  });

  it('give a TaskManager that the job does not need nothing to run', () => {
    expect(plan(1, 3).map(({ subtasks, channels }) => [subtasks.length, channels.length])).toEqual([[2, 1], [0, 0], [0, 0]]);
  });

  it('share the memory for exchanges among the rings, none too small to work', () => {
    const ringOf = (bytes: number): number => plan(9, 9, new Configuration().set(NetworkMemory, bytes))[0]!.channels.at(-1)!.ring!.byteLength;
    const [small, middle, large] = [1, 4 << 20, 1 << 30].map(ringOf);
    expect([small! < middle!, middle! < large!, small! >= 64 * 1024, large! <= 2 << 20]).toEqual([true, true, true, true]);
  });

  it('keep the state of a batch job on the heap, whatever backend is configured', () => {
    const onDisk = new Configuration().set(StateBackendType, 'rocksdb');
    expect([stateBackendType(onDisk, 'STREAMING'), stateBackendType(onDisk, 'BATCH')]).toEqual(['level', 'hashmap']);
  });

  it('carry the settings of the job', () => {
    const settings = plan(1, 1, new Configuration().set(ObjectReuse, false).set(WatermarkAlignmentDrift, 7))[0]!.settings;
    expect(settings).toEqual({ objectReuse: false, specialiseKernels: true, directCalls: true, defaultMaxDriftMs: 7, allowUnalignedSplits: false, checkpointing: false, checkpointsAfterTasksFinish: true, committerRetries: 10, forcedUnaligned: false, stateBackend: { type: 'hashmap', incremental: false, localRecovery: false }, fileSystems: new Map(), execution: { objectReuse: false, parallelism: 1, maxParallelism: -1, autoWatermarkIntervalMs: 200, cachedFiles: {} } });
    const rocks = new Configuration().set(StateBackendType, 'rocksdb').set(IncrementalCheckpoints, true).set(LevelLocalDirectory, '/fast');
    expect(plan(1, 1, rocks)[0]!.settings.stateBackend).toEqual({ type: 'level', incremental: true, localRecovery: false, localDirectory: '/fast' });
    const elsewhere = new Configuration().set(S3Endpoint, 'http://localhost:9000').set(ObjectReuse, false);
    expect(plan(1, 1, elsewhere)[0]!.settings.fileSystems).toEqual(new Map([['s3.endpoint', { value: 'http://localhost:9000', origin: 'the program' }]]));
  });
});
