/**
 * The naive interpreter that simulated runs are held against: steps in order, every stream an array.
 */
import { type RandomJob, SIDE, splitSizes, type Step } from './random-job.js';
import { type Rec, textOf } from './records.js';
import { connected, flattened, isOdd, kept, mapped, single, sourceRecord } from './step-behaviour.js';

export interface Expected {
  /** By sink, sorted. */
  readonly sinks: ReadonlyMap<number, readonly string[]>;
  /** Records that each step takes (a source: makes), over all its subtasks. */
  readonly arriving: ReadonlyMap<number, number>;
}

export function interpret({ steps }: RandomJob): Expected {
  const streams = new Map<string, readonly Rec[]>();
  const sinks = new Map<number, readonly string[]>();
  const arriving = new Map<number, number>();
  for (const step of steps) {
    const inputs = [0, 1].map((input) =>
      step.inlets.filter((inlet) => inlet.input === input).flatMap(({ from, tag, partitioning }) => {
        const stream = streams.get(`${from}${tag}`)!;
        return partitioning === 'BROADCAST' ? Array.from({ length: step.parallelism }, () => stream).flat() : stream;
      }),
    ) as [Rec[], Rec[]];
    const results = resultsOf(step, inputs);
    arriving.set(step.id, step.kind === 'source' ? results.main.length : inputs[0].length + inputs[1].length);
    streams.set(`${step.id}`, results.main);
    streams.set(`${step.id}${SIDE}`, results.side);
    if (step.kind === 'sink' || step.kind === 'collect') sinks.set(step.id, results.main.map(textOf).sort());
  }
  return { sinks, arriving };
}

function resultsOf(step: Step, [first, second]: [Rec[], Rec[]]): { main: Rec[]; side: Rec[] } {
  const main = (records: Rec[]): { main: Rec[]; side: Rec[] } => ({ main: records, side: [] });
  switch (step.kind) {
    case 'source': return main(splitSizes(step).flatMap((size, split) => Array.from({ length: size }, (_, at) => sourceRecord(step, split, at).rec)));
    case 'map': return main(first.map((rec) => mapped(step, rec)));
    case 'filter': return main(first.filter((rec) => kept(step, rec)));
    case 'flatMap': return main(first.flatMap((rec) => flattened(step, rec)));
    case 'single': return main(first.map(single));
    case 'count': return main(counted(first));
    case 'connect': return main([...first.map((rec) => connected(1, rec)), ...second.map((rec) => connected(2, rec))]);
    case 'split': return { main: first, side: first.filter((rec) => isOdd(step, rec)) };
    default: return main(first);
  }
}

function counted(records: readonly Rec[]): Rec[] {
  const counts = new Map<number | string, number>();
  return records.map((rec) => {
    const n = (counts.get(rec.key) ?? 0) + 1;
    counts.set(rec.key, n);
    return { ...rec, n };
  });
}
