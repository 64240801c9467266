/**
 * `flink metrics`: what a job, its vertices and their subtasks count.
 */
import { type Clock, sleep } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { nearest } from '../../core/nearest.js';
import { chooseJob, type ClusterChoice, listJobs, type ListedJob } from '../control/job-directory.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { FullScreen } from '../full-screen.js';
import { jsonLine } from '../job-summary.js';
import type { Reporter } from '../reporter.js';
import { askMetrics, type JobMetrics } from './ask-metrics.js';
import { metricFilter } from './metric-filter.js';
import { metricsText } from './metrics-text.js';

export interface MetricsRequest {
  /** Id, beginning of an id, or name. */
  readonly job: string;
  /** Which metrics, in any of these words. */
  readonly filters: readonly string[];
  /** Again and again. */
  readonly watch: boolean;
}

const WATCH_MS = 1_000;
/** Where nobody watches, nobody's terminal says how wide a table may be. */
const PRINTED_WIDTH = 160;
const TERMINAL: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);
/** The metrics that are rates begin to be sampled with the first look. */
const SAMPLE_MS = 600;

export async function showMetrics({ job, filters, watch }: MetricsRequest, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const listed = chooseJob(job, await listJobs(clock, choice));
  const wanted = metricFilter(filters);
  const ask = (): Promise<JobMetrics> => askMetrics(listed.cluster, listed.overview.jid, wanted);
  const first = await ask();
  if (isEmpty(first)) throw await nothingFound(listed, filters);
  if (watch) return watchMetrics(ask, reporter, clock);
  await sleep(clock, SAMPLE_MS);
  say(await ask(), reporter);
  return EXIT.finished;
}

/** Until the job ends or somebody has seen enough. */
async function watchMetrics(ask: () => Promise<JobMetrics>, reporter: Reporter, clock: Clock): Promise<ExitCode> {
  const { terminal, manners } = reporter;
  const screen = manners.json ? undefined : FullScreen.open(terminal);
  try {
    for (;;) {
      const metrics = await ask();
      if (screen) screen.draw(metricsText(metrics, terminal.columns()));
      else say(metrics, reporter);
      if (TERMINAL.has(metrics.state) || terminal.closed()) return EXIT.finished;
      await Promise.race([sleep(clock, WATCH_MS), ...(screen ? [screen.left] : [])]);
      if (screen?.isLeft) return EXIT.finished;
    }
  } finally {
    screen?.close();
  }
}

function say(metrics: JobMetrics, { terminal, manners }: Reporter): void {
  terminal.print(`${manners.json ? jsonLine(metrics) : metricsText(metrics, terminal.screens.length > 1 ? terminal.columns() : PRINTED_WIDTH)}\n`);
}

function isEmpty({ metrics, vertices }: JobMetrics): boolean {
  return [metrics, ...vertices.flatMap(({ subtasks }) => subtasks.map((subtask) => subtask.metrics))].every((table) => Object.keys(table).length === 0);
}

async function nothingFound({ overview: { jid, name, state }, cluster }: ListedJob, filters: readonly string[]): Promise<FlinkError> {
  if (TERMINAL.has(state)) return new FlinkError('JOB_UNKNOWN', `job "${name}" (${jid}) is ${state}: its metrics went with it`, { hint: '`flink why` says how it ended.' });
  const { metrics, vertices } = await askMetrics(cluster, jid, () => true);
  const names = new Set([metrics, ...vertices.flatMap(({ subtasks }) => subtasks.map((subtask) => subtask.metrics))].flatMap((table) => Object.keys(table)));
  const near = filters.flatMap((filter) => nearest(filter, names, 3));
  return new FlinkError('USAGE', `no metric of job "${name}" has ${filters.map((filter) => `"${filter}"`).join(' or ')} in its name`, {
    hint: near.length > 0 ? `Close are ${near.join(', ')}.` : `It has ${names.size} metrics; \`flink metrics ${jid.slice(0, 8)}\` shows all of them.`,
  });
}
