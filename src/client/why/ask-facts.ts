/**
 * Asks a job's cluster for what explains how the job gets on.
 *
 * Invariant: what a cluster does not know, because it is of Apache Flink, of another version, or has just forgotten it,
 * is missing from the facts; nothing fails because of it.
 */
import type * as z from 'zod/mini';
import { type Clock, sleep } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { standstillFrom } from '../../rest/standstill-endpoint.js';
import { standstillAnswer } from '../../rest/answers/standstill-answer.js';
import type { RestClient } from '../control/rest-client.js';
import { worthDetails } from './checkpoint-findings.js';
import {
  aggregated, backPressure, type CheckpointAnswer, checkpointConfig, checkpointDetails, checkpoints, checkpointSubtasks, clusterSlots, exceptions, jobDetails, type JobDetails, metricValues,
} from './fact-answers.js';
import type { CheckpointFact, CheckpointFacts, FailureFact, JobFacts, SlotFacts, SubtaskCheckpointFact, SubtaskLoad } from './job-facts.js';

/** From the first look at a job, which begins the sampling of its rates, to the one that counts. */
const SAMPLE_MS = 700;
const FAILURES_MAX = 5;
/** Where Flink writes that there is no interval, it writes its largest number. */
const NO_INTERVAL_MS = 2 ** 62;
/** States in which tasks exist. */
const ALIVE: ReadonlySet<string> = new Set(['RUNNING']);

/** Who answers: a cluster, or what is remembered of a job that has ended. */
export type Answering = Pick<RestClient, 'ask'>;

export async function askFacts(cluster: Answering, jobId: string, clock: Clock): Promise<JobFacts> {
  const asking = new JobAsking(cluster, `/jobs/${jobId}`);
  const first = await cluster.ask({ method: 'GET', path: `/jobs/${jobId}` }, jobDetails);
  if (ALIVE.has(first.state)) {
    await Promise.all(first.vertices.map(({ id }) => asking.loads(id)));
    await sleep(clock, SAMPLE_MS);
  }
  const details = await cluster.ask({ method: 'GET', path: `/jobs/${jobId}` }, jobDetails);
  const { state, vertices, now } = details;
  const alive = ALIVE.has(state);
  const inputs = new Map(details.plan.nodes.map((node) => [node.id, (node.inputs ?? []).map(({ id }) => id)]));
  const [standstill, restarts, failures, slots, checkpointFacts, loads] = await Promise.all([
    alive ? asking.get('/standstill', standstillAnswer()).then((answer) => answer && standstillFrom(answer)) : undefined,
    asking.restarts(), asking.failures(), state === 'CREATED' ? asking.slots(details) : undefined, alive ? asking.checkpoints(details) : undefined,
    Promise.all(vertices.map(async ({ id }) => ({ loads: alive ? await asking.loads(id) : [], recordlessMs: alive && inputs.get(id)?.length === 0 ? await asking.recordless(id) : undefined }))),
  ]);
  return {
    jobId, name: details.name, state, since: sinceOf(details), now, standstill, restarts, failures, slots, checkpoints: checkpointFacts,
    vertices: vertices.map(({ id, name, parallelism, tasks }, at) => ({ id, name, parallelism, tasks, inputs: inputs.get(id) ?? [], ...loads[at]! })),
  };
}

function sinceOf({ state, timestamps, now, duration, 'start-time': start, 'end-time': end }: JobDetails): number {
  if (end > 0) return end;
  return timestamps[state] || start || now - duration;
}

class JobAsking {
  constructor(private readonly cluster: Answering, private readonly job: string) {}

  /** Undefined where the cluster has no answer. */
  async get<T>(path: string, schema: z.ZodMiniType<T>): Promise<T | undefined> {
    return answered(this.cluster.ask({ method: 'GET', path: `${this.job}${path}` }, schema));
  }

  async loads(vertexId: string): Promise<SubtaskLoad[]> {
    const answer = await this.get(`/vertices/${vertexId}/backpressure`, backPressure);
    return (answer?.subtasks ?? []).map(({ subtask, ratio, busyRatio, idleRatio }) => ({ subtask, backPressured: ratio, busy: busyRatio, idle: idleRatio }));
  }

