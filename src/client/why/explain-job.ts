/**
 * `flink why`: what holds a job, in one sentence first.
 */
import type { Clock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import type { ArchivedJob } from '../../dispatcher/job-order.js';
import { chooseFrom, chooseJob, type ClusterChoice, listJobs } from '../control/job-directory.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { jsonLine } from '../job-summary.js';
import { wrapped } from '../live-view.js';
import type { Reporter } from '../reporter.js';
import { endedJobs } from '../session/ended-jobs.js';
import { type Paint, paintFor, PLAIN } from '../terminal.js';
import { type Answering, askFacts } from './ask-facts.js';
import { type Finding, findingsOf } from './findings.js';
import type { JobFacts } from './job-facts.js';
import { counted, lasting } from './words.js';

export async function explainJob(given: string, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const { jid, cluster } = await findJob(given, clock, choice);
  const facts = await askFacts(cluster, jid, clock);
  const findings = findingsOf(facts);
  const { terminal, manners } = reporter;
  // Lines are folded for people only.
  const seen = terminal.screens.length > 1;
  if (manners.json) terminal.print(`${jsonLine(explanationJson(facts, findings))}\n`);
  else terminal.print(`${explanationText(facts, findings, seen ? terminal.columns() : Number.POSITIVE_INFINITY, seen ? await paintFor(terminal) : PLAIN)}\n`);
  return EXIT.finished;
}

/** Also one that has ended and is only remembered. */
async function findJob(given: string, clock: Clock, choice: ClusterChoice): Promise<{ jid: string; cluster: Answering }> {
  const listing = await listJobs(clock, choice);
  const ended = choice.named || chooseFrom(given, listing.jobs).length > 0 ? undefined : chooseFrom(given, (await endedJobs(clock)).jobs).at(-1);
  if (ended) return { jid: ended.overview.jid, cluster: remembered(ended) };
  const { overview: { jid }, cluster } = chooseJob(given, listing);
  return { jid, cluster };
}

/** Answers with what was answered last. */
function remembered({ answers }: ArchivedJob): Answering {
  return {
    ask({ path }, schema) {
      const read = schema.safeParse(answers[path.replace(/\?.*/s, '')]);
      return read.success ? Promise.resolve(read.data) : Promise.reject(new FlinkError('JOB_UNKNOWN', `nothing is known of ${path}: the job has ended`));
    },
  };
}

/** For programs: `summary` is the sentence that people see first. */
export function explanationJson(facts: JobFacts, findings: readonly Finding[]): Record<string, unknown> {
  const { jobId, name, state, since } = facts;
  return {
    jobId, name, state, since, held: findings.some(({ holds }) => holds), summary: summaryOf(findings),
    findings: findings.map(({ kind, holds, what, remedy, details, place }) => ({ kind, holds, what, remedy: remedy ?? null, details, place: place ?? null })),
  };
}

const NOTHING = 'Nothing holds this job.';

function summaryOf(findings: readonly Finding[]): string {
  return findings.find(({ holds }) => holds)?.what ?? NOTHING;
}

/** For people: the sentence, what can be done, details; then whatever else there is. */
export function explanationText(facts: JobFacts, findings: readonly Finding[], width: number, paint: Paint): string {
  const held = findings[0]?.holds === true;
  const lines = wrapped(held ? findings[0]!.what : NOTHING, width).map(paint.strong);
  if (held) lines.push(...underneath(findings[0]!, width));
  for (const finding of held ? findings.slice(1) : findings) lines.push(...wrapped(finding.what, width), ...underneath(finding, width));
  const { name, jobId, state, restarts, vertices } = facts;
  const tasks = vertices.reduce((sum, { parallelism }) => sum + parallelism, 0);
  lines.push(paint.faint(`"${name}" (${jobId}) is ${state}, since ${lasting(facts.now - facts.since)}${tasks === 0 ? '' : `, with ${counted(tasks, 'subtask')}`}${restarts === 0 ? '' : ` and after ${counted(restarts, 'restart')}`}.`));
  return lines.join('\n');
}

function underneath({ details, remedy }: Finding, width: number): string[] {
  return [...details, ...(remedy === undefined ? [] : [remedy])].flatMap((text) => wrapped(text, width - 2).map((line) => `  ${line}`));
}
