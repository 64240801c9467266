/**
 * Reads `config.yaml`: YAML 1.2 with Flink's keys, nested or flat or mixed (`a.b: 1` is `a: {b: 1}`).
 *
 * Invariant: every entry carries the line it came from, and no key is given twice, in whichever spelling.
 */
import { readFileSync } from 'node:fs';
import { isAlias, isMap, LineCounter, parseDocument } from 'yaml';
import type { Node, Pair, YAMLMap } from 'yaml';
import * as z from 'zod/mini';
import { FlinkError } from '../../core/errors.js';
import { findOption } from '../../core/options.js';
import { preview } from '../../core/preview.js';
import { readValue } from '../../core/value-types.js';

export interface FileEntry {
  readonly key: string;
  /** A scalar, or a list or map where the option takes one. */
  readonly raw: unknown;
  readonly line: number;
}

/** A key, or a part of one, at every level: YAML would also take numbers, lists and maps. */
const Name = z.string().check(z.regex(/\S/));

/** `shownAs` is the file's name in messages. */
export function readConfigurationFile(file: string, shownAs: string = file): FileEntry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FlinkError('CONFIGURATION', `cannot read the configuration file ${shownAs}: ${(cause as Error).message}`, { cause, hint: 'Check its permissions.' });
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
  const visit = (map: YAMLMap, prefix: string, within: readonly YAMLMap[]): void => {
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const line = lines.linePos(pair.key.range?.[0] ?? 0).line;
      const name = Name.safeParse(pair.key.toJS(document));
      if (!name.success) throw invalid(shownAs, line, `has the key ${preview(pair.key.toJS(document))}, but keys must be text`, text);
      const key = prefix + name.data;
      const value = isAlias(pair.value) ? pair.value.resolve(document) : pair.value;
      if (within.includes(value as YAMLMap)) throw invalid(shownAs, line, `puts ${key} inside itself`, text);
      // `execution.buffer-timeout` is a key, and so is `execution.buffer-timeout.interval`.
      if (isMap(value) && !takesMap(key)) {
        visit(value, `${key}.`, [...within, value]);
        continue;
      }
      const option = findOption(key)?.key ?? key;
      const before = entries.get(option);
      if (before) throw invalid(shownAs, line, `gives ${key} a second time (first in line ${before.line})`, text);
      entries.set(option, { key, line, raw: value?.toJS(document) });
    }
  };
  visit(document.contents, '', [document.contents]);
  return [...entries.values()];
}

function takesMap(key: string): boolean {
  const option = findOption(key);
  return option !== undefined && readValue(option.type, {}) !== undefined;
}

function invalid(file: string, line: number, message: string, text: string): FlinkError {
  const shown = text.split('\n')[line - 1];
  return new FlinkError('CONFIGURATION', `${file}:${line} ${message}`, {
    hint: 'Write for example `parallelism.default: 2`; docs/configuration.md shows how.',
    location: { file, line, ...(shown === undefined ? {} : { text: shown }) },
  });
}
