/**
 * The picture of `flink top`: each job with a line of its own, its vertices beneath it.
 *
 * Pure: what is shown and a width in, text out.
 */
import { formatDuration } from '../../core/time.js';
import { bar, fit, shortNumber } from '../live-view.js';
import { lasting, share } from '../why/words.js';
import type { JobPicture, Picture, VertexPicture } from './ask-picture.js';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly right: boolean;
  readonly cell: (vertex: VertexPicture) => string;
}

/** By importance: a narrow terminal loses the last ones first. */
const COLUMNS: readonly Column[] = [
  { title: 'State', width: 9, right: false, cell: ({ state }) => state },
  { title: 'Par', width: 4, right: true, cell: ({ parallelism }) => String(parallelism) },
  { title: 'In/s', width: 7, right: true, cell: ({ source, inPerSecond }) => (source ? '-' : shortNumber(inPerSecond)) },
  { title: 'Out/s', width: 7, right: true, cell: ({ outPerSecond }) => shortNumber(outPerSecond) },
  { title: 'Busy', width: 5, right: true, cell: ({ busy }) => share(busy).replace(' ', '') },
  { title: 'Back pressure', width: 15, right: false, cell: ({ backPressured }) => `${bar(backPressured, 10)} ${share(backPressured).replace(' ', '')}` },
  { title: 'Watermark', width: 10, right: true, cell: ({ watermarkLagMs }) => (watermarkLagMs === null ? '-' : lag(watermarkLagMs)) },
];
const NAME_MIN = 16;
const NAME_MAX = 60;

export function topPicture({ time, jobs, silent }: Picture, width: number): string {
  const columns = columnsFor(width);
  const taken = columns.reduce((sum, column) => sum + column.width + 2, 2);
  const longest = Math.max(NAME_MIN, ...jobs.flatMap(({ vertices }) => vertices.map(({ name }) => name.length)));
  const nameWidth = Math.max(NAME_MIN, Math.min(longest, NAME_MAX, width - taken));
  const row = (name: string, cells: readonly string[]): string => ['  ' + fit(name, nameWidth), ...cells.map((cell, at) => (columns[at]!.right ? cell.padStart(columns[at]!.width) : fit(cell, columns[at]!.width)))].join('  ').trimEnd();
  const tasks = jobs.reduce((sum, { vertices }) => sum + vertices.reduce((all, { parallelism }) => all + parallelism, 0), 0);
  const titles = row('Vertex', columns.map(({ title }) => title));
  return [
    `flink top  ${new Date(time).toTimeString().slice(0, 8)}  ${jobs.length} job${jobs.length === 1 ? '' : 's'}, ${tasks} subtask${tasks === 1 ? '' : 's'}`,
    ...silent.map((line) => `! ${line}`),
    ...(jobs.length === 0 ? ['No job runs.'] : []),
    ...jobs.flatMap((job) => ['', ...headOf(job), ...(job.vertices.length === 0 ? [] : [titles, ...job.vertices.map((vertex) => row(vertex.name, columns.map(({ cell }) => cell(vertex))))])]),
  ].map((line) => (line.length <= width ? line : fit(line, width))).join('\n');
}

function columnsFor(width: number): Column[] {
  const columns: Column[] = [];
  let used = 2 + NAME_MIN;
  for (const column of COLUMNS) {
    if ((used += column.width + 2) > width) break;
    columns.push(column);
  }
  return columns;
}

function headOf({ jobId, name, state, durationMs, restarts, checkpoint, failedCheckpoints }: JobPicture): string[] {
  const facts = [
    `${name}  ${state}  ${lasting(durationMs)}  ${jobId.slice(0, 8)}`,
    ...(checkpoint ? [`checkpoint ${checkpoint.id} ${lasting(checkpoint.agoMs)} ago, in ${formatDuration(Math.round(checkpoint.durationMs))}`] : []),
    ...(failedCheckpoints > 0 ? [`${failedCheckpoints} failed`] : []),
    ...(restarts > 0 ? [`restarted ${restarts === 1 ? 'once' : `${restarts} times`}`] : []),
  ];
  return [facts.join('  ')];
}

/** Event time may also be ahead of the clock. */
function lag(ms: number): string {
  const text = Math.abs(ms) < 10_000 ? formatDuration(Math.round(Math.abs(ms) / 100) * 100) : Math.abs(ms) < 86_400_000 ? lasting(Math.abs(ms)) : `${Math.round(Math.abs(ms) / 86_400_000)} d`;
  return `${ms < 0 ? '+' : ''}${text}`;
}
