import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_TIMESTAMP, NO_TIMESTAMP } from '../../src/core/timestamp.js';
import type { InputStatus, ReaderOutput, SourceReader } from '../../src/operators/source.js';
import { TaskGate } from '../../src/runtime/gate.js';
import { LatencyTimer } from '../../src/runtime/latency-markers.js';
import { SourceInput } from '../../src/runtime/source-input.js';
import { allocateMetrics, TaskMetrics } from '../../src/runtime/task-metrics.js';
import { HeapOperatorState } from '../../src/state/heap-operator-state.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { deferred, settled } from './chain-fixture.js';

const FOR_EVER = Number.POSITIVE_INFINITY;

let emitted: string[];
let polls: ((output: ReaderOutput<unknown>) => InputStatus)[];
let available: () => Promise<void>;
let gate: TaskGate;
let metrics: TaskMetrics;
let clock: ManualClock;
let wakes: number;
let failures: unknown[];
let input: SourceInput;
let timer: LatencyTimer;

beforeEach(() => {
  emitted = [];
  polls = [];
  available = () => new Promise(() => {});
  gate = new TaskGate(() => {});
  metrics = new TaskMetrics(allocateMetrics(1), 0);
  clock = new ManualClock();
  wakes = 0;
  failures = [];
  const reader: SourceReader<unknown> = {
    pollNext: (output) => polls.shift()?.(output) ?? 'NOTHING_AVAILABLE',
    isAvailable: () => available(),
    addSplits: () => {},
    notifyNoMoreSplits: () => {},
    snapshotState: () => [],
  };
  timer = new LatencyTimer(100, clock, () => (wakes += 1));
  input = new SourceInput({
    latency: { timer, emit: (markedAt) => void emitted.push(`marker ${markedAt}`) },
    reader, gate, metrics, clock, wallClock: clock, state: new HeapOperatorState(),
    taker: { take: (barrier) => void emitted.push(`checkpoint ${barrier.checkpointId}`), abandon: () => {} },
    output: {
      emit: (value, timestamp) => void emitted.push(`${String(value)}@${timestamp}`),
      side: () => () => {},
      watermark: (timestamp) => void emitted.push(`watermark ${timestamp}`),
      idle: (idle) => void emitted.push(`idle ${idle}`),
    },
    wake: () => (wakes += 1),
    fail: (error) => void failures.push(error),
  });
});

