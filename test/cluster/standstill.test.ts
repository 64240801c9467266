import { describe, expect, it } from 'vitest';
import type { JobSnapshot, SubtaskMetrics, VertexInput, VertexSnapshot } from '../../src/cluster/running-job.js';
import { MAX_TIMESTAMP } from '../../src/core/timestamp.js';
import { type Standstill, standstillOf } from '../../src/cluster/standstill.js';
import { standstillText } from '../../src/client/standstill-text.js';
import { metrics, snapshot, vertex } from '../client/fake-job.js';

const NOW = 100_000;

/** A source with a watermark strategy; every subtask as given. */
function clocked(name: string, subtasks: readonly Partial<SubtaskMetrics>[], makesWatermarks = true): VertexSnapshot {
  return vertex(name, name, subtasks.map((more, at) => metrics(at, more)), {
    operators: [{ nodeId: 1, name, makesWatermarks: false }, ...(makesWatermarks ? [{ nodeId: 2, name: `Times of ${name}`, makesWatermarks }] : [])],
  });
}

/** Windows over other vertices, each of which is an input of its own unless told otherwise. */
function windows(edges: readonly VertexInput[], { watermark = 5000, open = 3, parallelism = 1 }: { watermark?: number; open?: number; parallelism?: number } = {}): VertexSnapshot {
  const operators = [{ nodeId: 9, name: 'Windows', metrics: { numOpenWindows: open, numEventTimeTimers: open, currentInputWatermark: watermark } }];
  return vertex('windows', 'Windows', Array.from({ length: parallelism }, (_, at) => metrics(at, { operators })), { edges, operators: [{ nodeId: 9, name: 'Windows', makesWatermarks: false }] });
}

const from = (name: string, input = 0, partitioning: VertexInput['partitioning'] = 'HASH'): VertexInput => ({ from: name, input, partitioning });
const job = (...vertices: VertexSnapshot[]): JobSnapshot => snapshot(vertices, { startTime: 0, durationMs: NOW });
const explained = (...vertices: VertexSnapshot[]): Standstill => standstillOf(job(...vertices))!;

/** At work: its watermark left just now. */
const lively = { currentOutputWatermark: 90_000, watermarkAt: NOW - 100, lastRecordAt: NOW - 50 };
/** Its last record came 8 s ago. */
const quiet = { currentOutputWatermark: 5000, watermarkAt: NOW - 7900, lastRecordAt: NOW - 8000 };

describe('who holds event time back', () => {
  it('is the input with the smallest watermark', () => {
    const found = explained(clocked('a', [lively]), clocked('b', [quiet]), windows([from('a', 0), from('b', 1)]));
    expect(found).toMatchObject({ waiting: { operator: 'Windows', openWindows: 3, watermark: 5000, input: 1 }, holder: { operator: 'Times of b', subtask: 0, alone: false }, cause: 'no-more-records', forMs: 7900, recordlessMs: 8000 });
  });

  it('is the subtask of a source with the smallest watermark', () => {
    const found = explained(clocked('a', [lively, quiet, lively]), windows([from('a')]));
    expect(found).toMatchObject({ waiting: { input: undefined }, holder: { vertexId: 'a', subtask: 1, parallelism: 3 } });
  });

  it('is found beyond operators that only pass watermarks on', () => {
    const between = vertex('map', 'Map', [metrics(0, { currentOutputWatermark: 5000, watermarkAt: NOW - 7000 })], { edges: [from('a')] });
    expect(explained(clocked('a', [quiet]), between, windows([from('map')])).holder).toMatchObject({ operator: 'Times of a', alone: true });
  });

  it('is only who reaches the waiting subtask', () => {
    const found = explained(clocked('a', [lively, quiet]), windows([from('a', 0, 'FORWARD')], { parallelism: 2 }));
    expect([found.waiting.subtask, found.holder.subtask]).toEqual([1, 1]);
  });

  it('is the operator in the same chain that makes the watermarks', () => {
    const chain = { ...clocked('a', [{ ...quiet, operators: [{ nodeId: 3, name: 'Windows', metrics: { numEventTimeTimers: 1, currentInputWatermark: 5000 } }] }]) };
    const withWindows = { ...chain, operators: [...chain.operators, { nodeId: 3, name: 'Windows', makesWatermarks: false }] };
    expect(explained(withWindows)).toMatchObject({ waiting: { timers: 1, openWindows: 0 }, holder: { operator: 'Times of a', alone: true } });
  });

  it('is nobody who is idle or has ended', () => {
    const found = explained(clocked('idle', [{ ...quiet, currentOutputWatermark: 1, watermarkIdle: true }]), clocked('over', [{ currentOutputWatermark: MAX_TIMESTAMP }]), clocked('b', [quiet]), windows([from('idle'), from('over'), from('b')]));
    expect(found.holder).toMatchObject({ vertexId: 'b', alone: true });
  });
});

