/**
 * Reads `flink-conf.yaml`, the file of Apache Flink before 1.19: flat `key: value` lines, which are no YAML. Flink 1.20 still
 * reads it, and before `config.yaml`.
 *
 * Invariant: as in Flink, what is no pair is left out, a `#` begins a comment wherever it stands, and of two values for a key
 * the last one counts.
 */
import { readFileSync } from 'node:fs';
import { FlinkError } from '../../core/errors.js';
import type { FileEntry } from './configuration-file.js';

export interface LegacyConfiguration {
  readonly entries: readonly FileEntry[];
  /** Numbers of lines that are neither empty nor a pair. */
  readonly ignoredLines: readonly number[];
}

/** `shownAs` is the file's name in messages. */
export function readLegacyConfigurationFile(file: string, shownAs: string): LegacyConfiguration {
  try {
    return parseLegacyConfiguration(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new FlinkError('CONFIGURATION', `cannot read the configuration file ${shownAs}: ${(cause as Error).message}`, { cause, hint: 'Check its permissions.' });
  }
}

export function parseLegacyConfiguration(text: string): LegacyConfiguration {
  const entries = new Map<string, FileEntry>();
  const ignoredLines: number[] = [];
  for (const [at, written] of text.split('\n').entries()) {
    const line = at + 1;
    const content = written.replace(/#.*$/s, '').trim();
    const [, key, raw] = /^(.*?): (.*)$/s.exec(content) ?? [];
    if (content === '') continue;
    if (key === undefined || key.trim() === '' || raw!.trim() === '') ignoredLines.push(line);
    else entries.set(key.trim(), { key: key.trim(), raw: raw!.trim(), line });
  }
  return { entries: [...entries.values()], ignoredLines };
}
