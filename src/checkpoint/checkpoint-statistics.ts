/**
 * What is remembered of a job's checkpoints, with the fields that Flink's REST API shows. Times are epoch milliseconds,
 * durations milliseconds, sizes bytes.
 *
 * Invariant: memory is bounded: the last checkpoints in full, of the others only counts and numbers for the summary.
 */
import type { CheckpointFailureReason } from '../core/checkpoint.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { TaskId } from './checkpoint-plan.js';
import type { CheckpointRequest } from './checkpoint-request.js';
import type { SnapshotMetrics } from './snapshot-metrics.js';

export interface SubtaskCheckpoint extends SnapshotMetrics {
  readonly index: number;
  readonly ackTimestamp: number;
  readonly endToEndDuration: number;
}

export interface VertexCheckpoint {
  readonly id: string;
  readonly numSubtasks: number;
  readonly numAcknowledgedSubtasks: number;
  readonly latestAckTimestamp: number;
  readonly endToEndDuration: number;
  readonly checkpointedSize: number;
  readonly stateSize: number;
  /** Those that have acknowledged, by index. */
  readonly subtasks: readonly SubtaskCheckpoint[];
}

export interface CheckpointRecord {
  readonly id: number;
  readonly status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly isSavepoint: boolean;
  readonly savepointFormat?: 'CANONICAL' | 'NATIVE';
  readonly checkpointType: 'CHECKPOINT' | 'UNALIGNED_CHECKPOINT' | 'SAVEPOINT' | 'SYNC_SAVEPOINT';
  readonly triggerTimestamp: number;
  /** -1 before the first acknowledgement. */
  readonly latestAckTimestamp: number;
  readonly endToEndDuration: number;
  readonly checkpointedSize: number;
  readonly stateSize: number;
  /** Bytes of records in flight that were stored. */
  readonly persistedData: number;
  readonly numSubtasks: number;
  readonly numAcknowledgedSubtasks: number;
  readonly externalPath?: string;
  readonly discarded?: boolean;
  readonly failureTimestamp?: number;
  readonly failureMessage?: string;
  readonly tasks: readonly VertexCheckpoint[];
}

export interface RestoredRecord {
  readonly id: number;
  readonly restoreTimestamp: number;
  readonly isSavepoint: boolean;
  readonly externalPath?: string;
}

/** Numbers over the completed checkpoints that are remembered. */
export interface FigureSummary {
  readonly min: number; readonly max: number; readonly avg: number;
  readonly p50: number; readonly p90: number; readonly p95: number; readonly p99: number; readonly p999: number;
}