describe('why it does not move', () => {
  const causeOf = (more: Partial<SubtaskMetrics>, makesWatermarks = true): string => explained(clocked('a', [more], makesWatermarks), windows([from('a')])).cause;

  it.each([
    ['no record has come', {}, 'no-record-yet'],
    ['no more records come', quiet, 'no-more-records'],
    ['records come that are no later', { ...quiet, lastRecordAt: NOW - 10 }, 'times-stand'],
    ['it waits for slower sources', { ...quiet, alignmentPaused: true }, 'waits-for-alignment'],
    ['downstream has no room', { ...quiet, backPressured: true }, 'back-pressured'],
    ['everyone is idle', { ...quiet, watermarkIdle: true }, 'all-idle'],
  ] as const)('%s', (_, more, cause) => {
    expect(causeOf(more)).toBe(cause);
  });

  it('one of its splits is behind the others, the idle ones left out', () => {
    const splits = { 'split.a.currentWatermark': 90_000, 'split.p.0.currentWatermark': 5000, 'split.p.0.isIdle': false, 'split.c.currentWatermark': 1, 'split.c.isIdle': true };
    const found = explained(clocked('a', [{ ...quiet, lastRecordAt: NOW - 10, operators: [{ nodeId: 2, name: 'Times of a', metrics: splits }] }]), windows([from('a')]));
    expect(found).toMatchObject({ cause: 'split-behind', holder: { split: { id: 'p.0', watermark: 5000 } } });
    const { what, remedy } = standstillText(found);
    expect(what).toContain('because "Times of a" (1/1) behind "a" waits for its split "p.0", which stands at 1970-01-01T00:00:05.000Z.');
    expect(remedy).toContain('withIdleness');
  });

  it('nobody makes watermarks', () => {
    expect(causeOf({ lastRecordAt: NOW - 10 }, false)).toBe('no-timestamps');
  });

  it('a source that has sent watermarks without a strategy makes them itself', () => {
    expect(causeOf(quiet, false)).toBe('no-more-records');
  });
});

describe('a job does not stand still', () => {
  it('when no operator waits for event time', () => {
    expect(standstillOf(job(clocked('a', [quiet]), windows([from('a')], { open: 0 })))).toBeUndefined();
  });

  it('before it runs and when it has ended', () => {
    const vertices = [clocked('a', [quiet]), windows([from('a')])];
    for (const status of ['CREATED', 'CANCELLING', 'FINISHED'] as const) expect(standstillOf({ ...job(...vertices), status })).toBeUndefined();
  });

  it('when the last watermark is under way', () => {
    expect(standstillOf(job(clocked('a', [{ currentOutputWatermark: MAX_TIMESTAMP }]), windows([from('a')], { watermark: MAX_TIMESTAMP })))).toBeUndefined();
  });
});

describe('what is said of it', () => {
  it('names who waits, for whom, since when, and what would move it', () => {
    const { what, remedy } = standstillText(explained(clocked('a', [lively]), clocked('b', [quiet]), windows([from('a', 0), from('b', 1)])));
    expect(what).toBe('"Windows" (1/1) has 3 windows open and fires none: event time stands at 1970-01-01T00:00:05.000Z, for input 2, since 8 s, because "Times of b" (1/1) behind "b" has had no record for 8 s.');
    expect(remedy).toBe('The next record there moves it; withIdleness(…) on its WatermarkStrategy would let the others go on without it.');
  });

  it('does not suggest idleness where there is nobody to go on', () => {
    const { what, remedy } = standstillText(explained(clocked('a', [{}]), windows([from('a')], { watermark: Number.NEGATIVE_INFINITY, open: 1 })));
    expect(what).toBe('"Windows" (1/1) has 1 window open and fires none: no watermark has come, since 1.67 min, because "Times of a" (1/1) behind "a" has had no record yet.');
    expect(remedy).toBe('The next record with a later time moves it, and so does the end of the input.');
  });

  it('has words for every cause', () => {
    const some = explained(clocked('a', [quiet]), windows([from('a')]));
    for (const cause of ['no-timestamps', 'no-record-yet', 'no-more-records', 'waits-for-alignment', 'all-idle', 'back-pressured', 'times-stand'] as const) {
      const { what, remedy } = standstillText({ ...some, cause });
      expect(`${what} ${remedy}`).not.toContain('undefined');
    }
  });
});
