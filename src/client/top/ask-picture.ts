/**
 * Asks clusters for what `flink top` shows of their jobs.
 *
 * Invariant: a job that has just ended, or whose cluster does not answer, is left out; nothing fails because of one.
 */
import * as z from 'zod/mini';
import type { Clock } from '../../core/clock.js';
import { type ClusterChoice, listJobs, type ListedJob } from '../control/job-directory.js';
import { aggregated, checkpoints, jobDetails } from '../why/fact-answers.js';

export interface VertexPicture {
  readonly name: string;
  readonly parallelism: number;
  readonly state: string;
  readonly source: boolean;
  /** Records a second, over all subtasks. */
  readonly inPerSecond: number;
  readonly outPerSecond: number;
  /** Shares of time of the busiest subtask, and of the one that is held back most. */
  readonly busy: number;
  readonly backPressured: number;
  /** How far event time is behind the clock; null where there is none. */
  readonly watermarkLagMs: number | null;
}

export interface JobPicture {
  readonly jobId: string;
  readonly name: string;
  readonly state: string;
  readonly durationMs: number;
  readonly restarts: number;
  /** The last that is complete. */
  readonly checkpoint: { readonly id: number; readonly agoMs: number; readonly durationMs: number } | null;
  readonly failedCheckpoints: number;
  readonly vertices: readonly VertexPicture[];
}

export interface Picture {
  readonly time: number;
  readonly jobs: readonly JobPicture[];
  /** What clusters do not answer. */
  readonly silent: readonly string[];
}

const TERMINAL: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

/** Of the jobs that have not ended. */
export async function askPicture(clock: Clock, choice: ClusterChoice): Promise<Picture> {
  const { jobs, silent } = await listJobs(clock, choice);
  const live = jobs.filter(({ overview }) => !TERMINAL.has(overview.state));
  const shown = await Promise.all(live.map((job) => pictureOf(job).catch(() => undefined)));
  return { time: clock.now(), jobs: shown.filter((job) => job !== undefined), silent: silent.map(({ message }) => message) };
}

const jobMetrics = z.array(z.object({ id: z.string(), value: z.optional(z.string()) }));
const counted = z.extend(checkpoints, { counts: z.object({ failed: z.number() }) });

async function pictureOf({ overview: { jid }, cluster }: ListedJob): Promise<JobPicture> {
  const patient = cluster.withTimeout(Math.min(cluster.timeoutMs, ANSWER_MS));
  const get = <T>(path: string, schema: z.ZodMiniType<T>): Promise<T> => patient.ask({ method: 'GET', path: `/jobs/${jid}${path}` }, schema);
  const details = await get('', jobDetails);
  const [metrics, taken, vertices] = await Promise.all([
    get('/metrics?get=numRestarts', jobMetrics).catch(() => []),
    get('/checkpoints', counted).catch(() => undefined),
    Promise.all(details.vertices.map(async (vertex) => {
      const source = !details.plan.nodes.find(({ id }) => id === vertex.id)?.inputs?.length;
      const figures = await get(`/vertices/${vertex.id}/subtasks/metrics?get=${METRICS.join(',')}&agg=min,max,sum`, aggregated).catch(() => []);
      return vertexOf(vertex, source, figures, details.now);
    })),
  ]);
  const completed = taken?.latest?.completed;
  return {
    jobId: jid, name: details.name, state: details.state, durationMs: details.duration, restarts: Math.max(0, Number(metrics[0]?.value ?? 0) || 0), vertices,
    failedCheckpoints: taken?.counts.failed ?? 0,
    checkpoint: completed ? { id: completed.id, durationMs: completed.end_to_end_duration, agoMs: Math.max(0, details.now - completed.trigger_timestamp - completed.end_to_end_duration) } : null,
  };
}

/** One job that is slow to answer is not to hold up the picture of the others. */
const ANSWER_MS = 3_000;
const METRICS = ['numRecordsInPerSecond', 'numRecordsOutPerSecond', 'busyTimeMsPerSecond', 'backPressuredTimeMsPerSecond', 'currentInputWatermark', 'currentOutputWatermark'];

type Figures = z.infer<typeof aggregated>;

function vertexOf({ name, parallelism, status }: z.infer<typeof jobDetails>['vertices'][number], source: boolean, figures: Figures, now: number): VertexPicture {
  const of = (id: string): Figures[number] | undefined => figures.find((one) => one.id === id);
  const watermark = of(source ? 'currentOutputWatermark' : 'currentInputWatermark')?.min;
  return {
    name, parallelism, state: status, source, inPerSecond: of('numRecordsInPerSecond')?.sum ?? 0, outPerSecond: of('numRecordsOutPerSecond')?.sum ?? 0,
    busy: (of('busyTimeMsPerSecond')?.max ?? 0) / 1_000, backPressured: (of('backPressuredTimeMsPerSecond')?.max ?? 0) / 1_000,
    // Flink's sentinels of event time are years that no clock shows.
    watermarkLagMs: watermark === undefined || Math.abs(watermark) > 8.64e15 ? null : now - watermark,
  };
}
