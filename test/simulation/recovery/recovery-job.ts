/**
 * Jobs that are made to fail: each a small program of the public API, and beside it a model that says what its sink
 * must have made visible in the end.
 *
 * Invariant: what a job makes visible depends on its records alone, not on the order in which they meet.
 */
import { AsyncDataStream } from '../../../src/api/async-data-stream.js';
import type { DataStream } from '../../../src/api/data-stream.js';
import type { DataStreamSink } from '../../../src/api/data-stream-sink.js';
import { StreamExecutionEnvironment } from '../../../src/api/stream-execution-environment.js';
import { Configuration } from '../../../src/core/configuration.js';
import { type Random, randomInt } from '../../../src/core/random.js';
import { WatermarkStrategy } from '../../../src/operators/watermark-strategy.js';
import type { JobProgram } from '../../../src/program/job-program.js';
import { type JobClient, withPipelineExecutor } from '../../../src/program/pipeline-executor.js';
import { MapStateDescriptor } from '../../../src/state/state-descriptor.js';
import { EventTimeSessionWindows } from '../../../src/windowing/session-windows.js';
import { SlidingEventTimeWindows } from '../../../src/windowing/sliding-windows.js';
import { TumblingEventTimeWindows } from '../../../src/windowing/tumbling-windows.js';
import type { SimulatedThread } from '../scheduler.js';
import { BUCKET_MS, Counting, Pairing, Relay, Ruled, Windowed } from './counting-functions.js';
import { type Event, type EventSource, eventSplitsOf, eventsOf } from './events.js';
import { pacedSource } from './paced-source.js';
import type { RecoveryWorld } from './recovery-world.js';
import { committingSink, globallyCommittingSink, LedgerSink } from './transactional-sinks.js';

const KINDS = ['counts', 'tumbling', 'sliding', 'sessions', 'union', 'connect', 'broadcast', 'relay', 'async'] as const;
export type JobKind = (typeof KINDS)[number];

const SINKS = ['two-phase', 'two-phase', 'global committer', 'committer'] as const;

export interface RecoveryJob {
  readonly kind: JobKind;
  readonly sources: readonly EventSource[];
  readonly sink: (typeof SINKS)[number];
  readonly chaining: boolean;
  readonly bufferTimeoutMs: number;
}

/** How wide it runs; a restore may change it. */
export interface Widths {
  readonly source: number;
  readonly operator: number;
  readonly sink: number;
}

const SIZE_MS = 50;
const SLIDE_MS = 20;
const GAP_MS = 7;
const MAX_PARALLELISM = 8;

export function randomRecoveryJob(random: Random, only?: JobKind): RecoveryJob {
  const kind = only ?? KINDS[randomInt(random, KINDS.length)]!;
  const two = kind === 'union' || kind === 'connect' || kind === 'broadcast';
  const source = (name: string): EventSource => ({ name, splits: 1 + randomInt(random, 6), splitSize: 5 + randomInt(random, 40), keys: 1 + randomInt(random, 9) });
  return {
    kind,
    sources: two ? [source('a'), kind === 'broadcast' ? { ...source('b'), splits: 2, splitSize: 8 } : source('b')] : [source('a')],
    sink: SINKS[Math.floor(random.next() * SINKS.length)]!,
    chaining: random.next() < 0.8,
    bufferTimeoutMs: [0, 1, 5, 100][randomInt(random, 4)]!,
  };
}

export function randomWidths(random: Random): Widths {
  return { source: 1 + randomInt(random, 3), operator: 1 + randomInt(random, 4), sink: 1 + randomInt(random, 3) };
}

/** The job as a program; made anew for every slot and attempt, whose functions run on that thread. */
export async function recoveryProgram(world: RecoveryWorld, job: RecoveryJob, widths: Widths, thread: SimulatedThread): Promise<JobProgram> {
  const captured: JobProgram[] = [];
  const executor = {
    configuration: new Configuration(),
    execute: async (program: JobProgram) => {
      captured.push(program);
      return {} as JobClient;
    },
  };
  await withPipelineExecutor(executor, () => build(world, job, widths, thread).executeAsync('recovering'));
  return captured[0]!;
}

function build(world: RecoveryWorld, job: RecoveryJob, widths: Widths, thread: SimulatedThread): StreamExecutionEnvironment {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  env.setMaxParallelism(MAX_PARALLELISM).setBufferTimeout(job.bufferTimeoutMs).setParallelism(widths.operator);
  env.getConfig().setAutoWatermarkInterval(5);
  if (!job.chaining) env.disableOperatorChaining();
  const streams = job.sources.map((source, at) => {
    const strategy = WatermarkStrategy.forMonotonousTimestamps<Event>();
    const parallelism = job.kind === 'broadcast' && at === 1 ? 1 : widths.source;
    return env.fromSource(pacedSource(world, source, thread), strategy, source.name).uid(source.name).setParallelism(parallelism);
  });
  const results = body(world, job, streams, thread).uid('work');
  sinkOf(world, job, results, thread).uid('sink').setParallelism(widths.sink);
  return env;
}

