import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configuredRestart } from '../../../src/cluster/execution/configured-restart.js';
import { exponentialDelayRestart, type ExponentialBackoff, failureRateRestart, fixedDelayRestart, NO_RESTART, type RestartStrategy } from '../../../src/cluster/execution/restart-strategy.js';
import { Configuration } from '../../../src/core/configuration.js';
import { optionOf } from '../../../src/core/options.js';
import { seededRandom } from '../../../src/core/random.js';

/** What is decided after failures at these times: milliseconds to wait, or undefined where the job fails. */
function delays(strategy: RestartStrategy, ...times: number[]): (number | undefined)[] {
  return times.map((time) => {
    const { next, delayMs } = strategy.afterFailure(time);
    strategy = next;
    return delayMs;
  });
}

const middle = { next: () => 0.5 };
const backoff = (change: Partial<ExponentialBackoff> = {}, random = middle): RestartStrategy =>
  exponentialDelayRestart({ initialMs: 1000, maxMs: 60_000, multiplier: 1.5, resetThresholdMs: 3_600_000, jitter: 0, attempts: Infinity, ...change }, random);

describe('no restart', () => {
  it('fails the job at its first failure', () => expect(delays(NO_RESTART, 0)).toEqual([undefined]));
});

describe('a fixed delay', () => {
  it('restarts after as many failures as it has attempts', () => expect(delays(fixedDelayRestart(3, 10), 0, 1, 2, 3, 4)).toEqual([10, 10, 10, undefined, undefined]));

  it('never counts anew', () => expect(delays(fixedDelayRestart(1, 10), 0, 1e12)).toEqual([10, undefined]));

  it('without attempts never restarts', () => expect(delays(fixedDelayRestart(0, 10), 0)).toEqual([undefined]));
});

describe('a failure rate', () => {
  const rate = { failures: 2, intervalMs: 100, delayMs: 7 };

  it('survives its number of failures within the interval; the next one fails the job', () => {
    expect(delays(failureRateRestart(rate), 0, 1, 2)).toEqual([7, 7, undefined]);
  });

  it('forgets failures that are older than the interval', () => {
    expect(delays(failureRateRestart(rate), 0, 50, 101, 151, 202)).toEqual([7, 7, 7, 7, 7]);
  });

  it('still counts a failure that is exactly as old as the interval', () => {
    expect(delays(failureRateRestart(rate), 0, 50, 100)).toEqual([7, 7, undefined]);
  });
});

