/**
 * Why a job that runs gives no results: which operator waits for event time, who holds it back, since when, and what
 * would move it.
 *
 * Pure: the snapshot of a job in, an explanation out; what to do with it is for others to say.
 */
import type { JobSnapshot, SubtaskMetrics, VertexInput, VertexSnapshot } from './running-job.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import { channelsOf } from '../graph/wiring.js';
import type { OperatorMetrics } from '../runtime/operator-metrics.js';

/** One operator in one subtask, for people. */
export interface OperatorPlace {
  readonly vertexId: string;
  readonly operator: string;
  /** From 0. */
  readonly subtask: number;
  readonly parallelism: number;
}

/** Why a watermark does not move where it is made. */
export type StandstillCause =
  /** No operator on the way makes watermarks. */
  | 'no-timestamps'
  /** Not a single record has come there. */
  | 'no-record-yet'
  /** Records came, and come no more. */
  | 'no-more-records'
  /** One of the splits that it reads at the same time is behind the others. */
  | 'split-behind'
  /** It is paused until slower sources of its group have come closer. */
  | 'waits-for-alignment'
  /** It has declared itself idle, and so has everyone else. */
  | 'all-idle'
  /** Downstream has no room. */
  | 'back-pressured'
  /** Records come, but their times do not advance, or the generator does not. */
  | 'times-stand';

export interface Standstill {
  readonly waiting: OperatorPlace & {
    readonly openWindows: number;
    readonly timers: number;
    /** Its event time; -Infinity for none. */
    readonly watermark: number;
    /** The input that holds it back, from 0; undefined where it has only one. */
    readonly input: number | undefined;
  };
  /** Who would have to send a larger watermark. */
  readonly holder: OperatorPlace & {
    readonly watermark: number;
    /** The head of its chain, where that is another operator: the source. */
    readonly head: string | undefined;
    /** It is the only one that the waiting operator depends on: nobody would go on without it. */
    readonly alone: boolean;
    /** The split that is furthest behind, and its watermark, where watermarks are made for each split. */
    readonly split: SplitWatermark | undefined;
  };
  readonly cause: StandstillCause;
  /** Since when event time has stood there, and for how long, in milliseconds. */
  readonly since: number;
  readonly forMs: number;
  /** For how long the holder has had no record; undefined when none has ever come. */
  readonly recordlessMs: number | undefined;
}

export interface SplitWatermark {
  readonly id: string;
  readonly watermark: number;
}

/** A pause of this length between two records is nothing to speak of. */
const QUIET_MS = 1_000;

/** The standstill that most hangs on; undefined when no operator waits for event time. */
export function standstillOf(job: JobSnapshot): Standstill | undefined {
  if (job.status !== 'RUNNING') return undefined;
  let worst: Standstill | undefined;
  for (const vertex of job.vertices) {
    for (const subtask of vertex.subtasks) {
      const found = subtask.state === 'RUNNING' ? standstillIn(job, vertex, subtask) : undefined;
      if (found && (!worst || found.forMs > worst.forMs)) worst = found;
    }
  }
  return worst;
}

/** A vertex with one of its subtasks. */
interface Spot {
  readonly vertex: VertexSnapshot;
  readonly subtask: SubtaskMetrics;
}

function standstillIn(job: JobSnapshot, vertex: VertexSnapshot, subtask: SubtaskMetrics): Standstill | undefined {
  const waiting = subtask.operators.find((operator) => count(operator, 'numEventTimeTimers') > 0);
  const watermark = waiting?.metrics['currentInputWatermark'];
  if (!waiting || typeof watermark !== 'number' || watermark === MAX_TIMESTAMP) return undefined;
  const held = holderOf(job, { vertex, subtask }, waiting.nodeId);
  if (!held) return undefined;
  const { spot, input, alone } = held;
  const head = spot.vertex.operators[0]?.name ?? spot.vertex.name;
  const maker = makerOf(spot.vertex)?.name ?? head;
  const now = job.startTime + job.durationMs;
  const { lastRecordAt, watermarkAt, currentOutputWatermark } = spot.subtask;
  const splits = splitsOf(spot.subtask);
  const since = watermarkAt > 0 ? watermarkAt : job.startTime;
  return {
    waiting: {
      ...placeOf({ vertex, subtask }, waiting.name), watermark, input,
      openWindows: count(waiting, 'numOpenWindows'), timers: count(waiting, 'numEventTimeTimers'),
    },
    holder: { ...placeOf(spot, maker), head: maker === head ? undefined : head, watermark: currentOutputWatermark, alone, split: splits[0] },
    cause: causeIn(spot, splits, now),
    since,
    forMs: Math.max(0, now - since),
    recordlessMs: lastRecordAt > 0 ? Math.max(0, now - lastRecordAt) : undefined,
  };
}

