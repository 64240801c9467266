/**
 * Metrics as a table: one line a metric; of several subtasks each with its own column as long as they fit, otherwise
 * their sum, least and largest.
 *
 * Pure.
 */
import type { JobMetrics, MetricTable, VertexMetrics } from './ask-metrics.js';

/** More columns than these nobody reads. */
const COLUMNS_MAX = 8;
const NOT_THERE = '-';
/** What Flink writes for event time that has not begun, and for event time that is over. */
const SENTINELS: Readonly<Record<string, string>> = { '-9223372036854775808': '(none)', '9223372036854775807': '(end)' };

/** No line is longer than `width`, unless a name and one value are. */
export function metricsText({ jobId, name, state, metrics, vertices }: JobMetrics, width: number): string {
  const blocks = [
    { title: `"${name}" (${jobId}) is ${state}`, rows: Object.entries(metrics).map(([metric, value]) => [metric, shown(value)]), head: [] as string[] },
    ...vertices.map((vertex) => ({ title: `${vertex.name} (${vertex.parallelism})`, ...tableOf(vertex, width) })),
  ];
  return blocks.filter(({ rows }, at) => at === 0 || rows.length > 0).flatMap(({ title, head, rows }) => [title, ...aligned(head.length === 0 ? rows : [['', ...head], ...rows])]).join('\n');
}

function tableOf({ subtasks }: VertexMetrics, width: number): { head: string[]; rows: string[][] } {
  const names = [...new Set(subtasks.flatMap(({ metrics }) => Object.keys(metrics)))].sort();
  const each = names.map((name) => [name, ...subtasks.map(({ metrics }) => shown(metrics[name]))]);
  if (subtasks.length === 1) return { head: [], rows: each };
  const wide = Math.max(0, ...aligned(each).map((line) => line.length));
  if (subtasks.length <= COLUMNS_MAX && wide <= width) return { head: subtasks.map(({ subtask }) => `#${subtask}`), rows: each };
  return { head: ['sum', 'min', 'max'], rows: names.map((name) => [name, ...figures(subtasks.map(({ metrics }) => metrics), name)]) };
}

function figures(tables: readonly MetricTable[], name: string): string[] {
  const values = tables.flatMap((table) => table[name] ?? []);
  const numbers = values.filter((value) => typeof value === 'number');
  const adds = !/watermark|timestamp/i.test(name);
  if (numbers.length > 0) return [adds ? shown(numbers.reduce((sum, value) => sum + value, 0)) : NOT_THERE, shown(Math.min(...numbers)), shown(Math.max(...numbers))];
  return [NOT_THERE, ...new Set(values.map(shown))].slice(0, 3);
}

function shown(value: number | string | undefined): string {
  if (value === undefined) return NOT_THERE;
  const sentinel = SENTINELS[value];
  if (sentinel !== undefined) return sentinel;
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** Names to the left, values to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = Array.from({ length: Math.max(0, ...rows.map((row) => row.length)) }, (_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`.trimEnd());
}
