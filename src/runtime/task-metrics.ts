/**
 * Counters of one subtask in shared memory: the task writes them once per turn or with a watermark, never with a
 * record; the JobManager and the other subtasks read them whenever they like, and no message is sent.
 */
import type { JobGraph } from '../graph/job-graph.js';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../core/timestamp.js';

/** Positions in a subtask's slice. Times are milliseconds. */
const FIELDS = [
  'recordsIn', 'recordsOut', 'bytesIn', 'bytesOut', 'busyMs', 'idleMs', 'backPressuredMs', 'phase', 'phaseSince',
  // How many records had come when it was last looked, and when that number last changed.
  'recordsSeen', 'recordsAt',
  'inputWatermark', 'outputWatermark', 'watermarkAt', 'idle',
  'alignedTime', 'alignmentDrift', 'alignmentPausedMs', 'alignmentPausedSince',
] as const;
type Field = (typeof FIELDS)[number];
const AT = Object.fromEntries(FIELDS.map((field, index) => [field, index])) as Record<Field, number>;

const SLICE_BYTES = FIELDS.length * Float64Array.BYTES_PER_ELEMENT;

/** What a task does between two turns. */
export const PHASES = ['busy', 'idle', 'backPressured'] as const;
export type Phase = (typeof PHASES)[number];

/** Fields that do not begin with 0. */
const BEGINNINGS: Partial<Record<Field, number>> = { inputWatermark: MIN_TIMESTAMP, outputWatermark: MIN_TIMESTAMP, alignedTime: MAX_TIMESTAMP };

/** What a reader of the counters sees; times are milliseconds. */
export interface TaskCounters {
  readonly recordsIn: number;
  readonly recordsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly busyMs: number;
  readonly idleMs: number;
  readonly backPressuredMs: number;
  /** Whether it can not go on at the moment, for downstream has no room. */
  readonly backPressured: boolean;
  /** When a record last came in (epoch milliseconds, to the turn of the task); 0 when none has. */
  readonly lastRecordAt: number;
  /** The watermark that has reached the subtask; -Infinity before the first. Sources have no input. */
  readonly currentInputWatermark: number;
  /** The last watermark that left the subtask. */
  readonly currentOutputWatermark: number;
  /** When that one left, in epoch milliseconds; 0 when none has. */
  readonly watermarkAt: number;
  /** Whether the subtask has told downstream that it is idle. */
  readonly watermarkIdle: boolean;
  /** How far the subtask is ahead of the slowest source that it is aligned with; 0 when it is not. */
  readonly watermarkAlignmentDrift: number;
  /** How long it has waited for slower sources, and whether it does so now. */
  readonly alignmentPausedMs: number;
  readonly alignmentPaused: boolean;
}

/** Shared memory for the counters of `subtasks` subtasks. */
export function allocateMetrics(subtasks: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(subtasks * SLICE_BYTES);
  for (let index = 0; index < subtasks; index++) new TaskMetrics(memory, index).reset();
  return memory;
}

/** Where the slices of a vertex begin: subtasks are numbered through, vertex by vertex. */
export function firstMetricsIndex({ vertices }: Pick<JobGraph, 'vertices'>, vertexId: string): number {
  let index = 0;
  for (const { id, parallelism } of vertices) {
    if (id === vertexId) return index;
    index += parallelism;
  }
  return index;
}

export class TaskMetrics {
  private readonly slice: Float64Array;

  constructor(memory: SharedArrayBuffer, index: number) {
    this.slice = new Float64Array(memory, index * SLICE_BYTES, FIELDS.length);
  }

  /** As before the first record: another attempt counts anew. */
  reset(): void {
    this.slice.fill(0);
    for (const [field, value] of Object.entries(BEGINNINGS)) this.slice[AT[field as Field]] = value;
  }

  add(field: 'recordsIn' | 'recordsOut' | 'bytesIn' | 'bytesOut', amount: number): void {
    this.slice[AT[field]]! += amount;
  }

