/**
 * Gives a source's task what keeps its reader level with others, if there are any.
 */
import type { Clock } from '../core/clock.js';
import { MAX_TIMESTAMP } from '../core/timestamp.js';
import type { SplitFollower } from '../operators/operator.js';
import type { SourceReader } from '../operators/source.js';
import type { JobProgram } from '../program/job-program.js';
import { alignmentGroupOf } from './alignment-groups.js';
import type { Deployment, SubtaskDeployment } from './deployment.js';
import { SourceAlignment } from './source-alignment.js';
import { SplitAlignment } from './split-alignment.js';
import { TaskMetrics } from './task-metrics.js';

/** A source's task that is being built. */
export interface AlignedDraft {
  readonly subtask: SubtaskDeployment;
  readonly program: JobProgram;
  readonly metrics: TaskMetrics;
  /** How far event time has come in the operators of its chain that assign it, by node. */
  readonly eventTimes: ReadonlyMap<number, () => number>;
  /** Of a reader that emits for each split. */
  readonly splitFollower?: SplitFollower | undefined;
}

/** What of the task the alignment needs to act on. */
export interface AlignmentServices {
  readonly clock: Clock;
  readonly reader: SourceReader<unknown>;
  readonly wake: () => void;
  readonly fail: (error: unknown) => void;
}

export function alignmentOf({ jobGraph, settings, metrics: memory }: Deployment, draft: AlignedDraft, { clock, reader, wake, fail }: AlignmentServices): SourceAlignment | undefined {
  const { subtask, program, metrics, eventTimes, splitFollower: follower } = draft;
  const group = alignmentGroupOf(subtask.vertexId, jobGraph, program.definitions, settings.defaultMaxDriftMs);
  if (!group) return undefined;
  const times = [...eventTimes].filter(([nodeId]) => group.nodes.has(nodeId)).map(([, time]) => time);
  return new SourceAlignment({
    strict: group.named !== undefined,
    maxDriftMs: group.named?.maxDriftMs ?? settings.defaultMaxDriftMs,
    updateIntervalMs: group.named?.updateIntervalMs ?? 0,
    eventTime: () => times.reduce((least, time) => Math.min(least, time()), MAX_TIMESTAMP),
    own: metrics,
    others: group.members.filter((index) => index !== subtask.metricsIndex).map((index) => new TaskMetrics(memory, index)),
    splits: group.named && follower && new SplitAlignment({ reader, follower, allowUnaligned: settings.allowUnalignedSplits === true }),
    clock,
    wake,
    fail,
  });
}
