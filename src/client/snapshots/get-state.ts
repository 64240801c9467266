/**
 * `flink state get`: the entries of a snapshot as JSON lines.
 */
import { isDeepStrictEqual } from 'node:util';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonLine } from '../job-summary.js';
import type { Reporter } from '../reporter.js';
import { forEachEntry, labelOf, openSnapshot, type EntryFilter, type StateEntry } from './state-entries.js';

export interface GetRequest extends EntryFilter {
  readonly path: string;
  /** `-D` values as given. */
  readonly dynamic: readonly string[];
  /** Only entries of this key, written as JSON, or as plain text where it is none. */
  readonly key?: string | undefined;
}

export async function getState(request: GetRequest, reporter: Reporter): Promise<ExitCode> {
  const snapshot = await openSnapshot(request.path, request.dynamic);
  const wanted = request.key === undefined ? undefined : keyOf(request.key);
  const lines: string[] = [];
  await forEachEntry(snapshot, request, (entry) => {
    if (wanted !== undefined && !('key' in entry && wanted.some((key) => isDeepStrictEqual(key, entry.key)))) return;
    lines.push(entryLine(entry));
    if (lines.length >= LINES_AT_ONCE) reporter.terminal.print(`${lines.splice(0).join('\n')}\n`);
  });
  if (lines.length > 0) reporter.terminal.print(`${lines.join('\n')}\n`);
  return EXIT.finished;
}

const LINES_AT_ONCE = 1_000;

/** What a key given as text may mean: `7` is a number and a text. */
function keyOf(text: string): unknown[] {
  try {
    return [JSON.parse(text), text];
  } catch {
    return [text];
  }
}

function entryLine(entry: StateEntry): string {
  const { operator, state, kind, ...rest } = entry;
  return jsonLine({ operator: labelOf(operator), state, kind, ...rest });
}