  /** A new attempt begins: event time has not come anywhere yet. What has been counted stays. */
  beginAttempt(): void {
    for (const field of ['inputWatermark', 'outputWatermark', 'alignedTime'] as const) this.slice[AT[field]] = BEGINNINGS[field]!;
    for (const field of ['watermarkAt', 'idle', 'alignmentDrift', 'alignmentPausedSince'] as const) this.slice[AT[field]] = 0;
  }

  watermarkCame(timestamp: number): void {
    this.slice[AT.inputWatermark] = timestamp;
  }

  /** @param now epoch milliseconds. */
  watermarkLeft(timestamp: number, now: number): void {
    this.slice[AT.outputWatermark] = timestamp;
    this.slice[AT.watermarkAt] = now;
  }

  statusLeft(idle: boolean): void {
    this.slice[AT.idle] = idle ? 1 : 0;
  }

  /** How far this subtask has come, for those that are aligned with it; Infinity when nobody is to wait for it. */
  get alignedTime(): number {
    return this.slice[AT.alignedTime]!;
  }

  set alignedTime(time: number) {
    this.slice[AT.alignedTime] = time;
  }

  set alignmentDrift(drift: number) {
    this.slice[AT.alignmentDrift] = drift;
  }

  /** The subtask begins, or ends, to wait for slower sources. @param now epoch milliseconds. */
  alignmentPaused(paused: boolean, now: number): void {
    const since = this.slice[AT.alignmentPausedSince]!;
    if (paused) {
      if (since === 0) this.slice[AT.alignmentPausedSince] = now;
    } else if (since > 0) {
      this.slice[AT.alignmentPausedMs]! += Math.max(0, now - since);
      this.slice[AT.alignmentPausedSince] = 0;
    }
  }

  /** Milliseconds so far in which the task could not go on, or was not to, though there may have been input. */
  heldMs(now: number): number {
    const { backPressuredMs, alignmentPausedMs } = this.read(now);
    return backPressuredMs + alignmentPausedMs;
  }

  /** Books the time since the last call on the phase that ends, and begins another. */
  enter(phase: Phase, now: number): void {
    if (this.slice[AT.recordsIn] !== this.slice[AT.recordsSeen]) {
      this.slice[AT.recordsSeen] = this.slice[AT.recordsIn]!;
      this.slice[AT.recordsAt] = now;
    }
    const before = PHASES[this.slice[AT.phase]!]!;
    const since = this.slice[AT.phaseSince]!;
    if (since > 0) this.slice[AT[`${before}Ms`]]! += now - since;
    this.slice[AT.phase] = PHASES.indexOf(phase);
    this.slice[AT.phaseSince] = now;
  }

  /** Ends the last phase: nothing is booked any more. */
  stop(now: number): void {
    this.enter('idle', now);
    this.slice[AT.phaseSince] = 0;
  }

  /** The counters as they stand at `now` (epoch milliseconds), the running phase included. */
  read(now: number): TaskCounters {
    const at = (field: Field): number => this.slice[AT[field]]!;
    const since = at('phaseSince');
    const running = since > 0 ? PHASES[at('phase')]! : undefined;
    const pausedSince = at('alignmentPausedSince');
    const spent = (phase: Phase): number => at(`${phase}Ms`) + (running === phase ? Math.max(0, now - since) : 0);
    return {
      recordsIn: at('recordsIn'),
      recordsOut: at('recordsOut'),
      bytesIn: at('bytesIn'),
      bytesOut: at('bytesOut'),
      busyMs: spent('busy'),
      idleMs: spent('idle'),
      backPressuredMs: spent('backPressured'),
      backPressured: running === 'backPressured',
      lastRecordAt: at('recordsIn') === at('recordsSeen') ? at('recordsAt') : now,
      currentInputWatermark: at('inputWatermark'),
      currentOutputWatermark: at('outputWatermark'),
      watermarkAt: at('watermarkAt'),
      watermarkIdle: at('idle') === 1,
      watermarkAlignmentDrift: at('alignmentDrift'),
      alignmentPausedMs: at('alignmentPausedMs') + (pausedSince > 0 ? Math.max(0, now - pausedSince) : 0),
      alignmentPaused: pausedSince > 0,
    };
  }
}
