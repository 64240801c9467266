/**
 * The restart strategy that a job's configuration asks for, and Flink's choice where it asks for none.
 */
import type { Configuration } from '../../core/configuration.js';
import {
  CheckpointInterval, ExponentialAttempts, ExponentialInitialBackoff, ExponentialJitter, ExponentialMaxBackoff, ExponentialMultiplier,
  ExponentialResetThreshold, FailureRateDelay, FailureRateInterval, FailureRateMax, FixedDelay, FixedDelayAttempts, RestartStrategyType,
} from '../../core/options.js';
import type { Random } from '../../core/random.js';
import { exponentialDelayRestart, failureRateRestart, fixedDelayRestart, NO_RESTART, type RestartStrategy } from './restart-strategy.js';

/** Nothing configured: exponential-delay with checkpoints, none without, since a restart would then lose the state. */
export function configuredRestart(configuration: Configuration, random: Random): RestartStrategy {
  const checkpoints = configuration.get(CheckpointInterval) !== undefined;
  switch (configuration.get(RestartStrategyType) ?? (checkpoints ? 'exponential-delay' : 'none')) {
    case 'none':
      return NO_RESTART;
    case 'fixed-delay':
      return fixedDelayRestart(configuration.get(FixedDelayAttempts), configuration.get(FixedDelay));
    case 'failure-rate':
      return failureRateRestart({
        failures: configuration.get(FailureRateMax), intervalMs: configuration.get(FailureRateInterval), delayMs: configuration.get(FailureRateDelay),
      });
    case 'exponential-delay':
      return exponentialDelayRestart({
        initialMs: configuration.get(ExponentialInitialBackoff),
        maxMs: configuration.get(ExponentialMaxBackoff),
        multiplier: configuration.get(ExponentialMultiplier),
        resetThresholdMs: configuration.get(ExponentialResetThreshold),
        jitter: configuration.get(ExponentialJitter),
        attempts: configuration.get(ExponentialAttempts) ?? Infinity,
      }, random);
  }
}