export interface CheckpointStatistics {
  readonly counts: { readonly restored: number; readonly total: number; readonly inProgress: number; readonly completed: number; readonly failed: number };
  readonly summary: { readonly checkpointedSize: FigureSummary; readonly stateSize: FigureSummary; readonly endToEndDuration: FigureSummary; readonly persistedData: FigureSummary };
  readonly latest: {
    readonly completed?: CheckpointRecord; readonly savepoint?: CheckpointRecord; readonly failed?: CheckpointRecord; readonly restored?: RestoredRecord;
  };
  /** The newest first. */
  readonly history: readonly CheckpointRecord[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Draft extends Omit<Mutable<CheckpointRecord>, 'tasks'> {
  readonly vertices: Map<string, { numSubtasks: number; subtasks: SubtaskCheckpoint[] }>;
}
type Figures = Pick<CheckpointRecord, 'checkpointedSize' | 'stateSize' | 'endToEndDuration' | 'persistedData'>;

/** What a task that has finished takes for a checkpoint. */
const NOTHING: SnapshotMetrics = { startDelayMs: 0, alignmentMs: 0, syncMs: 0, asyncMs: 0, bytes: 0, fullBytes: 0, inFlightBytes: 0, unaligned: false };

/** Completed checkpoints that the summary is over. */
const SUMMARISED_MAX = 1000;

export class CheckpointTracker {
  private readonly drafts: Draft[] = [];
  private readonly counts = { restored: 0, total: 0, completed: 0, failed: 0 };
  private readonly summarised: Figures[] = [];
  private readonly latest: { completed?: Draft; savepoint?: Draft; failed?: Draft; restored?: RestoredRecord } = {};

  constructor(private jobGraph: JobGraph, private readonly historySize: number) {}

  /** Checkpoints that begin from now on are of this graph. */
  rescaled(jobGraph: JobGraph): void {
    this.jobGraph = jobGraph;
  }

  restored(record: RestoredRecord): void {
    this.counts.restored += 1;
    this.latest.restored = record;
  }

  begun(id: number, request: CheckpointRequest, time: number): void {
    const savepoint = request.kind === 'savepoint';
    const vertices = new Map(this.jobGraph.vertices.map((vertex) => [vertex.id, { numSubtasks: vertex.parallelism, subtasks: [] }]));
    this.counts.total += 1;
    this.drafts.push({
      id, status: 'IN_PROGRESS', isSavepoint: savepoint, checkpointType: savepoint ? (request.stop ? 'SYNC_SAVEPOINT' : 'SAVEPOINT') : 'CHECKPOINT',
      ...(savepoint ? { savepointFormat: request.format === 'canonical' ? 'CANONICAL' : 'NATIVE' } : {}),
      triggerTimestamp: time, latestAckTimestamp: -1, endToEndDuration: 0, checkpointedSize: 0, stateSize: 0, persistedData: 0,
      numSubtasks: this.jobGraph.vertices.reduce((sum, vertex) => sum + vertex.parallelism, 0), numAcknowledgedSubtasks: 0, vertices,
    });
    this.forget();
  }

  /** These tasks have finished, and count as if they had acknowledged it at once. */
  finished(id: number, tasks: readonly TaskId[], time: number): void {
    for (const task of tasks) this.acknowledged(id, task, NOTHING, time);
  }

  /** Of a checkpoint that has failed the figures are kept, too: they say how far it got. */
  acknowledged(id: number, task: TaskId, figures: SnapshotMetrics, time: number): void {
    const draft = this.find(id);
    if (!draft || draft.status === 'COMPLETED') return;
    draft.latestAckTimestamp = Math.max(draft.latestAckTimestamp, time);
    draft.endToEndDuration = draft.latestAckTimestamp - draft.triggerTimestamp;
    if (draft.status === 'IN_PROGRESS') draft.numAcknowledgedSubtasks += 1;
    draft.checkpointedSize += figures.bytes;
    draft.stateSize += figures.fullBytes;
    draft.persistedData += figures.inFlightBytes;
    if (figures.unaligned && !draft.isSavepoint) draft.checkpointType = 'UNALIGNED_CHECKPOINT';
    draft.vertices.get(task.vertexId)?.subtasks.push({ ...figures, index: task.subtask, ackTimestamp: time, endToEndDuration: time - draft.triggerTimestamp });
  }

  completed(id: number, externalPath: string | undefined): void {
    const draft = this.find(id);
    if (!draft) return;
    draft.status = 'COMPLETED';
    draft.discarded = false;
    if (externalPath !== undefined) draft.externalPath = externalPath;
    this.counts.completed += 1;
    this.isLatest(draft, draft.isSavepoint ? 'savepoint' : 'completed');
    const { checkpointedSize, stateSize, endToEndDuration, persistedData } = draft;
    this.summarised.push({ checkpointedSize, stateSize, endToEndDuration, persistedData });
    if (this.summarised.length > SUMMARISED_MAX) this.summarised.shift();
    this.forget();
  }

  failed(id: number, reason: CheckpointFailureReason, message: string, time: number): void {
    const draft = this.find(id);
    if (!draft) return;
    draft.status = 'FAILED';
    draft.failureTimestamp = time;
    draft.failureMessage = message === '' ? reason : message;
    this.counts.failed += 1;
    this.isLatest(draft, 'failed');
    this.forget();
  }

  /** The files of a completed checkpoint are no more. */
  discarded(id: number): void {
    for (const draft of [...this.drafts, ...Object.values(this.latest)]) if ('vertices' in draft && draft.id === id) draft.discarded = true;
  }

  statistics(): CheckpointStatistics {
    const { completed, savepoint, failed, restored } = this.latest;
    const inProgress = this.drafts.filter(({ status }) => status === 'IN_PROGRESS').length;
    const figure = (of: (figures: Figures) => number): FigureSummary => figureSummary(this.summarised.map(of));
    return {
      counts: { ...this.counts, inProgress },
      summary: {
        checkpointedSize: figure((figures) => figures.checkpointedSize), stateSize: figure((figures) => figures.stateSize),
        endToEndDuration: figure((figures) => figures.endToEndDuration), persistedData: figure((figures) => figures.persistedData),
      },
      latest: {
        ...(completed ? { completed: recordOf(completed) } : {}), ...(savepoint ? { savepoint: recordOf(savepoint) } : {}),
        ...(failed ? { failed: recordOf(failed) } : {}), ...(restored ? { restored } : {}),
      },
      history: this.drafts.map(recordOf).reverse(),
    };
  }

  /** Several may be under way: the latest is the one that was begun last. */
  private isLatest(draft: Draft, of: 'completed' | 'savepoint' | 'failed'): void {
    if (draft.id > (this.latest[of]?.id ?? 0)) this.latest[of] = draft;
  }

  private find(id: number): Draft | undefined {
    return this.drafts.find((draft) => draft.id === id);
  }

  /** Those under way are kept beside the history. */
  private forget(): void {
    const over = this.drafts.filter(({ status }) => status !== 'IN_PROGRESS');
    for (const draft of over.slice(0, Math.max(0, over.length - this.historySize))) this.drafts.splice(this.drafts.indexOf(draft), 1);
  }
}

function recordOf({ vertices, ...record }: Draft): CheckpointRecord {
  return {
    ...record,
    tasks: [...vertices].map(([id, { numSubtasks, subtasks }]) => ({
      id, numSubtasks, numAcknowledgedSubtasks: subtasks.length,
      latestAckTimestamp: subtasks.reduce((latest, { ackTimestamp }) => Math.max(latest, ackTimestamp), -1),
      endToEndDuration: subtasks.reduce((longest, { endToEndDuration }) => Math.max(longest, endToEndDuration), 0),
      checkpointedSize: subtasks.reduce((sum, { bytes }) => sum + bytes, 0),
      stateSize: subtasks.reduce((sum, { fullBytes }) => sum + fullBytes, 0),
      subtasks: [...subtasks].sort((a, b) => a.index - b.index),
    })),
  };
}

/** Numbers over these values; zeros over none. */
export function figureSummary(values: readonly number[]): FigureSummary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const sum = sorted.reduce((total, value) => total + value, 0);
  return { min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0, avg: sorted.length === 0 ? 0 : Math.floor(sum / sorted.length), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999) };
}
