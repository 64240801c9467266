import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointRequest } from '../../src/checkpoint/checkpoint-request.js';
import { CheckpointTracker } from '../../src/checkpoint/checkpoint-statistics.js';
import type { SnapshotMetrics } from '../../src/checkpoint/snapshot-metrics.js';
import { sampleJobGraph } from './job-graph-fixture.js';

const CHECKPOINT: CheckpointRequest = { kind: 'checkpoint', format: 'native', periodic: true };
const SAVEPOINT: CheckpointRequest = { kind: 'savepoint', format: 'canonical', periodic: false };
const FIGURES: SnapshotMetrics = { startDelayMs: 567, alignmentMs: 123, syncMs: 1, asyncMs: 20, bytes: 18, fullBytes: 18, inFlightBytes: 0, unaligned: false };
const task = (vertexId: string, subtask = 0) => ({ vertexId, subtask });

let tracker: CheckpointTracker;
const track = (historySize = 10): void => {
  tracker = new CheckpointTracker(sampleJobGraph([['a', 3], ['b', 3]]), historySize);
};
beforeEach(() => track());

describe('the statistics of a checkpoint', () => {
  it('count tasks that have finished as if they had acknowledged it when it was begun', () => {
    tracker.begun(1, CHECKPOINT, 1000);
    tracker.finished(1, [task('a', 0), task('a', 1), task('b', 1)], 1000);
    tracker.acknowledged(1, task('a', 2), FIGURES, 1050);
    const [record] = tracker.statistics().history;
    expect(record).toMatchObject({ numSubtasks: 6, numAcknowledgedSubtasks: 4, checkpointedSize: 18, latestAckTimestamp: 1050 });
    expect(record!.tasks.map(({ id, numAcknowledgedSubtasks }) => [id, numAcknowledgedSubtasks])).toEqual([['a', 3], ['b', 1]]);
    expect(record!.tasks[0]!.subtasks[1]).toMatchObject({ index: 1, ackTimestamp: 1000, endToEndDuration: 0, bytes: 0 });
  });

  it('that has failed keep what tasks say late, without counting them among those that have acknowledged it', () => {
    tracker.begun(1, CHECKPOINT, 1000);
    tracker.failed(1, 'CHECKPOINT_DECLINED', '', 1010);
    tracker.acknowledged(1, task('b'), FIGURES, 1020);
    expect(tracker.statistics().latest.failed).toMatchObject({ status: 'FAILED', numAcknowledgedSubtasks: 0, stateSize: 18, tasks: [{ subtasks: [] }, { subtasks: [{ index: 0, alignmentMs: 123, asyncMs: 20, startDelayMs: 567 }] }] });
  });

  it('that is complete are as they were then', () => {
    tracker.begun(1, CHECKPOINT, 1000);
    tracker.completed(1, undefined);
    tracker.acknowledged(1, task('b'), FIGURES, 1020);
    expect(tracker.statistics().latest.completed).toMatchObject({ stateSize: 0, latestAckTimestamp: -1 });
  });
});

describe('the latest of several checkpoints at once', () => {
  it('is the one that was begun last, in whatever order they end', () => {
    for (const id of [1, 2]) tracker.begun(id, CHECKPOINT, 1000);
    for (const id of [3, 4]) tracker.begun(id, SAVEPOINT, 1000);
    for (const id of [5, 6]) tracker.begun(id, CHECKPOINT, 1000);
    for (const id of [2, 1, 4, 3]) tracker.completed(id, undefined);
    for (const id of [6, 5]) tracker.failed(id, 'CHECKPOINT_EXPIRED', '', 1010);
    const { latest, counts } = tracker.statistics();
    expect([latest.completed?.id, latest.savepoint?.id, latest.failed?.id]).toEqual([2, 4, 6]);
    expect(counts).toEqual({ restored: 0, total: 6, inProgress: 0, completed: 4, failed: 2 });
  });

  it('is known when nothing is remembered', () => {
    track(0);
    tracker.begun(1, CHECKPOINT, 1000);
    tracker.completed(1, '/chk-1');
    expect(tracker.statistics()).toMatchObject({ history: [], latest: { completed: { id: 1, externalPath: '/chk-1' } }, counts: { total: 1, completed: 1 } });
  });
});
