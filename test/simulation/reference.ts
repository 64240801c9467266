/**
 * The naive interpreter that simulated runs are held against: steps in order, every stream an array.
 */
import { BACK, type RandomJob, SIDE, splitSizes, type Step } from './random-job.js';
import { type Rec, textOf } from './records.js';
import { bucketed, bucketEnd, connected, flattened, goesBack, isOdd, kept, mapped, single, sourceRecord, wentRound } from './step-behaviour.js';

export interface Expected {
  /** By sink, sorted. */
  readonly sinks: ReadonlyMap<number, readonly string[]>;
  /** Records that each step takes (a source: makes), over all its subtasks. */
  readonly arriving: ReadonlyMap<number, number>;
}

interface Timed {
  readonly rec: Rec;
  readonly timestamp: number;
}

interface Results {
  readonly main: readonly Timed[];
  readonly side?: readonly Timed[];
  /** Records taken, where that is not what came in. */
  readonly taken?: number;
}

export function interpret({ steps }: RandomJob): Expected {
  const streams = new Map<string, readonly Timed[]>();
  const sinks = new Map<number, readonly string[]>();
  const arriving = new Map<number, number>();
  for (const step of steps) {
    const inputs = [0, 1].map((input) =>
      step.inlets.filter((inlet) => inlet.input === input).flatMap(({ from, tag, partitioning }) => {
        const stream = streams.get(`${from}${tag}`)!;
        return partitioning === 'BROADCAST' ? Array.from({ length: step.parallelism }, () => stream).flat() : stream;
      }),
    ) as [Timed[], Timed[]];
    const { main, side = [], taken = inputs[0].length + inputs[1].length } = resultsOf(step, inputs);
    arriving.set(step.id, taken);
    streams.set(`${step.id}`, main);
    streams.set(`${step.id}${step.kind === 'loopBody' ? BACK : SIDE}`, side);
    if (step.kind === 'sink' || step.kind === 'collect') sinks.set(step.id, main.map(({ rec }) => textOf(rec)).sort());
  }
  return { sinks, arriving };
}

function resultsOf(step: Step, [first, second]: readonly [Timed[], Timed[]]): Results {
  const each = (records: readonly Timed[], apply: (rec: Rec) => Rec): Timed[] => records.map(({ rec, timestamp }) => ({ rec: apply(rec), timestamp }));
  switch (step.kind) {
    case 'source': return made(step);
    case 'map': return { main: each(first, (rec) => mapped(step, rec)) };
    case 'filter': return { main: first.filter(({ rec }) => kept(step, rec)) };
    case 'flatMap': return { main: first.flatMap(({ rec, timestamp }) => flattened(step, rec).map((copy) => ({ rec: copy, timestamp }))) };
    case 'single': return { main: each(first, single) };
    case 'count': return { main: counted(first) };
    case 'bucket': return { main: inBuckets(first) };
    case 'connect': return { main: [...each(first, (rec) => connected(1, rec)), ...each(second, (rec) => connected(2, rec))] };
    case 'split': return { main: first, side: first.filter(({ rec }) => isOdd(step, rec)) };
    case 'loopHead': return { main: first.flatMap(({ rec, timestamp }) => passes(rec).map((pass) => ({ rec: pass, timestamp }))) };
    case 'loopBody': return { main: first.filter(({ rec }) => !goesBack(rec)), side: each(first.filter(({ rec }) => goesBack(rec)), wentRound) };
    default: return { main: first };
  }
}

function made(step: Step): Results {
  const main = splitSizes(step).flatMap((size, split) => Array.from({ length: size }, (_, at) => sourceRecord(step, split, at)));
  return { main, taken: main.length };
}

function counted(records: readonly Timed[]): Timed[] {
  const counts = new Map<number | string, number>();
  return records.map(({ rec, timestamp }) => {
    const n = (counts.get(rec.key) ?? 0) + 1;
    counts.set(rec.key, n);
    return { rec: { ...rec, n }, timestamp };
  });
}

function inBuckets(records: readonly Timed[]): Timed[] {
  const buckets = new Map<number | string, Map<number, number>>();
  for (const { rec, timestamp } of records) {
    const counts = buckets.get(rec.key) ?? new Map<number, number>();
    buckets.set(rec.key, counts.set(bucketEnd(timestamp), (counts.get(bucketEnd(timestamp)) ?? 0) + 1));
  }
  return [...buckets].flatMap(([key, counts]) => [...counts].map(([end, n]) => ({ rec: bucketed(key, end, n), timestamp: end })));
}

/** A record each time that it comes to the loop's head. */
function passes(rec: Rec): Rec[] {
  return goesBack(rec) ? [rec, ...passes(wentRound(rec))] : [rec];
}
