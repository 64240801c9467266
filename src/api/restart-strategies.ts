/**
 * Whether and when a program wants its job started again after a failure (Flink: `RestartStrategies`).
 */
import type { Configuration } from '../core/configuration.js';
import {
  ExponentialInitialBackoff, ExponentialJitter, ExponentialMaxBackoff, ExponentialMultiplier, ExponentialResetThreshold, FailureRateDelay,
  FailureRateInterval, FailureRateMax, FixedDelay, FixedDelayAttempts, RestartStrategyType,
} from '../core/options.js';
import { type DurationLike, formatDuration } from '../core/time.js';
import { badArgument, durationArgument, wholeNumber } from './arguments.js';

/** What `RestartStrategies` gives, for `setRestartStrategy`. */
export class RestartStrategyConfiguration {
  /** @param configure sets what this stands for. */
  constructor(private readonly description: string, readonly configure: (configuration: Configuration) => void) {}

  /** The strategy in words. */
  getDescription(): string {
    return this.description;
  }
}

const MANY = 2 ** 31 - 1;

export const RestartStrategies = {
  /** The first failure fails the job. */
  noRestart(): RestartStrategyConfiguration {
    return new RestartStrategyConfiguration('Restart deactivated.', (configuration) => void configuration.set(RestartStrategyType, 'none'));
  },

  /** What the configuration of whoever runs the program says, as without `setRestartStrategy`. */
  fallBackRestart(): RestartStrategyConfiguration {
    return new RestartStrategyConfiguration('Cluster level default restart strategy', (configuration) => void configuration.unset(RestartStrategyType));
  },

  /** Restarts `attempts` times in the job's whole life, each time after the same delay. */
  fixedDelayRestart(attempts: number, delay: DurationLike): RestartStrategyConfiguration {
    const call = 'fixedDelayRestart';
    const [times, delayMs] = [wholeNumber(call, attempts, 0, MANY, 'a number of attempts'), durationArgument(call, delay, 0)];
    return new RestartStrategyConfiguration(`Restart with fixed delay (${formatDuration(delayMs)}). #${times} restart attempts.`, (configuration) =>
      void configuration.set(RestartStrategyType, 'fixed-delay').set(FixedDelayAttempts, times).set(FixedDelay, delayMs));
  },

  /** Restarts unless more than `failures` failures come within the interval. */
  failureRateRestart(failures: number, interval: DurationLike, delay: DurationLike): RestartStrategyConfiguration {
    const call = 'failureRateRestart';
    const rate = wholeNumber(call, failures, 1, MANY, 'a number of failures');
    const [intervalMs, delayMs] = [durationArgument(call, interval, 1), durationArgument(call, delay, 0)];
    return new RestartStrategyConfiguration(`Failure rate restart with maximum of ${rate} failures within interval ${formatDuration(intervalMs)} and fixed delay ${formatDuration(delayMs)}.`, (configuration) =>
      void configuration.set(RestartStrategyType, 'failure-rate').set(FailureRateMax, rate).set(FailureRateInterval, intervalMs).set(FailureRateDelay, delayMs));
  },

  /**
   * Restarts for ever, after delays that grow by `multiplier` from `initial` to `max`, and begin again after a time of
   * `resetThreshold` without failures. Chance adds or takes away up to the share `jitter` (0 to 1).
   */
  exponentialDelayRestart(initial: DurationLike, max: DurationLike, multiplier: number, resetThreshold: DurationLike, jitter: number): RestartStrategyConfiguration {
    const call = 'exponentialDelayRestart';
    const [initialMs, thresholdMs] = [durationArgument(call, initial, 1), durationArgument(call, resetThreshold, 1)];
    const maxMs = durationArgument(call, max, initialMs);
    if (!(typeof multiplier === 'number' && multiplier >= 1)) throw badArgument(call, 'a multiplier of at least 1', multiplier);
    if (!(typeof jitter === 'number' && jitter >= 0 && jitter <= 1)) throw badArgument(call, 'a jitter from 0 to 1', jitter);
    const words = `Restart with exponential delay: starting at ${formatDuration(initialMs)}, increasing by ${multiplier}, with maximum ${formatDuration(maxMs)}, jitter ${jitter}, reset after ${formatDuration(thresholdMs)} without failures.`;
    return new RestartStrategyConfiguration(words, (configuration) =>
      void configuration.set(RestartStrategyType, 'exponential-delay').set(ExponentialInitialBackoff, initialMs).set(ExponentialMaxBackoff, maxMs)
        .set(ExponentialMultiplier, multiplier).set(ExponentialResetThreshold, thresholdMs).set(ExponentialJitter, jitter));
  },
} as const;
