/**
 * What holds a job, and what else is worth a look: facts in, findings out, the one that matters most first.
 *
 * Pure. Whoever comes first explains those behind it: a job that waits for slots has no back pressure, and one that is
 * held by back pressure has slow checkpoints because of it.
 */
import { KEEPS_PARALLELISM } from '../../cluster/resource-requirements.js';
import { standstillText } from '../standstill-text.js';
import { backPressureFinding } from './back-pressure.js';
import { checkpointFindings } from './checkpoint-findings.js';
import type { FailureFact, JobFacts, SlotFacts } from './job-facts.js';
import { counted, lasting } from './words.js';

export type FindingKind =
  | 'ended' | 'failing' | 'restarting' | 'cancelling' | 'waiting-for-slots' | 'starting'
  | 'back-pressure' | 'watermark' | 'checkpoint-failing' | 'checkpoint-slow' | 'keeps-parallelism' | 'restarts' | 'idle-source';

export interface Finding {
  readonly kind: FindingKind;
  /** The job gets on less than it could because of it; otherwise it only deserves a look. */
  readonly holds: boolean;
  /** One sentence. */
  readonly what: string;
  /** What could be done; undefined where there is nothing to do. */
  readonly remedy?: string | undefined;
  readonly details: readonly string[];
  /** Where in the job, as far as it is one place; `subtask` from 0. */
  readonly place?: { readonly vertexId: string; readonly vertex: string; readonly subtask?: number | undefined } | undefined;
}

/** Shorter than this nothing stands: it is on its way. */
const PATIENCE_MS = 5_000;
/** A source that has had nothing for so long is spoken of. */
const IDLE_SOURCE_MS = 10_000;
/** Of its time, by which a source is held back rather than out of input. */
const HELD_BACK = 0.1;
/** A restart longer ago is history. */
const RECENT_MS = 600_000;

export function findingsOf(facts: JobFacts): Finding[] {
  const status = statusFinding(facts);
  if (status) return [status];
  return [startingFinding(facts), backPressureFinding(facts.vertices), watermarkFinding(facts), ...checkpointFindings(facts), keepsParallelismFinding(facts), restartsFinding(facts), idleSourceFinding(facts)]
    .filter((finding) => finding !== undefined)
    .map((finding, at) => ({ finding, at }))
    .sort((a, b) => Number(b.finding.holds) - Number(a.finding.holds) || a.at - b.at)
    .map(({ finding }) => finding);
}

/** What the state alone explains. */
function statusFinding(facts: JobFacts): Finding | undefined {
  const { state, since, now } = facts;
  const [failure] = facts.failures;
  const ago = lasting(now - since);
  switch (state) {
    case 'FINISHED':
    case 'CANCELED':
      return { kind: 'ended', holds: true, what: `The job ${state === 'FINISHED' ? 'has finished' : 'was cancelled'}, ${ago} ago.`, details: [] };
    case 'FAILED': return { kind: 'ended', holds: true, what: `The job failed ${ago} ago${because(failure)}.`, details: failureDetails(facts) };
    case 'FAILING': return { kind: 'failing', holds: true, what: `The job is failing${because(failure)}; its tasks are being ended.`, details: failureDetails(facts) };
    case 'RESTARTING': return { kind: 'restarting', holds: true, what: `The job waits to start again, since ${ago}${because(failure)}.`, details: failureDetails(facts), remedy: 'Its restart strategy says when: `restart-strategy.…`.' };
    case 'CANCELLING': return { kind: 'cancelling', holds: true, what: `The job is being cancelled, since ${ago}.`, details: notThere(facts, ['CANCELED', 'FINISHED', 'FAILED']), remedy: 'A function that blocks, or a close() that takes its time, keeps a task from ending; after task.cancellation.timeout its thread is stopped.' };
    case 'INITIALIZING': return { kind: 'starting', holds: true, what: `The program is building its graph, since ${ago}.`, details: [], remedy: now - since > PATIENCE_MS ? 'Its main code runs before execute(): look there, and into its log (`flink logs`).' : undefined };
    case 'CREATED': return facts.slots ? slotsFinding(facts.slots, ago) : { kind: 'starting', holds: true, what: `The job is about to start, since ${ago}.`, details: [] };
    case 'SUSPENDED':
    case 'RECONCILING':
      return { kind: 'starting', holds: true, what: `The job is ${state}, since ${ago}: its cluster is about to take it up again.`, details: [] };
    default: return undefined;
  }
}

