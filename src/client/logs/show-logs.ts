/**
 * `flink logs`: what is said of a job, or what it prints.
 */
import * as z from 'zod/mini';
import type { Clock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { chooseFrom, chooseJob, type ClusterChoice, listJobs, type ListedJob } from '../control/job-directory.js';
import { ClusterGone } from '../control/rest-client.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { onInterrupt } from '../interrupts.js';
import type { Reporter } from '../reporter.js';
import { type EndedJobs, endedJobs } from '../session/ended-jobs.js';
import { findLog, logFile, type LogRequest, type TerminalOutput } from './find-log.js';
import { type Following, readLines } from './follow-log.js';
import type { LogSource } from './log-source.js';

export interface LogsRequest extends LogRequest {
  /** Id, beginning of an id, or name. */
  readonly job: string;
  readonly follow: boolean;
}

export async function showLogs(request: LogsRequest, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const listing = await listJobs(clock, choice);
  const here = choice.named ? undefined : await endedJobs(clock);
  const ended = here && chooseFrom(request.job, listing.jobs).length === 0 ? logOfEnded(request, here) : undefined;
  const job = ended ? undefined : chooseJob(request.job, listing);
  // A file outlives the process that could be asked for it.
  const file = job && here && request.taskManager === undefined ? logFile(here.logs, job.overview.jid, request.out) : undefined;
  const log = ended ?? file ?? (await findLog(job!, request));
  if (!('read' in log)) return sayWhere(job!, log, reporter);
  reporter.detail(`The log is ${log.name}`);
  return print(log, request.follow ? job : undefined, reporter, clock);
}

/** Of a job that no process knows any more. */
function logOfEnded({ job, out }: LogsRequest, { jobs, logs }: EndedJobs): LogSource | undefined {
  const found = chooseFrom(job, jobs).at(-1);
  return found && logFile(logs, found.overview.jid, out);
}

async function print(log: LogSource, followed: ListedJob | undefined, reporter: Reporter, clock: Clock): Promise<ExitCode> {
  const { terminal, manners } = reporter;
  let interrupted = false;
  let stop = (): void => undefined;
  const enough = new Promise<void>((resolve) => (stop = resolve));
  const stopListening = onInterrupt(() => {
    interrupted = true;
    stop();
  });
  const following: Following | undefined = followed && { enough, goesOn: () => runs(followed) };
  try {
    await readLines(log, (line) => {
      terminal.print(`${manners.json ? JSON.stringify({ line }) : line}\n`);
      if (terminal.closed()) stop();
    }, clock, following);
  } finally {
    stopListening();
  }
  return interrupted ? EXIT.cancelled : EXIT.finished;
}

const jobStatus = z.object({ status: z.string() });
const TERMINAL: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

async function runs({ overview: { jid }, cluster }: ListedJob): Promise<boolean> {
  try {
    return !TERMINAL.has((await cluster.ask({ method: 'GET', path: `/jobs/${jid}/status` }, jobStatus)).status);
  } catch (error) {
    if (error instanceof ClusterGone || (error instanceof FlinkError && error.code === 'JOB_UNKNOWN')) return false;
    throw error;
  }
}

/** A run in a terminal keeps no log. */
function sayWhere({ overview: { jid, name } }: ListedJob, { pid, stdout, stderr }: TerminalOutput, reporter: Reporter): ExitCode {
  if (reporter.manners.json) reporter.answer({ jobId: jid, log: null, pid: pid ?? null, stdout: stdout ?? null, stderr: stderr ?? null });
  else {
    const where = stderr === undefined ? 'what is said of it is in the terminal that it was started in' : `what is said of it goes to ${stderr}${stdout === undefined || stdout === stderr ? '' : `, what it prints to ${stdout}`}`;
    reporter.terminal.say(`"${name}" (${jid}) writes no log: ${pid === undefined ? '' : `it runs in process ${pid}, and `}${where}. Run it with -d, or with \`2> job.log\`, to have one.`);
  }
  return EXIT.failed;
}
