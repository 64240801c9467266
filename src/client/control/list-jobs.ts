/**
 * `flink list`: what runs, in Flink's blocks.
 */
import type { Clock } from '../../core/clock.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { withHint } from '../restart-lines.js';
import type { JobOverview } from './answers.js';
import { endedJobs } from '../session/ended-jobs.js';
import { type ClusterChoice, listJobs } from './job-directory.js';

export interface ListRequest {
  readonly running: boolean;
  readonly scheduled: boolean;
  readonly all: boolean;
}

const SCHEDULED: ReadonlySet<string> = new Set(['CREATED', 'INITIALIZING']);
const TERMINATED: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);
const RULE = '-'.repeat(62);

interface Block {
  readonly title: string;
  /** Said when there is none; undefined says nothing. */
  readonly empty: string | undefined;
  readonly jobs: readonly JobOverview[];
}

export async function showJobs(request: ListRequest, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const { terminal, manners } = reporter;
  if (!manners.json) reporter.say('Waiting for response...');
  const { jobs: running, silent } = await listJobs(clock, choice);
  for (const { message, hint } of silent) reporter.say(`Warning: ${withHint(message, hint)} Its jobs are not in this list.`);
  const listed = running.map(({ overview }) => overview);
  const ended = request.all && !choice.named ? await overviewsOfEnded(clock, reporter) : [];
  const jobs = [...ended.filter(({ jid }) => listed.every((job) => job.jid !== jid)), ...listed].sort((a, b) => a['start-time'] - b['start-time']);
  const blocks = blocksOf(jobs, request);
  if (manners.json) {
    terminal.print(`${JSON.stringify(blocks.flatMap((block) => block.jobs))}\n`);
    return EXIT.finished;
  }
  for (const block of blocks) terminal.print(rendered(block));
  return EXIT.finished;
}

async function overviewsOfEnded(clock: Clock, reporter: Reporter): Promise<JobOverview[]> {
  const { jobs, foreign } = await endedJobs(clock);
  for (const [version, count] of foreign) {
    reporter.say(`Warning: ${count === 1 ? 'one job that has ended is' : `${count} jobs that have ended are`} not shown: another version of flink-ts wrote of ${count === 1 ? 'it' : 'them'}, in version ${version} of the archive.`);
  }
  return jobs.map(({ overview }) => overview);
}

function blocksOf(jobs: readonly JobOverview[], { running, scheduled, all }: ListRequest): Block[] {
  const either = !running && !scheduled;
  const blocks: Block[] = [];
  if (running || either || all) blocks.push({ title: 'Running/Restarting Jobs', empty: 'No running jobs.', jobs: jobs.filter(({ state }) => !SCHEDULED.has(state) && !TERMINATED.has(state)) });
  if (scheduled || either || all) blocks.push({ title: 'Scheduled Jobs', empty: 'No scheduled jobs.', jobs: jobs.filter(({ state }) => SCHEDULED.has(state)) });
  if (all) blocks.push({ title: 'Terminated Jobs', empty: undefined, jobs: jobs.filter(({ state }) => TERMINATED.has(state)) });
  return blocks;
}

function rendered({ title, empty, jobs }: Block): string {
  if (jobs.length === 0) return empty === undefined ? '' : `${empty}\n`;
  const padding = RULE.length - title.length - 2;
  const head = `${'-'.repeat(Math.floor(padding / 2))} ${title} ${'-'.repeat(Math.ceil(padding / 2))}`;
  const rows = jobs.map((job) => `${localTime(job['start-time'])} : ${job.jid} : ${job.name} (${job.state})`);
  return `${[head, ...rows, RULE].join('\n')}\n`;
}

/** `dd.MM.yyyy HH:mm:ss` in the machine's time zone. */
function localTime(time: number): string {
  const date = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${two(date.getDate())}.${two(date.getMonth() + 1)}.${date.getFullYear()} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
