/**
 * `flink rescale`: sets the bounds of a running job's parallelism, and waits until the job runs within them.
 *
 * How that comes out is read from the job: it runs with another parallelism, or its newest failure says that it keeps the
 * one it has.
 */
import { KEEPS_PARALLELISM } from '../../cluster/resource-requirements.js';
import { type Clock, sleep } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { formatDuration } from '../../core/time.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { changesOf } from '../restart-lines.js';
import { exceptionHistory, type JobParallelism, jobParallelism, nothing, resourceRequirements } from './answers.js';
import { chooseJob, type ClusterChoice, listJobs } from './job-directory.js';
import type { RestClient } from './rest-client.js';

export interface RescaleOrder {
  /** Id, beginning of an id, or name. */
  readonly job: string;
  readonly most: number;
  readonly least: number;
  /** The vertices meant, by id, beginning of an id, or name; all that can have more than one subtask unless any is named. */
  readonly vertices: readonly string[];
  /** Ask for it and return. */
  readonly detached: boolean;
}

type Vertex = JobParallelism['vertices'][number];

const LOOK_MS = 100;
const PREFIX_LENGTH_MIN = 4;

export async function rescaleJob(order: RescaleOrder, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const { overview: { jid }, cluster } = chooseJob(order.job, await listJobs(clock, choice));
  const path = `/jobs/${jid}/resource-requirements`;
  const { vertices } = await cluster.ask({ method: 'GET', path: `/jobs/${jid}` }, jobParallelism);
  const required = await cluster.ask({ method: 'GET', path }, resourceRequirements);
  const meant = order.vertices.length === 0 ? vertices : order.vertices.map((given) => vertexOf(given, vertices));
  const bounds = Object.fromEntries(meant.map(({ id, maxParallelism }) => {
    const upperBound = Math.min(order.most, maxParallelism < 1 ? order.most : maxParallelism);
    return [id, { parallelism: { lowerBound: Math.min(order.least, upperBound), upperBound } }];
  }));
  const before = (await newestFailure(cluster, jid))?.timestamp;
  reporter.say(`Rescaling job ${jid}.`);
  await cluster.ask({ method: 'PUT', path, body: { ...required, ...bounds } }, nothing);
  const upper = upperBounds({ ...required, ...bounds });
  checkTaken(jid, upper, upperBounds(await cluster.ask({ method: 'GET', path }, resourceRequirements)));
  const after = order.detached ? vertices : await rescaled({ cluster, jid, before, vertices, upper, clock });
  if (!order.detached) reporter.say(summary(jid, vertices, after, upper));
  reporter.answer({ jobId: jid, vertices: after.map(({ id, name, parallelism }) => ({ id, name, parallelism, upperBound: upper.get(id) })) });
  return EXIT.finished;
}

function upperBounds(required: Readonly<Record<string, { readonly parallelism: { readonly upperBound: number } }>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(required).map(([id, { parallelism }]) => [id, parallelism.upperBound]));
}

/** A job that does not change its parallelism takes bounds that it is within, and forgets them. */
function checkTaken(jid: string, wanted: ReadonlyMap<string, number>, taken: ReadonlyMap<string, number>): void {
  if ([...wanted].every(([id, upperBound]) => taken.get(id) === upperBound)) return;
  throw new FlinkError('CLUSTER_REFUSED', `the job ${jid} does not change its parallelism while it runs`, { hint: 'Run it with `jobmanager.scheduler: adaptive`, or stop it with a savepoint and run it from there with another parallelism (`flink stop`, `flink run -s <savepoint> -p <parallelism>`).' });
}