describe('the input of a task from a source reader', () => {
  it('emits a marker when one is due, also while the reader has nothing; where there is no room, later and as of then', async () => {
    await input.start();
    const begun = clock.now();
    expect([input.run(FOR_EVER), input.ready]).toEqual(['idle', false]);
    clock.advance(100);
    expect([wakes, input.ready, input.run(FOR_EVER), input.ready]).toEqual([1, true, 'idle', false]);
    gate.hold();
    clock.advance(250);
    input.run(FOR_EVER);
    expect(emitted).toHaveLength(1);
    gate.release();
    input.run(FOR_EVER);
    expect(emitted).toEqual([`marker ${begun + 100}`, `marker ${begun + 200}`]);
  });

  it('emits none behind its last record', async () => {
    await input.start();
    polls.push(() => 'END_OF_INPUT');
    expect(input.run(FOR_EVER)).toBe('ended');
    clock.advance(1_000);
    expect([timer.due, emitted]).toEqual([false, []]);
  });

  it('emits what the reader collects, without a timestamp unless it gives one', () => {
    polls.push((output) => {
      output.collect('a', 5);
      output.collect('b');
      return 'NOTHING_AVAILABLE';
    });
    expect(input.run(FOR_EVER)).toBe('idle');
    expect(emitted).toEqual(['a@5', `b@${NO_TIMESTAMP}`]);
    expect(metrics.read(0).recordsIn).toBe(2);
  });

  it('polls again at once while there is more, until its deadline', () => {
    polls.push(() => 'MORE_AVAILABLE', () => {
      clock.advance(2);
      return 'MORE_AVAILABLE';
    }, () => 'MORE_AVAILABLE');
    expect(input.run(1)).toBe('more');
    expect(polls).toHaveLength(1);
  });

  it('does not poll while the gate is held, and tells the reader when it becomes so', () => {
    polls.push((output) => {
      expect(output.full).toBe(false);
      gate.hold();
      expect(output.full).toBe(true);
      return 'MORE_AVAILABLE';
    });
    expect([input.run(FOR_EVER), input.run(FOR_EVER)]).toEqual(['held', 'held']);
  });

  it('tells the reader to stop after some thousand records', () => {
    let taken = 0;
    polls.push((output) => {
      while (!output.full) output.collect(taken++);
      return 'END_OF_INPUT';
    });
    expect(input.run(FOR_EVER)).toBe('ended');
    expect(taken).toBe(4096);
  });

  it('tells the reader to stop as soon as the turn is over, also where each record takes as long as a turn', () => {
    const slowly = (output: ReaderOutput<unknown>): InputStatus => {
      while (!output.full) {
        output.collect('slow');
        clock.advance(20);
      }
      return 'MORE_AVAILABLE';
    };
    for (let turn = 0; turn < 3; turn++) {
      polls.push(slowly);
      emitted = [];
      expect(input.run(clock.monotonic() + 2)).toBe('more');
    }
    expect(emitted).toHaveLength(1);
  });

  it('asks the clock less often the quicker records are', () => {
    let looks = 0;
    const { monotonic } = clock;
    clock.monotonic = () => {
      looks += 1;
      return monotonic.call(clock);
    };
    for (let poll = 0; poll < 10; poll++) {
      polls.push((output) => {
        while (!output.full) output.collect('quick');
        return 'MORE_AVAILABLE';
      });
    }
    expect(input.run(FOR_EVER)).toBe('idle');
    expect(emitted).toHaveLength(10 * 4096);
    expect(looks).toBeLessThan(30);
  });

  it('waits for a reader that has nothing, and wakes the task when it has', async () => {
    const arrival = deferred();
    available = () => arrival.promise;
    expect([input.ready, input.run(FOR_EVER), input.ready, input.run(FOR_EVER)]).toEqual([true, 'idle', false, 'idle']);
    arrival.resolve();
    await settled();
    expect([wakes, input.ready]).toEqual([1, true]);
  });

  it('fails the task when waiting for the reader fails', async () => {
    available = () => Promise.reject(new Error('gone'));
    input.run(FOR_EVER);
    await settled();
    expect(failures).toEqual([new Error('gone')]);
  });

  it('is active again, once, when a record or a watermark follows idleness', () => {
    polls.push((output) => {
      output.markIdle!();
      output.markIdle!();
      output.collect('a', 1);
      output.markActive!();
      output.markIdle!();
      output.emitWatermark!(3);
      return 'NOTHING_AVAILABLE';
    });
    input.run(FOR_EVER);
    expect(emitted).toEqual(['idle true', 'idle false', 'a@1', 'idle true', 'idle false', 'watermark 3']);
  });

  it('is active again before it ends, for downstream ignores the watermarks of an idle channel', () => {
    polls.push((output) => {
      output.markIdle!();
      return 'END_OF_INPUT';
    });
    expect(input.run(FOR_EVER)).toBe('ended');
    expect(emitted).toEqual(['idle true', 'idle false']);
    expect(emitted).not.toContain(`watermark ${MAX_TIMESTAMP}`);
  });

  it('names the last record when the reader or the chain throws, and none before the first', () => {
    polls.push((output) => {
      output.collect('a');
      throw new Error('x');
    }, () => {
      throw new Error('y');
    });
    expect(() => input.run(FOR_EVER)).toThrow('x');
    expect(input.failing()).toEqual({ value: 'a' });
    expect(() => input.run(FOR_EVER)).toThrow('y');
    expect(input.failing()).toBeUndefined();
  });
});
