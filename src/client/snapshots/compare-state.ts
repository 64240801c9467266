/**
 * `flink state diff`: how the state of two snapshots differs.
 */
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonLine } from '../job-summary.js';
import type { Reporter } from '../reporter.js';
import { forEachEntry, labelOf, openSnapshot, type StateEntry } from './state-entries.js';

type Change = 'added' | 'removed' | 'changed';

interface Difference {
  readonly change: Change;
  readonly operator: string;
  readonly state: string;
  readonly [detail: string]: unknown;
}

const SIGNS: Readonly<Record<Change, string>> = { added: '+', removed: '-', changed: '~' };

/** Keyed entries are told apart by operator, state, key and namespace; items of operator state by their value. */
export async function compareState(before: string, after: string, dynamic: readonly string[], reporter: Reporter): Promise<ExitCode> {
  const [old, now] = [await entriesOf(before, dynamic), await entriesOf(after, dynamic)];
  const differences: Difference[] = [];
  for (const [place, { value, entry }] of old) {
    const then = now.get(place);
    if (!then) differences.push(difference('removed', entry, { was: entry.value }));
    else if (then.value !== value) differences.push(difference('changed', entry, { was: entry.value, is: then.entry.value }));
  }
  for (const [place, { entry }] of now) if (!old.has(place)) differences.push(difference('added', entry, { is: entry.value }));
  for (const found of differences) reporter.terminal.print(reporter.manners.json ? `${jsonLine(found)}\n` : rendered(found));
  const count = (change: Change): number => differences.filter((found) => found.change === change).length;
  reporter.say(differences.length === 0 ? 'The two snapshots hold the same state.' : `${count('added')} added, ${count('removed')} removed, ${count('changed')} changed.`);
  return EXIT.finished;
}

interface Seen {
  readonly entry: StateEntry;
  /** As JSON, to be compared. */
  readonly value: string;
}

async function entriesOf(path: string, dynamic: readonly string[]): Promise<Map<string, Seen>> {
  const entries = new Map<string, Seen>();
  const copies = new Map<string, number>();
  await forEachEntry(await openSnapshot(path, dynamic), {}, (entry) => {
    const operator = entry.operator.uid ?? entry.operator.operatorId;
    const value = jsonLine(entry.value);
    // A key may have several timers, a list the same item twice: copies are numbered.
    const own = 'key' in entry && entry.kind !== 'timers' ? [entry.key, entry.namespace] : ['key' in entry ? [entry.key, entry.namespace] : null, value];
    const place = jsonLine([operator, entry.state, ...own]);
    const copy = copies.get(place) ?? 0;
    copies.set(place, copy + 1);
    entries.set(copy === 0 ? place : `${place}#${copy}`, { entry, value });
  });
  return entries;
}

function difference(change: Change, entry: StateEntry, values: { was?: unknown; is?: unknown }): Difference {
  const where = 'key' in entry ? { key: entry.key, ...(entry.namespace === undefined ? {} : { namespace: entry.namespace }) } : {};
  return { change, operator: labelOf(entry.operator), state: entry.state, ...where, ...values };
}

function rendered({ change, operator, state, key, namespace, was, is }: Difference): string {
  const place = [operator, state, ...(key === undefined ? [] : [jsonLine(key)]), ...(namespace === undefined ? [] : [jsonLine(namespace)])].join(' / ');
  const values = change === 'changed' ? `${jsonLine(was)} → ${jsonLine(is)}` : jsonLine(change === 'added' ? is : was);
  return `${SIGNS[change]} ${place}: ${values}\n`;
}
