/**
 * Configuration as a test gives it: Flink's keys with their values.
 */
import { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { ALL_OPTIONS } from '../core/options.js';

/** Throws `CONFIGURATION` for a key that does not exist or a value that it does not take. */
export function configurationOf(values: Readonly<Record<string, unknown>>): Configuration {
  const configuration = new Configuration();
  for (const [key, value] of Object.entries(values)) {
    const option = ALL_OPTIONS.find((known) => known.key === key || known.deprecatedKeys.includes(key));
    if (!option) throw new FlinkError('CONFIGURATION', `${key} is not a configuration key (from the test's MiniCluster)`);
    configuration.setRaw(option, value, 'the test');
  }
  return configuration;
}