  /** How long none of a source's subtasks has had a record. */
  async recordless(vertexId: string): Promise<number | undefined> {
    const path = `/vertices/${vertexId}/subtasks/metrics`;
    const names = (await this.get(path, aggregated))?.map(({ id }) => id).filter((id) => id.endsWith('.sourceIdleTime')) ?? [];
    if (names.length === 0) return undefined;
    const times = await this.get(`${path}?get=${names.map(encodeURIComponent).join(',')}&agg=min`, aggregated);
    const known = (times ?? []).flatMap(({ min }) => min ?? []);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  async restarts(): Promise<number> {
    const values = (await this.get('/metrics?get=numRestarts', metricValues)) ?? [];
    return Math.max(0, Number(values[0]?.value ?? 0) || 0);
  }

  async failures(): Promise<FailureFact[]> {
    const answer = await this.get(`/exceptions?maxExceptions=${FAILURES_MAX}`, exceptions);
    return (answer?.exceptionHistory.entries ?? []).map(({ stacktrace, exceptionName, timestamp, taskName }) => ({
      time: timestamp, message: stacktrace.split('\n', 1)[0]!.replace(/^FlinkError: /, '') || exceptionName, task: taskName ?? undefined, place: ownPlace(stacktrace),
    }));
  }

  async slots(details: JobDetails): Promise<SlotFacts | undefined> {
    const answer = await answered(this.cluster.ask({ method: 'GET', path: '/overview' }, clusterSlots));
    return answer && { total: answer['slots-total'], free: answer['slots-available'], needed: details['slots-required'] };
  }

  async checkpoints(details: JobDetails): Promise<CheckpointFacts | undefined> {
    const [config, answer] = await Promise.all([this.get('/checkpoints/config', checkpointConfig), this.get('/checkpoints', checkpoints)]);
    if (!answer) return undefined;
    const history = answer.history.map((one) => factOf(one, details.now));
    const lastCompleted = answer.latest?.completed ? factOf(answer.latest.completed, details.now) : history.find(({ status }) => status === 'COMPLETED');
    const asked = new Map(await Promise.all(worthDetails(history, lastCompleted).map(async (one) => [one.id, await this.subtasks(one, details)] as const)));
    const told = (one: CheckpointFact): CheckpointFact => ({ ...one, subtasks: asked.get(one.id) ?? [] });
    return { intervalMs: config && config.interval < NO_INTERVAL_MS ? config.interval : undefined, history: history.map(told), lastCompleted: lastCompleted && told(lastCompleted) };
  }

  /** Those of vertices that have not acknowledged; of a complete checkpoint those of the slowest vertex. */
  private async subtasks({ id, status }: CheckpointFact, { vertices }: JobDetails): Promise<SubtaskCheckpointFact[]> {
    const tasks = Object.entries((await this.get(`/checkpoints/details/${id}`, checkpointDetails))?.tasks ?? {});
    const slowest = Math.max(...tasks.map(([, task]) => task.end_to_end_duration));
    const wanted = tasks.filter(([, task]) => (status === 'COMPLETED' ? task.end_to_end_duration === slowest : task.num_acknowledged_subtasks < task.num_subtasks));
    const perVertex = await Promise.all(wanted.map(async ([vertexId]) => {
      const vertex = vertices.find((one) => one.id === vertexId);
      const answer = await this.get(`/checkpoints/details/${id}/subtasks/${vertexId}`, checkpointSubtasks);
      return (answer?.subtasks ?? []).map(({ index, status: how, end_to_end_duration: endToEndMs, start_delay: startDelayMs, checkpoint, alignment }) => ({
        vertex: vertex?.name ?? vertexId, subtask: index, parallelism: vertex?.parallelism ?? answer!.subtasks.length,
        took: how !== 'completed' || endToEndMs === undefined ? undefined : { endToEndMs, startDelayMs: startDelayMs ?? 0, alignmentMs: alignment?.duration ?? 0, syncMs: checkpoint?.sync ?? 0, asyncMs: checkpoint?.async ?? 0 },
      }));
    }));
    return perVertex.flat();
  }
}

function factOf({ id, status, is_savepoint: savepoint, trigger_timestamp: triggered, end_to_end_duration: duration, failure_timestamp: failed, failure_message: message }: CheckpointAnswer, now: number): CheckpointFact {
  const end = status === 'FAILED' && failed !== undefined && failed > 0 ? failed : triggered + Math.max(0, duration);
  return { id, status, savepoint, triggered, durationMs: status === 'IN_PROGRESS' ? now - triggered : end - triggered, message: message ?? undefined, subtasks: [] };
}

const FRAME = /^\s+at (?:.*\()?([^()\s]+:\d+:\d+)\)?$/gm;
const FOREIGN = /^(?:node:|file:)|\/node_modules\/|\/dist\//;

/** The first frame that is the author's. */
export function ownPlace(stack: string): string | undefined {
  return [...stack.matchAll(FRAME)].map(([, place]) => place!).find((place) => !FOREIGN.test(place));
}

/** A cluster that has ended or does not answer is another matter than a question it does not know. */
function answered<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof FlinkError && error.code !== 'TIMEOUT') return undefined;
    throw error;
  });
}