describe('an exponential delay', () => {
  it('multiplies the delay with each failure, cut to whole milliseconds, up to the longest', () => {
    const times = Array.from({ length: 13 }, (_, at) => at * 100_000);
    expect(delays(backoff(), ...times)).toEqual([1000, 1500, 2250, 3375, 5062, 7593, 11_390, 17_085, 25_628, 38_443, 57_665, 60_000, 60_000]);
  });

  it('lets chance take away or add a share, evenly, but never leaves its bounds', () => {
    const delayWith = (chance: number, change: Partial<ExponentialBackoff> = {}): unknown => delays(backoff({ jitter: 0.1, ...change }, { next: () => chance }), 0, 5000)[1];
    expect([0, 0.5, 0.9999].map((chance) => delayWith(chance))).toEqual([1350, 1500, 1650]);
    expect(delayWith(0, { multiplier: 1 })).toBe(1000);
    expect(delayWith(0.9999, { maxMs: 1600 })).toBe(1600);
  });

  it('counts a failure up to the restart that is planned as part of the same attempt: only the rest of the delay remains', () => {
    expect(delays(backoff({ attempts: 1 }), 0, 400, 1000)).toEqual([1000, 600, 0]);
    expect(delays(backoff({ attempts: 1 }), 0, 1001)).toEqual([1000, undefined]);
    expect(delays(backoff(), 0, 400, 1001)).toEqual([1000, 600, 1500]);
  });

  it('says which failures it takes for one attempt, also after it has begun again', () => {
    let strategy = backoff({ initialMs: 2, maxMs: 6, multiplier: 2, resetThresholdMs: 80, attempts: 3 });
    let time = 0;
    for (let round = 0; round < 10; round++) {
      for (const wait of [2, 4, 6]) {
        for (let passed = 0; passed <= wait; passed++, time++) {
          const { next, ...verdict } = strategy.afterFailure(time);
          strategy = next;
          expect(verdict).toEqual(passed === 0 ? { delayMs: wait } : { merged: true, delayMs: wait - passed });
        }
      }
      time += 80;
    }
  });

  it('starts again when nothing has failed for the threshold since the last restart', () => {
    expect(delays(backoff({ resetThresholdMs: 10_000 }), 0, 5_000, 6_500 + 9_999, 6_500 + 9_999 + 2250 + 10_000)).toEqual([1000, 1500, 2250, 1000]);
  });

  it('allows its number of attempts before it starts again, and then as many once more', () => {
    expect(delays(backoff({ attempts: 2, resetThresholdMs: 10_000 }), 0, 2_000, 20_000, 22_000, 24_000)).toEqual([1000, 1500, 1000, 1500, undefined]);
  });

  it('stays within its bounds whatever fails when', () => {
    fc.assert(fc.property(fc.array(fc.nat(100_000), { maxLength: 200 }), fc.integer(), fc.double({ min: 1, max: 4, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (gaps, seed, multiplier, jitter) => {
      let strategy = backoff({ multiplier, jitter, maxMs: 30_000 }, seededRandom(seed));
      let time = 0;
      let planned = -1;
      for (const gap of gaps) {
        const { next, delayMs } = strategy.afterFailure((time += gap));
        strategy = next;
        if (time <= planned) expect(delayMs).toBe(planned - time);
        else {
          expect(delayMs).toBeGreaterThanOrEqual(1000);
          expect(delayMs).toBeLessThanOrEqual(30_000);
          planned = time + delayMs!;
        }
      }
    }));
  });
});

describe('the strategy of a configuration', () => {
  const chosen = (settings: Record<string, unknown> = {}): RestartStrategy => {
    const configuration = new Configuration();
    for (const [key, value] of Object.entries(settings)) configuration.setRaw(optionOf(key, 'the test'), value, 'the test', key);
    return configuredRestart(configuration, middle);
  };

  it('is none without checkpoints and exponential-delay with them, unless one is chosen', () => {
    expect(chosen().name).toBe('none');
    expect(chosen({ 'execution.checkpointing.interval': '10 s' }).name).toBe('exponential-delay');
    expect(chosen({ 'execution.checkpointing.interval': '10 s', 'restart-strategy.type': 'disable' }).name).toBe('none');
  });

  it.each([
    ['off', 'none'], ['none', 'none'], ['disable', 'none'], ['fixeddelay', 'fixed-delay'], ['fixed-delay', 'fixed-delay'], ['failurerate', 'failure-rate'],
    ['failure-rate', 'failure-rate'], ['exponentialdelay', 'exponential-delay'], ['exponential-delay', 'exponential-delay'],
  ])('may be called %s', (written, name) => {
    expect(chosen({ 'restart-strategy.type': written }).name).toBe(name);
    expect(chosen({ 'restart-strategy': written }).name).toBe(name);
  });

  it("has Flink's defaults when it is only named", () => {
    expect(delays(chosen({ 'restart-strategy': 'fixed-delay' }), 0, 5000)).toEqual([1000, undefined]);
    expect(delays(chosen({ 'restart-strategy': 'failure-rate' }), 0, 60_001, 120_001)).toEqual([1000, 1000, undefined]);
    expect(delays(chosen({ 'restart-strategy': 'exponential-delay' }), 0, 5000)).toEqual([1000, 1500]);
  });

  it('takes its numbers from the keys', () => {
    expect(delays(chosen({ 'restart-strategy': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': 2, 'restart-strategy.fixed-delay.delay': '5 ms' }), 0, 1, 2)).toEqual([5, 5, undefined]);
    expect(delays(chosen({
      'restart-strategy': 'failure-rate', 'restart-strategy.failure-rate.max-failures-per-interval': 2,
      'restart-strategy.failure-rate.failure-rate-interval': '1 s', 'restart-strategy.failure-rate.delay': '6 ms',
    }), 0, 1, 2)).toEqual([6, 6, undefined]);
    const exponential = {
      'restart-strategy': 'exponential-delay', 'restart-strategy.exponential-delay.initial-backoff': '10 ms', 'restart-strategy.exponential-delay.max-backoff': '100 ms',
      'restart-strategy.exponential-delay.backoff-multiplier': '5', 'restart-strategy.exponential-delay.jitter-factor': 0,
      'restart-strategy.exponential-delay.reset-backoff-threshold': '1 min', 'restart-strategy.exponential-delay.attempts-before-reset-backoff': 3,
    };
    expect(delays(chosen(exponential), 0, 1000, 2000, 3000, 70_000)).toEqual([10, 50, 100, undefined, 10]);
  });
});
