import { describe, expect, it } from 'vitest';
import { JobRates } from '../../src/rest/job-rates.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { metrics, snapshot, vertex } from '../client/fake-job.js';

/** A vertex with one subtask that a test moves on. */
function job() {
  const clock = new ManualClock();
  let [now, over, reads] = [metrics(0, { timestamps: { RUNNING: clock.now() } }), false, 0];
  const rates = new JobRates(clock, () => {
    reads += 1;
    return snapshot([vertex('v', 'Map', [now])]);
  }, () => over);
  return {
    clock, rates,
    reads: () => reads,
    end: () => (over = true),
    /** Lets time pass, and so many records come in it. */
    go(ms: number, records: number, attempt = 0): void {
      now = attempt === now.attempt ? { ...now, recordsIn: now.recordsIn + records, busyMs: now.busyMs + ms / 4 } : metrics(0, { attempt, recordsIn: records, timestamps: { RUNNING: clock.now() } });
      clock.advance(ms);
    },
    in: () => rates.of('v', now).recordsIn,
    busy: () => rates.of('v', now).busyMs,
  };
}

describe('the rates of a subtask', () => {
  it('are the average over its life when somebody looks for the first time', () => {
    const it = job();
    it.go(4_000, 800);
    expect([it.in(), it.busy()]).toEqual([200, 250]);
  });

  it('are of the last seconds when somebody has looked before', () => {
    const it = job();
    it.go(10_000, 100_000);
    it.in();
    for (let second = 0; second < 8; second++) it.go(1_000, 50);
    expect(it.in()).toBe(50);
  });

  it('are of its present attempt only', () => {
    const it = job();
    it.go(3_000, 3_000);
    it.in();
    it.go(400, 4, 1);
    expect(it.in()).toBe(10);
  });

  it('are nothing when the job has ended, and before it runs', () => {
    const it = job();
    expect(it.in()).toBe(0);
    it.go(1_000, 100);
    it.end();
    expect(it.in()).toBe(0);
  });

  it('cost nothing when nobody has looked for two and a half minutes', () => {
    const it = job();
    it.go(5_000, 1);
    expect(it.reads()).toBe(0);
    it.in();
    for (let second = 0; second < 300; second++) it.go(1_000, 1);
    const after = it.reads();
    expect(after).toBeGreaterThan(140);
    expect(after).toBeLessThanOrEqual(151);
    it.go(60_000, 1);
    expect(it.reads()).toBe(after);
  });

  it('are sampled no more when the record is closed', () => {
    const it = job();
    it.in();
    it.rates.close();
    it.go(10_000, 1);
    expect(it.reads()).toBe(1);
  });
});
