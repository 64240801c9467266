/**
 * Random jobs: a directed graph of steps with every partitioning, drawn from a seed.
 *
 * Invariant: what a job's steps do depends on the records alone, never on the order in which they come, so that the
 * multiset of its results is one and the same however it runs.
 */
import { type Random, randomInt } from '../../src/core/random.js';
import type { ChainingStrategy, Partitioning } from '../../src/graph/stream-graph.js';

export type StepKind = 'source' | 'map' | 'filter' | 'flatMap' | 'single' | 'count' | 'keyed' | 'bucket' | 'async' | 'connect' | 'split' | 'timestamps'
  | 'loopHead' | 'loopBody' | 'loopTail' | 'sink' | 'collect';

export interface Inlet {
  readonly from: number;
  /** Side output it reads, '' for the main one. */
  readonly tag: string;
  readonly input: number;
  readonly partitioning: Partitioning;
}

export interface Step {
  /** From 1. */
  readonly id: number;
  readonly kind: StepKind;
  readonly parallelism: number;
  readonly inlets: readonly Inlet[];
  /** What varies within a kind. */
  readonly variant: number;
  readonly chaining: ChainingStrategy;
  readonly slotSharingGroup: string;
  readonly bufferTimeoutMs: number;
  /** Equal for both ends of an iteration. */
  readonly colocation?: string;
}

export interface RandomJob {
  readonly steps: readonly Step[];
  readonly chainingEnabled: boolean;
  /** Sources go idle now and then; then records may be late. */
  readonly idleness: boolean;
}

/** A sink may not have to write more than this. */
const VOLUME_MAX = 2500;
const ENDS: readonly StepKind[] = ['sink', 'collect', 'loopTail'];
export const SIDE = 'odd';
/** The side output by which an iteration's body sends records back. */
export const BACK = 'back';

export function stepName(step: Pick<Step, 'kind' | 'id'>): string {
  return `${step.kind} ${step.id}`;
}

/** The records of each split of a source: event times rise from split to split. */
export function splitSizes(step: Step): number[] {
  const splits = step.variant % 6;
  return Array.from({ length: splits }, (_, split) => (step.variant * 7 + split * 13) % 90);
}

/** Kinds whose results depend on the order of records in their timestamps, or come after the watermark. */
const UNPUNCTUAL: readonly StepKind[] = ['count', 'timestamps', 'loopHead'];

/** Steps to which every record comes before the watermark that passes its time, and with a time that order has no part in. */
export function punctualSteps({ steps, idleness }: RandomJob): Set<number> {
  const punctual = new Set<number>();
  for (const step of steps) {
    if (!idleness && step.inlets.every(({ from }) => punctual.has(from) && !UNPUNCTUAL.includes(steps[from - 1]!.kind))) punctual.add(step.id);
  }
  return punctual;
}

export function randomJob(random: Random): RandomJob {
  return new JobDraw(random).draw();
}

class JobDraw {
  private readonly steps: Step[] = [];
  /** Streams without a reader yet. */
  private readonly open: { from: number; tag: string }[] = [];
  private readonly volume = new Map<number, number>();
  private readonly groups: readonly string[];
  private readonly idleness: boolean;

  constructor(private readonly random: Random) {
    this.groups = this.chance(0.3) ? ['default', 'other'] : ['default'];
    this.idleness = this.chance(0.2);
  }

  draw(): RandomJob {
    const sources = this.chance(0.4) ? 2 : 1;
    for (let source = 0; source < sources; source++) this.add('source', []);
    const steps = randomInt(this.random, 7);
    for (let step = 0; step < steps; step++) this.addStep();
    for (const stream of this.open.splice(0)) {
      if (stream.tag === '' || this.chance(0.8)) this.add(this.chance(0.8) ? 'sink' : 'collect', [stream]);
    }
    return { steps: this.steps, chainingEnabled: this.chance(0.8), idleness: this.idleness };
  }

  private addStep(): void {
    const kind = this.pick(['map', 'filter', 'flatMap', 'count', 'count', 'keyed', 'connect', 'split', 'map', 'timestamps', 'bucket', 'bucket', 'loop', 'async', 'async'] as const);
    const streams = [this.takeStream()];
    if (kind === 'connect' || this.chance(0.25)) {
      const second = this.takeStream();
      if (second.from !== streams[0]!.from || second.tag !== streams[0]!.tag) streams.push(second);
      else if (kind === 'connect') return this.open.push(streams[0]!) as unknown as void;
    }
    if (kind === 'loop') return this.addLoop(streams);
    if (kind === 'bucket' && !this.punctual(streams)) return this.add('keyed', streams);
    if (kind !== 'count') return this.add(kind, streams);
    this.add('single', streams);
    this.add('count', [this.open.pop()!]);
  }

