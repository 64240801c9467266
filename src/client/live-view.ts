/**
 * Draws a running job as text: one row a vertex with its state, rates, and how busy or held back it is.
 *
 * Pure: two snapshots and a width in, lines out. Rates are of the time between the two snapshots.
 */
import type { JobSnapshot, SubtaskMetrics, VertexSnapshot } from '../cluster/running-job.js';
import { formatDuration } from '../core/time.js';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly right?: boolean;
  readonly cell: (row: Row) => string;
}

interface Row {
  readonly vertex: VertexSnapshot;
  readonly inPerSecond: number;
  readonly outPerSecond: number;
  /** Shares of the time, 0 to 1. */
  readonly busy: number;
  readonly backPressured: number;
}

/** By importance: a narrow terminal loses the last ones first. */
const COLUMNS: readonly Column[] = [
  { title: 'State', width: 9, cell: ({ vertex }) => vertex.state },
  { title: 'Par', width: 4, right: true, cell: ({ vertex }) => String(vertex.parallelism) },
  { title: 'In/s', width: 7, right: true, cell: (row) => (row.vertex.inputs.length === 0 ? '-' : shortNumber(row.inPerSecond)) },
  { title: 'Out/s', width: 7, right: true, cell: (row) => shortNumber(row.outPerSecond) },
  { title: 'Busy', width: 5, right: true, cell: (row) => `${Math.round(row.busy * 100)}%` },
  { title: 'Back pressure', width: 15, cell: (row) => `${bar(row.backPressured, 10)} ${Math.round(row.backPressured * 100)}%` },
];
const NAME_MIN = 16;
const NAME_MAX = 48;

export function renderSnapshot(previous: JobSnapshot | undefined, current: JobSnapshot, width: number): string {
  const rows = current.vertices.map((vertex) => rowOf(vertex, previous, current));
  const longest = Math.max(6, ...current.vertices.map(({ name }) => name.length));
  const columns: Column[] = [];
  let used = 2 + Math.min(longest, NAME_MIN);
  for (const column of COLUMNS) {
    if ((used += column.width + 2) > width) break;
    columns.push(column);
  }
  const spare = width - 2 - columns.reduce((sum, column) => sum + column.width + 2, 0);
  const nameWidth = Math.max(4, Math.min(longest, NAME_MAX, spare));
  const line = (name: string, cells: readonly string[]): string =>
    ['  ' + fit(name, nameWidth), ...cells.map((cell, at) => (columns[at]!.right ? cell.padStart(columns[at]!.width) : fit(cell, columns[at]!.width)))].join('  ').trimEnd();
  return [
    fit(`${current.name}  ${current.status}  ${formatDuration(roundElapsed(current.durationMs))}${restartsOf(current)}`, width).trimEnd(),
    line('Vertex', columns.map(({ title, right, width: wide }) => (right ? title.padStart(wide) : title))),
    ...rows.map((row) => line(row.vertex.name, columns.map(({ cell }) => cell(row)))),
  ].join('\n');
}

function restartsOf({ restarts }: JobSnapshot): string {
  if (restarts === 0) return '';
  return restarts === 1 ? '  restarted once' : `  restarted ${restarts} times`;
}

function rowOf(vertex: VertexSnapshot, previous: JobSnapshot | undefined, current: JobSnapshot): Row {
  const before = previous?.vertices.find(({ id }) => id === vertex.id);
  const seconds = Math.max(1, current.durationMs - (previous?.durationMs ?? 0)) / 1000;
  // A restart begins to count anew.
  const grown = (of: (metrics: SubtaskMetrics) => number): number => Math.max(0, total(vertex, of) - (before ? total(before, of) : 0));
  const [busy, idle, held] = [grown((m) => m.busyMs), grown((m) => m.idleMs), grown((m) => m.backPressuredMs)];
  const all = busy + idle + held;
  return {
    vertex,
    inPerSecond: grown((m) => m.recordsIn) / seconds,
    outPerSecond: grown((m) => m.recordsOut) / seconds,
    busy: all > 0 ? busy / all : 0,
    backPressured: all > 0 ? held / all : 0,
  };
}

function total(vertex: VertexSnapshot, of: (metrics: SubtaskMetrics) => number): number {
  return vertex.subtasks.reduce((sum, subtask) => sum + of(subtask), 0);
}

/** Tenths of a second below ten seconds, whole seconds above: the row should not flicker. */
function roundElapsed(ms: number): number {
  return ms < 10_000 ? Math.round(ms / 100) * 100 : Math.round(ms / 1000) * 1000;
}

/** `1234567` becomes `1.23M`: never wider than six characters. */
export function shortNumber(value: number): string {
  const count = Math.max(0, value);
  if (count < 1000) return String(Math.round(count));
  const [unit, factor] = count < 999_500 ? ['k', 1e3] : count < 999_500_000 ? ['M', 1e6] : ['G', 1e9];
  return `${Number((count / (factor as number)).toPrecision(3))}${unit as string}`;
}

/** A share from 0 to 1 as a bar. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Lines of whole words, none wider than `width` unless a word is. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Exactly so wide. */
export function fit(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, Math.max(0, width - 1))}…`;
}
