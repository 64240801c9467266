import { beforeEach, describe, expect, it } from 'vitest';
import { allocateHeartbeat, keepBeating, watchHeartbeat } from '../../src/cluster/heartbeat.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

const TIMES = { intervalMs: 100, timeoutMs: 300 };

let memory: SharedArrayBuffer;
/** Time as the thread sees it: it stands still while the thread hangs. */
let thread: ManualClock;
let clock: ManualClock;
let silences: number;

beforeEach(() => {
  memory = allocateHeartbeat();
  [thread, clock, silences] = [new ManualClock(), new ManualClock(), 0];
});

const watch = (times = TIMES): { cancel(): void } => watchHeartbeat(memory, times, clock, () => void silences++);

/** Both go on, in small steps. */
function together(ms: number): void {
  for (let gone = 0; gone < ms; gone += 5) {
    thread.advance(5);
    clock.advance(5);
  }
}

describe('a thread that is watched', () => {
  it('is left alone while it beats', () => {
    keepBeating(memory, TIMES, thread);
    watch();
    together(5000);
    expect(silences).toBe(0);
  });

  it('is given up once, when it has been silent for the timeout', () => {
    keepBeating(memory, TIMES, thread);
    watch();
    together(1000);
    clock.advance(250);
    expect(silences).toBe(0);
    clock.advance(100);
    expect(silences).toBe(1);
    clock.advance(10_000);
    expect([silences, clock.scheduled]).toEqual([1, 0]);
  });

  it('may be silent for a while', () => {
    keepBeating(memory, TIMES, thread);
    watch();
    for (let round = 0; round < 5; round++) {
      together(200);
      clock.advance(225);
    }
    expect(silences).toBe(0);
  });

  it('has any time to start', () => {
    watch();
    clock.advance(100_000);
    expect(silences).toBe(0);
  });

  it('is not given up because nobody looked for long', () => {
    keepBeating(memory, TIMES, thread);
    watch();
    together(500);
    // The whole machine slept: one look is late, none is missed.
    thread.advance(3_600_000);
    clock.advance(75);
    together(500);
    expect(silences).toBe(0);
  });

  it('is watched closely enough for a timeout below the interval', () => {
    const times = { intervalMs: 10_000, timeoutMs: 200 };
    keepBeating(memory, times, thread);
    watch(times);
    together(1000);
    expect(silences).toBe(0);
    clock.advance(300);
    expect(silences).toBe(1);
  });

  it('is not watched any more when that was called off', () => {
    keepBeating(memory, TIMES, thread);
    watch().cancel();
    clock.advance(10_000);
    expect([silences, clock.scheduled]).toEqual([0, 0]);
  });
});