/** Goes upstream, along whoever is furthest behind, to where the watermark is made or would have to be. */
function holderOf(job: JobSnapshot, start: Spot, waitingNode: number): { readonly spot: Spot; readonly input: number | undefined; readonly alone: boolean } | undefined {
  const before = start.vertex.operators.findIndex(({ nodeId }) => nodeId === waitingNode);
  if (start.vertex.operators.slice(0, before).some(({ makesWatermarks }) => makesWatermarks)) return { spot: start, input: undefined, alone: true };
  let spot = start;
  let input: number | undefined;
  let alone = true;
  const passed = new Set<string>();
  while (spot === start || !makerOf(spot.vertex)) {
    if (passed.has(spot.vertex.id)) return undefined;
    passed.add(spot.vertex.id);
    if (spot.vertex.edges.length === 0) return { spot, input, alone };
    const unfinished = upstreamOf(job, spot).filter(({ subtask }) => subtask.currentOutputWatermark < MAX_TIMESTAMP);
    const active = unfinished.filter(({ subtask }) => !subtask.watermarkIdle);
    const upstream = active.length > 0 ? active : unfinished;
    if (upstream.length === 0) return undefined;
    const behind = upstream.reduce((least, each) => (each.subtask.currentOutputWatermark < least.subtask.currentOutputWatermark ? each : least));
    if (spot === start && new Set(start.vertex.edges.map((edge) => edge.input)).size > 1) input = behind.edge.input;
    alone &&= upstream.length === 1;
    spot = behind;
  }
  return { spot, input, alone };
}

function upstreamOf({ vertices }: JobSnapshot, { vertex, subtask }: Spot): (Spot & { readonly edge: VertexInput })[] {
  return vertex.edges.flatMap((edge) => {
    const source = vertices.find(({ id }) => id === edge.from);
    if (!source) return [];
    return channelsOf(edge, source.parallelism, vertex.parallelism)
      .filter(({ consumer }) => consumer === subtask.subtask)
      .map(({ producer }) => ({ vertex: source, subtask: source.subtasks[producer]!, edge }));
  });
}

/** The splits that are not idle, from the one furthest behind. */
function splitsOf({ operators }: SubtaskMetrics): SplitWatermark[] {
  const splits = operators.flatMap(({ metrics }) => Object.entries(metrics).flatMap(([name, watermark]) => {
    const id = /^split\.(.*)\.currentWatermark$/s.exec(name)?.[1];
    return id === undefined || typeof watermark !== 'number' || metrics[`split.${id}.isIdle`] === true ? [] : [{ id, watermark }];
  }));
  return splits.sort((one, other) => (one.watermark < other.watermark ? -1 : 1));
}

function causeIn({ vertex, subtask }: Spot, splits: readonly SplitWatermark[], now: number): StandstillCause {
  if (subtask.watermarkIdle) return 'all-idle';
  if (subtask.alignmentPaused) return 'waits-for-alignment';
  if (subtask.lastRecordAt === 0) return 'no-record-yet';
  if (!makerOf(vertex) && !Number.isFinite(subtask.currentOutputWatermark)) return 'no-timestamps';
  if (subtask.backPressured) return 'back-pressured';
  if (splits.length > 1 && splits[0]!.watermark < splits.at(-1)!.watermark) return 'split-behind';
  return now - subtask.lastRecordAt > QUIET_MS ? 'no-more-records' : 'times-stand';
}

function makerOf({ operators }: VertexSnapshot): VertexSnapshot['operators'][number] | undefined {
  return operators.find(({ makesWatermarks }) => makesWatermarks);
}

function placeOf({ vertex, subtask }: Spot, operator: string): OperatorPlace {
  return { vertexId: vertex.id, operator, subtask: subtask.subtask, parallelism: vertex.parallelism };
}

function count({ metrics }: OperatorMetrics, name: string): number {
  const value = metrics[name];
  return typeof value === 'number' ? value : 0;
}
