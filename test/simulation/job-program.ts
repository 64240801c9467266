/**
 * Turns a random job into what the cluster runs: a StreamGraph and real operators of the engine, under observation.
 * Every slot gets a program of its own, as it would by running the job's bundle.
 */
import type { StreamEdge, StreamGraph, StreamNode } from '../../src/graph/stream-graph.js';
import { collectOperator } from '../../src/operators/collect.js';
import { coMapOperator } from '../../src/operators/co-map.js';
import { fieldAggregateOperator } from '../../src/operators/field-aggregate.js';
import { filterOperator } from '../../src/operators/filter.js';
import { flatMapOperator } from '../../src/operators/flat-map.js';
import { foldOperator, keyedReduceOperator } from '../../src/operators/keyed-reduce.js';
import { mapOperator } from '../../src/operators/map.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { OutputTag } from '../../src/operators/output-tag.js';
import { keyedProcessOperator, processOperator } from '../../src/operators/process.js';
import { sinkOperator } from '../../src/operators/sink-operator.js';
import { timestampsOperator } from '../../src/operators/timestamps.js';
import { WatermarkStrategy } from '../../src/operators/watermark-strategy.js';
import type { EdgeFunction, JobProgram, NodeDefinition } from '../../src/program/job-program.js';
import { observed } from './observed-operator.js';
import { type RandomJob, SIDE, type Step, stepName } from './random-job.js';
import { randomSource } from './random-source.js';
import { type Envelope, type Rec, textOf } from './records.js';
import type { SimulatedThread } from './scheduler.js';
import { slowSink } from './slow-sink.js';
import { channelOf, connected, flattened, isOdd, kept, mapped, single } from './step-behaviour.js';
import type { World } from './world.js';

export function jobProgram(world: World, thread: SimulatedThread): JobProgram {
  const { job } = world;
  const graph = streamGraph(job);
  return {
    graph,
    definitions: new Map(job.steps.map((step) => [step.id, nodeDefinition(world, step, thread)])),
    edgeFunctions: new Map(graph.edges.flatMap((edge, at): [number, EdgeFunction][] => {
      if (edge.partitioning === 'HASH') return [[at, { kind: 'key', keyOf: ({ rec }: Envelope) => rec.key }]];
      if (edge.partitioning === 'CUSTOM') return [[at, { kind: 'custom', partition: ({ rec }: Envelope, channels: number) => channelOf(rec, channels) }]];
      return [];
    })),
    collectors: new Map(job.steps.filter((step) => step.kind === 'collect').map((step) => [
      stepName(step),
      (values: unknown[]) => {
        for (const rec of values) world.write(step.id, textOf(rec as Rec));
      },
    ])),
  };
}

export function streamGraph({ steps, chainingEnabled }: RandomJob): StreamGraph {
  return {
    jobName: 'simulated', runtimeMode: 'STREAMING', chainingEnabled, chainDifferentMaxParallelism: true, maxParallelism: -1, globalJobParameters: {},
    nodes: steps.map(streamNode),
    edges: steps.flatMap((step) => step.inlets.map(({ from, tag, input, partitioning }): StreamEdge => ({
      source: from, target: step.id, input, partitioning, ordinal: 0, ...(tag === '' ? {} : { sideOutput: tag }),
    }))),
  };
}

function streamNode(step: Step): StreamNode {
  return {
    id: step.id, name: stepName(step), operator: step.kind, kind: step.kind === 'source' ? 'source' : step.kind === 'sink' || step.kind === 'collect' ? 'sink' : 'operator',
    legacySource: false, bounded: step.kind === 'source', parallelism: step.parallelism, maxParallelism: -1, slotSharingGroup: step.slotSharingGroup,
    chaining: step.chaining, yielding: false, inputs: step.kind === 'source' ? 0 : step.kind === 'connect' ? 2 : 1,
    keyedInputs: step.kind === 'count' || step.kind === 'keyed' ? [0] : [], bufferTimeoutMs: step.bufferTimeoutMs,
  };
}

function nodeDefinition(world: World, step: Step, thread: SimulatedThread): NodeDefinition {
  if (step.kind === 'source') return { kind: 'source', source: randomSource(world, step, thread) };
  return { kind: 'operator', operator: observed(world, step, thread, behaviour(world, step, thread) as OperatorDefinition<never>) };
}

/** The engine's own operator, around a function that may fail. */
function behaviour(world: World, step: Step, thread: SimulatedThread): OperatorDefinition<Rec> | OperatorDefinition<never> {
  const risky = <R>(apply: (rec: Rec) => R) => (rec: Rec): R => {
    world.strike(step, 'record');
    return apply(rec);
  };
  switch (step.kind) {
    case 'map': return mapOperator(risky((rec) => mapped(step, rec)));
    case 'single': return mapOperator(risky(single));
    case 'filter': return filterOperator(risky((rec) => kept(step, rec)));
    case 'flatMap': return flatMapOperator((rec: Rec, out) => risky((one) => flattened(step, one))(rec).forEach((copy) => out.collect(copy)));
    case 'count': return counting(step, (rec) => world.strike(step, 'record') ?? rec.key);
    case 'keyed': return keyedProcessOperator<number | string, Rec, Rec>((rec, context, out) => {
      if (context.getCurrentKey() !== rec.key) world.scheduler.violated(`${stepName(step)} saw the key ${context.getCurrentKey()} for ${rec.key}`);
      out.collect(risky((one) => one)(rec));
    }, (rec) => rec.key);
    case 'connect': return coMapOperator<Rec, Rec, Rec>({ map1: risky((rec) => connected(1, rec)), map2: risky((rec) => connected(2, rec)) });
    case 'split': return processOperator<Rec, Rec>((rec, context, out) => {
      if (risky((one) => isOdd(step, one))(rec)) context.output(new OutputTag<Rec>(SIDE), rec);
      out.collect(rec);
    });
    case 'timestamps': return timestampsOperator(WatermarkStrategy.forMonotonousTimestamps<Rec>().withTimestampAssigner((rec) => rec.n), step.variant % 3 === 0 ? 0 : 7);
    case 'collect': return collectOperator<Rec>(stepName(step));
    default: return sinkOperator(slowSink(world, step, thread));
  }
}

/** Three ways to the same count. */
function counting(step: Step, keyOf: (rec: Rec) => number | string): OperatorDefinition<Rec> {
  switch (step.variant % 3) {
    case 0: return keyedReduceOperator<Rec>((before, rec) => ({ ...before, n: before.n + rec.n }), keyOf);
    case 1: return fieldAggregateOperator<Rec>('sum', 'n', keyOf);
    default: return foldOperator<Rec, Rec>({ id: '', key: '', n: 0 }, (before, rec) => ({ ...rec, n: before.n + rec.n }), keyOf);
  }
}
