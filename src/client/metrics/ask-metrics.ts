/**
 * Asks a job's cluster for metrics: of the job, and of each subtask of its vertices.
 */
import type * as z from 'zod/mini';
import type { RestClient } from '../control/rest-client.js';
import { jobDetails, metricValues } from '../why/fact-answers.js';

/** By name; numbers where they are such. */
export type MetricTable = Readonly<Record<string, number | string>>;

export interface VertexMetrics {
  readonly id: string;
  readonly name: string;
  readonly parallelism: number;
  readonly subtasks: readonly { readonly subtask: number; readonly metrics: MetricTable }[];
}

export interface JobMetrics {
  readonly jobId: string;
  readonly name: string;
  readonly state: string;
  readonly metrics: MetricTable;
  readonly vertices: readonly VertexMetrics[];
}

/** Names asked for at once: they stand in the address of a request. */
const NAMES_MAX = 60;

/** @param wanted which names, without the number of the subtask. */
export async function askMetrics(cluster: RestClient, jobId: string, wanted: (name: string) => boolean): Promise<JobMetrics> {
  const job = `/jobs/${jobId}`;
  const [details, ofJob] = await Promise.all([cluster.ask({ method: 'GET', path: job }, jobDetails), valuesAt(cluster, `${job}/metrics`, wanted)]);
  const vertices = await Promise.all(details.vertices.map(async ({ id, name, parallelism }) => {
    const values = await valuesAt(cluster, `${job}/vertices/${id}/metrics`, (named) => wanted(named.replace(SUBTASK, '')));
    return { id, name, parallelism, subtasks: Array.from({ length: parallelism }, (_, subtask) => ({ subtask, metrics: tableOf(values, `${subtask}.`) })) };
  }));
  return { jobId, name: details.name, state: details.state, metrics: tableOf(ofJob, ''), vertices };
}

const SUBTASK = /^\d+\./;

type Values = z.infer<typeof metricValues>;

async function valuesAt(cluster: RestClient, path: string, wanted: (name: string) => boolean): Promise<Values> {
  const names = (await cluster.ask({ method: 'GET', path }, metricValues)).map(({ id }) => id).filter(wanted);
  const parts = Array.from({ length: Math.ceil(names.length / NAMES_MAX) }, (_, at) => names.slice(at * NAMES_MAX, (at + 1) * NAMES_MAX));
  // A comma ends a name, also one that is written as %2C.
  const asked = parts.map((part) => cluster.ask({ method: 'GET', path: `${path}?get=${part.map(encodeURIComponent).join(',')}` }, metricValues));
  return (await Promise.all(asked)).flat();
}

function tableOf(values: Values, prefix: string): MetricTable {
  const own = values.filter(({ id, value }) => value !== undefined && id.startsWith(prefix)).map(({ id, value }) => [id.slice(prefix.length), readable(value!)] as const);
  return Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whole numbers that a double does not hold, such as the watermark of nobody, stay as they are. */
function readable(value: string): number | string {
  const number = Number(value);
  return value.trim() !== '' && Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : value;
}
