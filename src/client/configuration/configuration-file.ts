/**
 * Reads `config.yaml`: YAML 1.2 with Flink's keys, nested or flat or mixed (`a.b: 1` is `a: {b: 1}`).
 *
 * Invariant: every entry carries the line it came from, and no key is given twice, in whichever spelling.
 */
import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Pair, YAMLMap } from 'yaml';
import { FlinkError } from '../../core/errors.js';
import { findOption } from '../../core/options.js';

export interface FileEntry {
  readonly key: string;
  /** A scalar, or a list or map where the option takes one. */
  readonly raw: unknown;
  readonly line: number;
}

/** `shownAs` is the file's name in messages. */
export function readConfigurationFile(file: string, shownAs: string = file): FileEntry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FlinkError('CONFIGURATION', `cannot read the configuration file ${shownAs}: ${(cause as Error).message}`, { cause });
  }
  return parseConfiguration(text, shownAs);
}

export function parseConfiguration(text: string, shownAs: string): FileEntry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  const [problem] = document.errors;
  if (problem) throw invalid(shownAs, lines.linePos(problem.pos[0]).line, `is not valid YAML: ${problem.message}`, text);
  if (document.contents === null) return [];
  if (!isMap(document.contents)) throw invalid(shownAs, 1, 'must hold `key: value` lines', text);

  const entries = new Map<string, FileEntry>();
  const visit = (map: YAMLMap, prefix: string): void => {
    for (const pair of map.items as Pair[]) {
      const line = lines.linePos((pair.key as { range?: [number, number, number] } | null)?.range?.[0] ?? 0).line;
      const key = prefix + String(isScalar(pair.key) ? pair.key.value : pair.key);
      // `execution.buffer-timeout` is a key, and so is `execution.buffer-timeout.interval`.
      if (isMap(pair.value) && findOption(key)?.parse(plain(pair.value)) === undefined) {
        visit(pair.value, `${key}.`);
        continue;
      }
      const before = entries.get(key);
      if (before) throw invalid(shownAs, line, `gives ${key} a second time (first in line ${before.line})`, text);
      entries.set(key, { key, line, raw: isScalar(pair.value) ? pair.value.value : plain(pair.value) });
    }
  };
  visit(document.contents, '');
  return [...entries.values()];
}

function plain(node: unknown): unknown {
  return typeof node === 'object' && node !== null && 'toJSON' in node ? (node as { toJSON(): unknown }).toJSON() : node;
}

function invalid(file: string, line: number, message: string, text: string): FlinkError {
  const shown = text.split('\n')[line - 1];
  return new FlinkError('CONFIGURATION', `${file}:${line} ${message}`, {
    location: { file, line, ...(shown === undefined ? {} : { text: shown }) },
  });
}
