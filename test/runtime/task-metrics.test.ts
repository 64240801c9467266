import { describe, expect, it } from 'vitest';
import { allocateMetrics, TaskMetrics } from '../../src/runtime/task-metrics.js';

describe('the counters of a subtask', () => {
  it('are read by another thread through the same memory, each subtask having its own', () => {
    const memory = allocateMetrics(2);
    new TaskMetrics(memory, 1).add('recordsIn', 3);
    new TaskMetrics(memory, 1).add('bytesOut', 70);
    expect(new TaskMetrics(memory, 1).read(0)).toMatchObject({ recordsIn: 3, recordsOut: 0, bytesIn: 0, bytesOut: 70 });
    expect(new TaskMetrics(memory, 0).read(0)).toMatchObject({ recordsIn: 0, bytesOut: 0 });
  });

  it('book the time of each phase when it ends', () => {
    const metrics = new TaskMetrics(allocateMetrics(1), 0);
    metrics.enter('busy', 1000);
    metrics.enter('backPressured', 1010);
    metrics.enter('idle', 1030);
    metrics.enter('busy', 1060);
    expect(metrics.read(1060)).toMatchObject({ busyMs: 10, backPressuredMs: 20, idleMs: 30 });
  });

  it('include the phase under way', () => {
    const metrics = new TaskMetrics(allocateMetrics(1), 0);
    metrics.enter('idle', 1000);
    expect(metrics.read(1007).idleMs).toBe(7);
    expect(metrics.read(900).idleMs).toBe(0);
  });

  it('stand still after the end', () => {
    const metrics = new TaskMetrics(allocateMetrics(1), 0);
    metrics.enter('busy', 1000);
    metrics.stop(1005);
    expect(metrics.read(9000)).toMatchObject({ busyMs: 5, idleMs: 0, backPressuredMs: 0 });
  });

  it('know nothing of the event time of an earlier attempt, whose thread may have been stopped', () => {
    const metrics = new TaskMetrics(allocateMetrics(1), 0);
    const fresh = metrics.read(0);
    metrics.watermarkCame(5);
    metrics.watermarkLeft(4, 1000);
    metrics.statusLeft(true);
    metrics.alignedTime = 3;
    metrics.alignmentDrift = 7;
    metrics.alignmentPaused(true, 1000);
    metrics.beginAttempt();
    expect(metrics.read(0)).toEqual(fresh);
    expect(metrics.alignedTime).toBe(Infinity);
  });

  it('book when the last record came, to the turn of the task', () => {
    const metrics = new TaskMetrics(allocateMetrics(1), 0);
    metrics.enter('busy', 1000);
    metrics.add('recordsIn', 3);
    metrics.enter('idle', 1005);
    metrics.enter('busy', 1100);
    metrics.enter('idle', 1101);
    expect(metrics.read(2000).lastRecordAt).toBe(1005);
  });

  it('book nothing before the first phase', () => {
    const metrics = new TaskMetrics(allocateMetrics(1), 0);
    metrics.stop(1000);
    expect(metrics.read(1000)).toMatchObject({ busyMs: 0, idleMs: 0, backPressuredMs: 0 });
  });
});