  private addLoop(streams: readonly { from: number; tag: string }[]): void {
    const colocation = `loop ${this.steps.length + 1}`;
    // Records that wait for a full buffer would go round for ever, or be late for the end.
    const bufferTimeoutMs = this.pick([0, 5]);
    this.add('loopHead', streams, { slotSharingGroup: 'default', colocation, bufferTimeoutMs });
    const { parallelism } = this.steps.at(-1)!;
    this.add('loopBody', [this.open.pop()!], { bufferTimeoutMs });
    this.add('loopTail', [{ from: this.steps.length, tag: BACK }], { parallelism, slotSharingGroup: 'default', colocation });
  }

  private punctual(streams: readonly { from: number }[]): boolean {
    const punctual = punctualSteps({ steps: this.steps, idleness: this.idleness, chainingEnabled: true });
    return streams.every(({ from }) => punctual.has(from) && !UNPUNCTUAL.includes(this.steps[from - 1]!.kind));
  }

  /** Mostly one that nobody reads yet; a stream read twice is a fan-out. */
  private takeStream(): { from: number; tag: string } {
    if (this.open.length > 0 && this.chance(0.8)) return this.open.splice(randomInt(this.random, this.open.length), 1)[0]!;
    const from = this.pick(this.steps.filter((step) => !ENDS.includes(step.kind))).id;
    return { from, tag: '' };
  }

  private add(kind: StepKind, streams: readonly { from: number; tag: string }[], fixed: Partial<Step> = {}): void {
    const id = this.steps.length + 1;
    const before = streams[0] && this.steps[streams[0].from - 1]!;
    const parallelism = fixed.parallelism ?? this.parallelismAfter(before);
    const step: Step = {
      id,
      kind,
      parallelism,
      inlets: streams.map((stream, at) => this.inlet(stream, kind === 'connect' ? at : 0, kind, parallelism)),
      variant: randomInt(this.random, 1000),
      chaining: this.pick(['ALWAYS', 'ALWAYS', 'ALWAYS', 'HEAD', 'NEVER']),
      slotSharingGroup: this.pick(this.groups),
      bufferTimeoutMs: this.pick([-1, 0, 5, 100]),
      ...fixed,
    };
    this.steps.push(step);
    this.volume.set(id, this.volumeOf(step));
    if (ENDS.includes(kind)) return;
    this.open.push({ from: id, tag: '' });
    if (kind === 'split') this.open.push({ from: id, tag: SIDE });
  }

  private parallelismAfter(before: Step | undefined): number {
    return before && this.chance(0.4) ? before.parallelism : 1 + randomInt(this.random, 4);
  }

  private inlet({ from, tag }: { from: number; tag: string }, input: number, kind: StepKind, parallelism: number): Inlet {
    const before = this.steps[from - 1]!;
    if (kind === 'count' || kind === 'keyed' || kind === 'bucket') return { from, tag, input, partitioning: 'HASH' };
    if (before.parallelism === parallelism && this.chance(0.5)) return { from, tag, input, partitioning: 'FORWARD' };
    const partitioning = this.pick(['REBALANCE', 'RESCALE', 'SHUFFLE', 'BROADCAST', 'GLOBAL', 'HASH', 'CUSTOM', 'REBALANCE', 'HASH'] as const);
    const tooMuch = partitioning === 'BROADCAST' && (kind === 'loopBody' || kind === 'loopTail' || this.volume.get(from)! * parallelism > VOLUME_MAX);
    return { from, tag, input, partitioning: tooMuch ? 'REBALANCE' : partitioning };
  }

  private volumeOf(step: Step): number {
    if (step.kind === 'source') return splitSizes(step).reduce((sum, size) => sum + size, 0);
    const arriving = step.inlets.reduce((sum, inlet) => sum + this.volume.get(inlet.from)! * (inlet.partitioning === 'BROADCAST' ? step.parallelism : 1), 0);
    return step.kind === 'flatMap' ? arriving * 1.5 : arriving;
  }

  private chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  private pick<T>(options: readonly T[]): T {
    return options[randomInt(this.random, options.length)]!;
  }
}
