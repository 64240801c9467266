/**
 * Turns a random job into what the cluster runs: a StreamGraph and real operators of the engine, under observation.
 * Every slot gets a program of its own, as it would by running the job's bundle.
 */
import type { StreamEdge, StreamGraph, StreamNode } from '../../src/graph/stream-graph.js';
import { asyncWaitOperator } from '../../src/operators/async/async-wait.js';
import { collectOperator } from '../../src/operators/collect.js';
import { coMapOperator } from '../../src/operators/co-map.js';
import { fieldAggregateOperator } from '../../src/operators/field-aggregate.js';
import { filterOperator } from '../../src/operators/filter.js';
import { flatMapOperator } from '../../src/operators/flat-map.js';
import { foldOperator, keyedReduceOperator } from '../../src/operators/keyed-reduce.js';
import { type Collector, type KeyedProcessContext, KeyedProcessFunction, type OnTimerContext } from '../../src/operators/functions.js';
import { iterationHeadOperator, iterationTailOperator } from '../../src/operators/iteration.js';
import { mapOperator } from '../../src/operators/map.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { OutputTag } from '../../src/operators/output-tag.js';
import { keyedProcessOperator, processOperator } from '../../src/operators/process.js';
import { sinkOperator } from '../../src/operators/sink-operator.js';
import { timestampsOperator } from '../../src/operators/timestamps.js';
import { WatermarkStrategy } from '../../src/operators/watermark-strategy.js';
import type { EdgeFunction, JobProgram, NodeDefinition } from '../../src/program/job-program.js';
import type { MapState } from '../../src/state/state.js';
import { MapStateDescriptor } from '../../src/state/state-descriptor.js';
import { observed } from './observed-operator.js';
import { BACK, type RandomJob, SIDE, type Step, type StepKind, stepName } from './random-job.js';
import { randomSource } from './random-source.js';
import { type Envelope, type Rec, textOf } from './records.js';
import type { SimulatedThread } from './scheduler.js';
import { slowSink } from './slow-sink.js';
import { bucketed, bucketEnd, channelOf, connected, flattened, goesBack, isOdd, kept, mapped, single, wentRound } from './step-behaviour.js';
import type { World } from './world.js';

/** Longer than any record takes to come back. */
const LOOP_WAIT_MS = 20_000;

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

const KEYED: readonly StepKind[] = ['count', 'keyed', 'bucket'];
const SINKS: readonly StepKind[] = ['sink', 'collect', 'loopTail'];

function streamNode(step: Step): StreamNode {
  return {
    id: step.id, name: stepName(step), operator: step.kind, kind: step.kind === 'source' ? 'source' : SINKS.includes(step.kind) ? 'sink' : 'operator',
    legacySource: false, bounded: step.kind === 'source', parallelism: step.parallelism, maxParallelism: -1, slotSharingGroup: step.slotSharingGroup,
    chaining: step.chaining, yielding: step.kind === 'async', inputs: step.kind === 'source' ? 0 : step.kind === 'connect' ? 2 : 1,
    keyedInputs: KEYED.includes(step.kind) ? [0] : [], bufferTimeoutMs: step.bufferTimeoutMs, ...(step.colocation === undefined ? {} : { colocation: step.colocation }),
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
    case 'async': return asyncWaitOperator<Rec, Rec>(answering(world, step, thread), {
      call: 'orderedWait', order: step.variant % 2 === 0 ? 'ordered' : 'unordered', timeoutMs: 0, capacity: 1 + (step.variant % 7),
    });
    case 'bucket': return buckets(risky((rec) => rec));
    case 'loopHead': return iterationHeadOperator<Rec>(step.colocation!, LOOP_WAIT_MS);
    case 'loopBody': return processOperator<Rec, Rec>((rec, context, out) => {
      if (goesBack(risky((one) => one)(rec))) context.output(new OutputTag<Rec>(BACK), wentRound(rec));
      else out.collect(rec);
    });
    case 'loopTail': return iterationTailOperator(step.colocation!);
    case 'timestamps': return timestampsOperator(strategyOf(step), step.variant % 3 === 0 ? 0 : 7);
    case 'collect': return collectOperator<Rec>(stepName(step));
    default: return sinkOperator(slowSink(world, step, thread));
  }
}

/** Some wait for the others of a group, which all of them name alike. */
function strategyOf({ variant }: Step): WatermarkStrategy<Rec> {
  const strategy = WatermarkStrategy.forMonotonousTimestamps<Rec>().withTimestampAssigner((rec) => rec.n);
  return variant % 2 === 0 ? strategy : strategy.withWatermarkAlignment('group', 10, 20);
}

/** A service that answers at once or after a while, or fails. */
function answering(world: World, step: Step, thread: SimulatedThread): (rec: Rec) => Promise<Rec> {
  return (rec) => {
    world.strike(step, 'record');
    return answer(rec);
  };
  async function answer(rec: Rec): Promise<Rec> {
    const { scheduler } = world;
    if (scheduler.chance(0.7)) await new Promise<void>((resolve) => thread.clock.schedule(scheduler.random.next() * 10, resolve));
    world.strike(step, 'write');
    return rec;
  }
}

/** Counts records per key and stretch of event time, by state and timers. */
function buckets(risky: (rec: Rec) => Rec): OperatorDefinition<Rec> {
  class Buckets extends KeyedProcessFunction<number | string, Rec, Rec> {
    private counts!: MapState<number, number>;

    override open(): void {
      this.counts = this.getRuntimeContext().getMapState(new MapStateDescriptor<number, number>('counts'));
    }
    processElement(rec: Rec, context: KeyedProcessContext<number | string>): void {
      const end = bucketEnd(context.timestamp()!);
      risky(rec);
      this.counts.put(end, (this.counts.get(end) ?? 0) + 1);
      context.timerService().registerEventTimeTimer(end);
    }
    override onTimer(end: number, context: OnTimerContext<number | string>, out: Collector<Rec>): void {
      out.collect(bucketed(context.getCurrentKey(), end, this.counts.get(end)!));
      this.counts.remove(end);
    }
  }
  return keyedProcessOperator(Buckets, (rec: Rec) => rec.key);
}

/** Three ways to the same count. */
function counting(step: Step, keyOf: (rec: Rec) => number | string): OperatorDefinition<Rec> {
  switch (step.variant % 3) {
    case 0: return keyedReduceOperator<Rec>((before, rec) => ({ ...before, n: before.n + rec.n }), keyOf);
    case 1: return fieldAggregateOperator<Rec>('sum', 'n', keyOf);
    default: return foldOperator<Rec, Rec>({ id: '', key: '', n: 0 }, (before, rec) => ({ ...rec, n: before.n + rec.n }), keyOf);
  }
}
