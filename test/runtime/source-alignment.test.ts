import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../src/core/timestamp.js';
import { SourceAlignment } from '../../src/runtime/source-alignment.js';
import { allocateMetrics, TaskMetrics } from '../../src/runtime/task-metrics.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

let memory: SharedArrayBuffer;
let clock: ManualClock;
let wakes: number;
let time: number;

beforeEach(() => {
  memory = allocateMetrics(3);
  clock = new ManualClock(1_000_000);
  wakes = 0;
  time = MIN_TIMESTAMP;
});

const subtask = (index: number): TaskMetrics => new TaskMetrics(memory, index);

/** Subtask 0, with the other two. */
function aligned(strict: boolean, maxDriftMs: number, updateIntervalMs = 1000): SourceAlignment {
  return new SourceAlignment({ strict, maxDriftMs, updateIntervalMs, eventTime: () => time, own: subtask(0), others: [subtask(1), subtask(2)], clock, wake: () => void (wakes += 1) });
}

/** The reader is polled and has come to `to`; whether it is to wait now. */
function reads(alignment: SourceAlignment, to: number): boolean {
  time = to;
  alignment.polled();
  return alignment.holds;
}

describe('a source of a named group', () => {
  it('goes on while it is no more than the drift ahead of the slowest, and waits beyond', () => {
    subtask(1).alignedTime = 100;
    subtask(2).alignedTime = 5000;
    const alignment = aligned(true, 50);
    expect([reads(alignment, 120), reads(alignment, 150), reads(alignment, 151)]).toEqual([false, false, true]);
  });

  it('waits until the next comparison at least, and is woken for it', () => {
    subtask(1).alignedTime = 100;
    const alignment = aligned(true, 50, 300);
    expect(reads(alignment, 200)).toBe(true);
    subtask(1).alignedTime = 180;
    clock.advance(299);
    expect([alignment.holds, wakes]).toEqual([true, 0]);
    clock.advance(1);
    expect([wakes, alignment.holds]).toEqual([1, false]);
  });

  it('waits for one that has begun without a watermark, however long', () => {
    subtask(1).alignedTime = MIN_TIMESTAMP;
    const alignment = aligned(true, 1000);
    expect(reads(alignment, 5)).toBe(true);
    clock.advance('1 h');
    expect(alignment.holds).toBe(true);
  });

  it('waits for nobody who is idle, has ended or has not begun', () => {
    subtask(2).alignedTime = MAX_TIMESTAMP;
    expect(reads(aligned(true, 0), 1e12)).toBe(false);
  });

  it('is not waited for once it has no more input, and while it is idle', () => {
    const alignment = aligned(true, 0);
    reads(alignment, 7);
    expect(subtask(0).alignedTime).toBe(7);
    time = MAX_TIMESTAMP;
    alignment.starved();
    expect(subtask(0).alignedTime).toBe(MAX_TIMESTAMP);
    reads(alignment, 9);
    alignment.close();
    expect(subtask(0).alignedTime).toBe(MAX_TIMESTAMP);
  });

  it('is still waited for while it has nothing to read', () => {
    const alignment = aligned(true, 0);
    reads(alignment, 7);
    alignment.starved();
    expect(subtask(0).alignedTime).toBe(7);
  });

  it('counts the time in which it waits, and how far it is ahead', () => {
    subtask(1).alignedTime = 0;
    const alignment = aligned(true, 10);
    reads(alignment, 400);
    clock.advance(250);
    expect(subtask(0).read(clock.now())).toMatchObject({ alignmentPaused: true, alignmentPausedMs: 250, watermarkAlignmentDrift: 400 });
    subtask(1).alignedTime = 395;
    clock.advance(750);
    expect(alignment.holds).toBe(false);
    clock.advance(5000);
    expect(subtask(0).read(clock.now())).toMatchObject({ alignmentPaused: false, alignmentPausedMs: 1000, watermarkAlignmentDrift: 5 });
    expect(subtask(0).heldMs(clock.now())).toBe(1000);
  });

  it('leaves no timer behind', () => {
    subtask(1).alignedTime = 0;
    const alignment = aligned(true, 10);
    reads(alignment, 400);
    expect(clock.scheduled).toBe(1);
    alignment.close();
    expect(clock.scheduled).toBe(0);
  });
});

describe('a source in no group', () => {
  /** Both read on, a millisecond a poll; what has come apart is 0. */
  function level(): SourceAlignment {
    const alignment = aligned(false, 100);
    for (let at = 1; at <= 20; at++) {
      subtask(1).alignedTime = at;
      reads(alignment, at);
    }
    return alignment;
  }

  /** A millisecond a poll, up to `to`; whether it is to wait then. */
  function readsOn(alignment: SourceAlignment, to: number): boolean {
    let holds = false;
    for (let at = time + 1; at <= to; at++) holds = reads(alignment, at);
    return holds;
  }

  it('waits when it has come more than the drift ahead while reading, until the other comes closer', () => {
    const alignment = level();
    expect([readsOn(alignment, 120), readsOn(alignment, 121)]).toEqual([false, true]);
    subtask(1).alignedTime = 21;
    expect(alignment.holds).toBe(false);
  });

  it('looks again a few milliseconds later, for nobody tells it that another has moved', () => {
    const alignment = level();
    readsOn(alignment, 121);
    clock.advance(5);
    expect(wakes).toBe(1);
  });

  it('never waits longer than a second, and not for one that does not move', () => {
    const alignment = level();
    expect(readsOn(alignment, 121)).toBe(true);
    clock.advance(99);
    expect(alignment.holds).toBe(true);
    clock.advance(1);
    expect(alignment.holds).toBe(false);
    expect(readsOn(alignment, 221)).toBe(false);
  });

  it('waits for one that will soon be there', () => {
    const alignment = level();
    readsOn(alignment, 120);
    reads(alignment, 180);
    clock.advance(100);
    subtask(1).alignedTime = 40;
    expect(alignment.holds).toBe(true);
    clock.advance(900);
    expect(alignment.holds).toBe(false);
  });

  it('does not wait for one that reads another part of the input, but for what they come apart from there', () => {
    subtask(1).alignedTime = 0;
    const alignment = aligned(false, 100);
    expect(reads(alignment, 1_000_000)).toBe(false);
    for (let at = 1; at <= 20; at++) {
      subtask(1).alignedTime = at;
      expect(reads(alignment, 1_000_000 + at)).toBe(false);
    }
    expect([readsOn(alignment, 1_000_120), readsOn(alignment, 1_000_121)]).toEqual([false, true]);
  });

  it('does not wait when its next part of the input lies far ahead', () => {
    expect(reads(level(), 5_000_000)).toBe(false);
  });

  it('is allowed a lead of some polls whatever they span, for waiting has a price too', () => {
    subtask(1).alignedTime = 0;
    const alignment = aligned(false, 100);
    reads(alignment, 0);
    for (let poll = 1; poll <= 16; poll++) expect(reads(alignment, poll * 1000)).toBe(false);
    expect(reads(alignment, 17_000)).toBe(true);
  });

  it('waits for nobody who has nothing to read, has no watermark yet, has ended or has not begun', () => {
    for (const nobody of [MAX_TIMESTAMP, MIN_TIMESTAMP]) {
      const alignment = level();
      subtask(1).alignedTime = nobody;
      expect(readsOn(alignment, 300)).toBe(false);
    }
    const alignment = aligned(false, 100);
    reads(alignment, 5);
    alignment.starved();
    expect(subtask(0).alignedTime).toBe(MAX_TIMESTAMP);
  });
});