function slotsFinding({ total, free, needed }: SlotFacts, ago: string): Finding {
  const wants = needed === undefined ? 'slots' : counted(needed, 'slot');
  return {
    kind: 'waiting-for-slots', holds: true, details: [],
    what: `The job waits for ${wants}, since ${ago}: the cluster has ${total}, of which ${free === 1 ? '1 is' : `${free} are`} free.`,
    remedy: needed !== undefined && needed > total ? 'Start the cluster with more slots (`flink cluster start --slots N`), or run the job with less parallelism.' : 'Cancel another job, run this one with less parallelism, or start the cluster with more slots (`flink cluster start --slots N`).',
  };
}

/** Subtasks that do not run yet though the job does. */
function startingFinding(facts: JobFacts): Finding | undefined {
  if (facts.now - facts.since < PATIENCE_MS) return undefined;
  const missing = notThere(facts, ['RUNNING', 'FINISHED']);
  if (missing.length === 0) return undefined;
  return { kind: 'starting', holds: true, what: `${missing[0]}, ${lasting(facts.now - facts.since)} after the job began to run.`, details: missing.slice(1), remedy: 'They open their functions and read their state; an open() that waits for something outside takes as long as that.' };
}

/** One line for each vertex with subtasks in another state than these. */
function notThere({ vertices }: JobFacts, states: readonly string[]): string[] {
  return vertices.flatMap(({ name, parallelism, tasks }) => {
    const others = Object.entries(tasks).filter(([state, count]) => count > 0 && !states.includes(state));
    if (others.length === 0) return [];
    return [`"${name}": ${others.map(([state, count]) => `${count} of ${counted(parallelism, 'subtask')} ${count === 1 ? 'is' : 'are'} ${state}`).join(', ')}`];
  });
}

function watermarkFinding({ standstill }: JobFacts): Finding | undefined {
  if (!standstill || standstill.forMs < PATIENCE_MS) return undefined;
  const { holder } = standstill;
  const { what, remedy } = standstillText(standstill);
  return { kind: 'watermark', holds: true, what, remedy, details: [`Event time stands since ${new Date(standstill.since).toISOString()}`], place: { vertexId: holder.vertexId, vertex: holder.operator, subtask: holder.subtask } };
}

/** Whoever wanted another one may not have seen why. */
function keepsParallelismFinding({ failures: [newest], now }: JobFacts): Finding | undefined {
  if (!newest?.message.includes(KEEPS_PARALLELISM) || now - newest.time > RECENT_MS) return undefined;
  return { kind: 'keeps-parallelism', holds: false, what: `The job was to have another parallelism ${lasting(now - newest.time)} ago: ${placed(newest)}.`, details: [], remedy: 'Set the bounds again when what was missing is there: `flink rescale`.' };
}

function restartsFinding(given: JobFacts): Finding | undefined {
  const facts = { ...given, failures: given.failures.filter(({ message }) => !message.includes(KEEPS_PARALLELISM)) };
  const { restarts, failures: [failure], now } = facts;
  if (restarts === 0 || !failure || now - failure.time > RECENT_MS) return undefined;
  const times = restarts === 1 ? 'once' : `${restarts} times`;
  return { kind: 'restarts', holds: false, what: `The job has restarted ${times}, the last time after a failure ${lasting(now - failure.time)} ago${because(failure)}.`, details: failureDetails(facts) };
}

function idleSourceFinding({ vertices }: JobFacts): Finding | undefined {
  // One that is held back reads nothing either, but for another reason.
  const idle = vertices.filter(({ recordlessMs, loads }) => recordlessMs !== undefined && recordlessMs >= IDLE_SOURCE_MS && loads.every(({ backPressured }) => backPressured < HELD_BACK));
  const [first] = idle;
  if (!first) return undefined;
  const said = idle.map(({ name, recordlessMs }) => `"${name}" has had no record for ${lasting(recordlessMs!)}`);
  return { kind: 'idle-source', holds: false, what: `${said[0]}: it waits for input.`, details: said.slice(1), place: { vertexId: first.id, vertex: first.name } };
}

function because(failure: FailureFact | undefined): string {
  return failure ? `: ${placed(failure)}` : '';
}

function placed({ message, place }: FailureFact): string {
  return `${message.replace(/\.$/, '')}${place === undefined ? '' : ` (${place})`}`;
}

/** In which task, and what failed before. */
function failureDetails({ failures, now }: JobFacts): string[] {
  const [newest, ...before] = failures;
  return [
    ...(newest?.task === undefined ? [] : [`It failed in ${newest.task}`]),
    ...before.slice(0, 3).map((failure) => `${lasting(now - failure.time)} ago: ${placed(failure)}`),
  ];
}

