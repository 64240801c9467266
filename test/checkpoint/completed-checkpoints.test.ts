import { describe, expect, it } from 'vitest';
import { CompletedCheckpoints, deletesAtEnd, type RetainedSnapshot } from '../../src/checkpoint/completed-checkpoints.js';
import type { SnapshotMetadata } from '../../src/checkpoint/snapshot-metadata.js';
import { snapshotOf } from './snapshot-fixture.js';

const entry = (checkpointId: number, more: Partial<SnapshotMetadata> = {}): RetainedSnapshot => ({
  snapshot: { metadata: snapshotOf([], { checkpointId, ...more }), folders: { exclusive: undefined, shared: undefined }, path: undefined },
  owned: more.kind !== 'savepoint',
});
const ids = (entries: readonly RetainedSnapshot[]): number[] => entries.map(({ snapshot }) => snapshot.metadata.checkpointId);

function add(retained: number, ...entries: RetainedSnapshot[]): { kept: number[]; deleted: number[] } {
  const checkpoints = new CompletedCheckpoints(retained);
  const deleted = entries.flatMap((each) => ids(checkpoints.add(each)));
  return { kept: ids(checkpoints.all), deleted };
}

describe('completed checkpoints', () => {
  it('are kept as many as there are to be, the newest', () => {
    expect(add(2, entry(1), entry(2), entry(3), entry(4))).toEqual({ kept: [3, 4], deleted: [1, 2] });
  });

  it('go on from the newest', () => {
    const checkpoints = new CompletedCheckpoints(3);
    checkpoints.add(entry(1));
    checkpoints.add(entry(2));
    expect(checkpoints.latest!.snapshot.metadata.checkpointId).toBe(2);
  });

  it('count savepoints that the job was restored from, which are forgotten, not deleted', () => {
    expect(add(1, entry(1, { kind: 'savepoint' }), entry(2))).toEqual({ kept: [2], deleted: [] });
  });

  it('keep the newest checkpoint beside a savepoint', () => {
    expect(add(1, entry(1), entry(2), entry(3, { kind: 'savepoint' }))).toEqual({ kept: [2, 3], deleted: [1] });
  });

  it('are not needed beside a savepoint that ended the job', () => {
    expect(add(1, entry(1), entry(2), entry(3, { kind: 'savepoint', stop: 'suspend' }))).toEqual({ kept: [3], deleted: [1, 2] });
  });
});

describe('at the end of a job its checkpoints', () => {
  it.each([
    ['NO_EXTERNALIZED_CHECKPOINTS', [true, true, true, true]],
    ['DELETE_ON_CANCELLATION', [true, true, false, false]],
    ['RETAIN_ON_CANCELLATION', [true, false, false, false]],
  ] as const)('are deleted with %s when it finished, was cancelled, failed, was suspended: %s', (retention, deleted) => {
    expect((['FINISHED', 'CANCELED', 'FAILED', 'SUSPENDED'] as const).map((status) => deletesAtEnd(status, retention))).toEqual(deleted);
  });

  it('are told apart from what belongs to the user', () => {
    const checkpoints = new CompletedCheckpoints(5);
    checkpoints.add(entry(1, { kind: 'savepoint' }));
    checkpoints.add(entry(2));
    expect(ids(checkpoints.end('CANCELED', 'NO_EXTERNALIZED_CHECKPOINTS'))).toEqual([2]);
    expect(checkpoints.latest).toBeUndefined();
  });
});