function sinkOf(world: RecoveryWorld, { sink }: RecoveryJob, results: DataStream<string>, thread: SimulatedThread): DataStreamSink<string> {
  switch (sink) {
    case 'two-phase': return results.addSink(new LedgerSink(world, thread));
    case 'committer': return results.sinkTo(committingSink(world, thread));
    case 'global committer': return results.sinkTo(globallyCommittingSink(world, thread));
  }
}

function body(world: RecoveryWorld, { kind }: RecoveryJob, [first, second]: readonly DataStream<Event>[], thread: SimulatedThread) {
  const keyed = first!.keyBy((event) => event.key);
  switch (kind) {
    case 'counts': return keyed.process(new Counting(world));
    case 'tumbling': return keyed.window(TumblingEventTimeWindows.of(SIZE_MS)).process(new Windowed(world));
    case 'sliding': return keyed.window(SlidingEventTimeWindows.of(SIZE_MS, SLIDE_MS)).process(new Windowed(world));
    case 'sessions': return keyed.window(EventTimeSessionWindows.withGap(GAP_MS)).process(new Windowed(world));
    case 'union': return first!.union(second!).rebalance().map((event) => event).uid('spread').keyBy((event) => event.key).process(new Counting(world));
    case 'connect': return keyed.connect(second!.keyBy((event) => event.key)).process(new Pairing(world));
    case 'broadcast': {
      const rules = new MapStateDescriptor<string, number>('rules');
      return first!.connect(second!.broadcast(rules)).process(new Ruled(world, rules));
    }
    case 'relay': return first!.process(new Relay(world));
    case 'async': return AsyncDataStream.unorderedWait(first!.rebalance(), (event: Event) => answer(world, event, thread), { timeout: 0, capacity: 5 });
  }
}

/** A service that takes its time. */
async function answer(world: RecoveryWorld, event: Event, thread: SimulatedThread): Promise<string> {
  world.strike('record');
  if (world.scheduler.chance(0.5)) await new Promise<void>((resolve) => thread.clock.schedule(world.scheduler.random.next() * 10, resolve));
  return `p:${event.id}`;
}

/** What must be visible in the end, sorted. */
export function expectedRecords({ kind, sources }: RecoveryJob): string[] {
  const [first, second = []] = sources.map(eventsOf) as [Event[], Event[]?];
  switch (kind) {
    case 'counts': return countsOf(first).sort();
    case 'union': return countsOf([...first, ...second]).sort();
    case 'tumbling': return windowsOf(first, SIZE_MS, SIZE_MS).sort();
    case 'sliding': return windowsOf(first, SIZE_MS, SLIDE_MS).sort();
    case 'sessions': return sessionsOf(first).sort();
    case 'connect': return [...numbered('l', first), ...numbered('r', second)].sort();
    case 'broadcast': return [...first.map(({ id }) => `p:${id}`), ...second.map(({ id }, at) => `rule:${id}:${at + 1}`)].sort();
    default: return first.map(({ id }) => `p:${id}`).sort();
  }
}

/** What a job that passes records on must have made visible when it ends early: what comes before the last of each split, too. */
export function recordsBefore({ sources }: RecoveryJob, visible: readonly string[]): string[] {
  const seen = new Set(visible);
  return eventSplitsOf(sources[0]!).flatMap((split) => split.slice(0, split.findLastIndex((event) => seen.has(`p:${event.id}`)) + 1)).map(({ id }) => `p:${id}`).sort();
}

function byKey(events: readonly Event[]): Map<number, Event[]> {
  const groups = new Map<number, Event[]>();
  for (const event of events) groups.set(event.key, [...(groups.get(event.key) ?? []), event]);
  return groups;
}

function numbered(name: string, events: readonly Event[]): string[] {
  return [...byKey(events)].flatMap(([key, group]) => group.map((_, at) => `${name}:${key}:${at + 1}`));
}

function countsOf(events: readonly Event[]): string[] {
  const buckets = [...byKey(events)].flatMap(([key, group]) => {
    const counts = new Map<number, number>();
    for (const { time } of group) {
      const end = (Math.floor(time / BUCKET_MS) + 1) * BUCKET_MS;
      counts.set(end, (counts.get(end) ?? 0) + 1);
    }
    return [...counts].map(([end, n]) => `b:${key}:${end}:${n}`);
  });
  return [...numbered('c', events), ...buckets];
}

function windowsOf(events: readonly Event[], size: number, slide: number): string[] {
  return [...byKey(events)].flatMap(([key, group]) => {
    const counts = new Map<number, number>();
    for (const { time } of group) {
      for (let start = Math.floor(time / slide) * slide; start > time - size; start -= slide) counts.set(start, (counts.get(start) ?? 0) + 1);
    }
    return [...counts].map(([start, n]) => `w:${key}:${start}:${start + size}:${n}`);
  });
}

function sessionsOf(events: readonly Event[]): string[] {
  return [...byKey(events)].flatMap(([key, group]) => {
    const sessions: { start: number; end: number; n: number }[] = [];
    for (const { time } of [...group].sort((one, other) => one.time - other.time)) {
      const last = sessions.at(-1);
      // Windows that touch are one.
      if (last && time <= last.end) Object.assign(last, { end: time + GAP_MS, n: last.n + 1 });
      else sessions.push({ start: time, end: time + GAP_MS, n: 1 });
    }
    return sessions.map(({ start, end, n }) => `w:${key}:${start}:${end}:${n}`);
  });
}
