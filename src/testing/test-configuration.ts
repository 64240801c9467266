/**
 * Configuration as a test gives it: Flink's keys with their values.
 */
import { Configuration } from '../core/configuration.js';
import { optionOf } from '../core/options.js';

/** Throws `CONFIGURATION` for a key that does not exist or a value that it does not take. */
export function configurationOf(values: Readonly<Record<string, unknown>>): Configuration {
  const configuration = new Configuration();
  for (const [key, value] of Object.entries(values)) {
    configuration.setRaw(optionOf(key, 'the test'), value, 'the test', key);
  }
  return configuration;
}