/** Throws USAGE when it is none, or more than one. */
function vertexOf(given: string, vertices: readonly Vertex[]): Vertex {
  const word = given.toLowerCase();
  const named = vertices.filter(({ name }) => name === given);
  const meant = named.length > 0 ? named : vertices.filter(({ id, name }) => (word.length >= PREFIX_LENGTH_MIN && id.startsWith(word)) || name.split(/ -> |, |[()[\]]/).some((part) => part.replace(/^(Source|Sink): /, '') === given || part === given));
  if (meant.length === 1) return meant[0]!;
  const all = vertices.map(({ id, name }) => `${id} (${name})`).join(', ');
  throw new FlinkError('USAGE', meant.length === 0 ? `the job has no vertex "${given}"` : `"${given}" means ${meant.length} vertices of the job`, { hint: `Its vertices are ${all}.` });
}

interface Rescaling {
  readonly cluster: RestClient;
  readonly jid: string;
  /** The newest failure that said so before. */
  readonly before: number | undefined;
  readonly vertices: readonly Vertex[];
  readonly upper: ReadonlyMap<string, number>;
  readonly clock: Clock;
}

/** The vertices, once all tasks run with what the job could get. */
async function rescaled({ cluster, jid, before, vertices, upper, clock }: Rescaling): Promise<readonly Vertex[]> {
  const begun = clock.monotonic();
  const widths = new Map(vertices.map(({ id, parallelism }) => [id, parallelism]));
  for (;;) {
    const failure = await newestFailure(cluster, jid);
    const now = await cluster.ask({ method: 'GET', path: `/jobs/${jid}` }, jobParallelism);
    const running = now.state === 'RUNNING' && now.vertices.every(({ parallelism, tasks }) => (tasks['RUNNING'] ?? 0) + (tasks['FINISHED'] ?? 0) === parallelism);
    const [all, any] = [now.vertices.every(({ id, parallelism }) => parallelism === upper.get(id)), now.vertices.some(({ id, parallelism }) => parallelism !== widths.get(id))];
    if (running && (all || any)) return now.vertices;
    if (failure !== undefined && failure.timestamp !== before) throw new FlinkError('RESCALING_FAILED', failure.message);
    if (['FINISHED', 'CANCELED', 'FAILED'].includes(now.state)) throw new FlinkError('RESCALING_FAILED', `the job ${jid} has ended instead: it is ${now.state}`);
    if (clock.monotonic() - begun >= cluster.timeoutMs) {
      throw new FlinkError('TIMEOUT', `the job ${jid} has not come to its new parallelism after ${formatDuration(cluster.timeoutMs)}`, { hint: 'It goes on: `flink why` says what holds it. Allow more time with --timeout (client.timeout).' });
    }
    await sleep(clock, LOOK_MS);
  }
}

interface Failure {
  readonly timestamp: number;
  readonly message: string;
}

/** The newest of those that say that the job keeps its parallelism. */
async function newestFailure(cluster: RestClient, jid: string): Promise<Failure | undefined> {
  const { exceptionHistory: { entries } } = await cluster.ask({ method: 'GET', path: `/jobs/${jid}/exceptions` }, exceptionHistory);
  for (const { timestamp, stacktrace } of entries) {
    const [first = ''] = stacktrace.split('\n', 1);
    if (first.includes(KEEPS_PARALLELISM)) return { timestamp, message: first.replace(/^\w*Error: /, '') };
  }
  return undefined;
}

function summary(jid: string, before: readonly Vertex[], after: readonly Vertex[], upper: ReadonlyMap<string, number>): string {
  const widths = new Map(before.map(({ id, parallelism }) => [id, parallelism]));
  const changed = after.filter(({ id, parallelism }) => parallelism !== widths.get(id)).map(({ id, name, parallelism }) => ({ name, from: widths.get(id) ?? parallelism, to: parallelism }));
  if (changed.length === 0) return `Job ${jid} runs with that parallelism already.`;
  const fewer = after.some(({ id, parallelism }) => parallelism < upper.get(id)!);
  return `Job ${jid} runs with another parallelism: ${changesOf(changed)}.${fewer ? ' There are no slots for more.' : ''}`;
}
