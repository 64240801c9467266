/**
 * `flink savepoint`, `flink stop`, `flink cancel -s`, `flink checkpoint`: snapshots of a job in another terminal.
 */
import { resolve } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { spinWhileWaiting } from '../spinner.js';
import { checkpointDone, operationTrigger, savepointLocation } from './answers.js';
import { chooseJob, type ClusterChoice, listJobs, type ListedJob } from './job-directory.js';

export interface SavepointOrder {
  /** Id, beginning of an id, or name. */
  readonly job: string;
  /** As the person gave it; the job's default folder when absent. */
  readonly directory?: string | undefined;
  readonly format: 'CANONICAL' | 'NATIVE';
  /** Ask for it and return. */
  readonly detached: boolean;
}

export async function takeSavepoint(order: SavepointOrder, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const { overview: { jid }, cluster } = chooseJob(order.job, await listJobs(clock, choice));
  const asked = { method: 'POST', path: `/jobs/${jid}/savepoints`, body: { 'target-directory': absolute(order.directory), formatType: order.format } } as const;
  if (order.detached) {
    reporter.say(`Triggering savepoint in detached mode for job ${jid}.`);
    const { 'request-id': triggerId } = await cluster.ask(asked, operationTrigger);
    return triggered(`Successfully trigger manual savepoint, triggerId: ${triggerId}`, { jobId: jid, triggerId }, reporter);
  }
  reporter.say(`Triggering savepoint for job ${jid}.`);
  const { location } = await waiting(reporter, clock, () => cluster.operate(asked, `/jobs/${jid}/savepoints`, savepointLocation));
  completed(location, jid, reporter);
  reporter.say('You can resume your program from this savepoint with the run command.');
  return EXIT.finished;
}

export interface StopOrder extends SavepointOrder {
  readonly drain: boolean;
}

export async function stopJob(order: StopOrder, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const { overview: { jid }, cluster } = chooseJob(order.job, await listJobs(clock, choice));
  reporter.say(`${order.drain ? 'Draining' : 'Suspending'} job "${jid}" with a ${order.format} savepoint.`);
  const body = { targetDirectory: absolute(order.directory), formatType: order.format, drain: order.drain };
  const asked = { method: 'POST', path: `/jobs/${jid}/stop`, body } as const;
  if (order.detached) {
    reporter.say(`Triggering stop-with-savepoint in detached mode for job ${jid}.`);
    const { 'request-id': triggerId } = await cluster.ask(asked, operationTrigger);
    return triggered(`Successfully trigger stop-with-savepoint in detached mode, triggerId: ${triggerId}`, { jobId: jid, triggerId }, reporter);
  }
  reporter.say(`Triggering stop-with-savepoint for job ${jid}.`);
  const { location } = await waiting(reporter, clock, () => cluster.operate(asked, `/jobs/${jid}/savepoints`, savepointLocation));
  completed(location, jid, reporter);
  return EXIT.finished;
}

/** The older way to stop: what the job emits between the savepoint and its end is emitted again by whoever goes on from it. */
export async function cancelWithSavepoint(order: SavepointOrder, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const { overview: { jid }, cluster } = chooseJob(order.job, await listJobs(clock, choice));
  reporter.say('DEPRECATION WARNING: Cancelling a job with savepoint is deprecated. Use "stop" instead.');
  reporter.say(`Cancelling job ${jid} with ${order.format} savepoint to ${order.directory ?? 'default savepoint directory'}.`);
  const body = { 'target-directory': absolute(order.directory), formatType: order.format, 'cancel-job': true };
  const { location } = await spinning(reporter, clock, () => cluster.operate({ method: 'POST', path: `/jobs/${jid}/savepoints`, body }, `/jobs/${jid}/savepoints`, savepointLocation));
  if (reporter.manners.json) reporter.answer({ jobId: jid, location });
  else reporter.terminal.print(`Cancelled job ${jid}. Savepoint stored in ${location}.\n`);
  return EXIT.finished;
}

export async function takeCheckpoint(given: string, full: boolean, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const { overview: { jid }, cluster }: ListedJob = chooseJob(given, await listJobs(clock, choice));
  reporter.say(`Triggering checkpoint for job ${jid}.`);
  const asked = { method: 'POST', path: `/jobs/${jid}/checkpoints`, body: { checkpointType: full ? 'FULL' : 'CONFIGURED' } } as const;
  const { checkpointId } = await waiting(reporter, clock, () => cluster.operate(asked, `/jobs/${jid}/checkpoints`, checkpointDone));
  if (reporter.manners.json) reporter.answer({ jobId: jid, checkpointId });
  else reporter.terminal.print(`Checkpoint${full ? '(FULL)' : ''} ${checkpointId} for job ${jid} completed.\n`);
  reporter.say('You can resume your program from this checkpoint with the run command.');
  return EXIT.finished;
}

/** The job's process may run in another folder. */
function absolute(directory: string | undefined): string | undefined {
  return directory === undefined ? undefined : absoluteFolder(directory);
}

/** The path of a folder, or its URL, for whoever runs in another one. */
export function absoluteFolder(given: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(given) ? given : resolve(given);
}

function waiting<T>(reporter: Reporter, clock: Clock, work: () => Promise<T>): Promise<T> {
  reporter.say('Waiting for response...');
  return spinning(reporter, clock, work);
}

async function spinning<T>(reporter: Reporter, clock: Clock, work: () => Promise<T>): Promise<T> {
  const stop = spinWhileWaiting('Waiting for the job', reporter, clock);
  try {
    return await work();
  } finally {
    stop();
  }
}

function completed(location: string, jobId: string, reporter: Reporter): void {
  if (reporter.manners.json) reporter.answer({ jobId, location });
  else reporter.terminal.print(`Savepoint completed. Path: ${location}\n`);
}

function triggered(text: string, answer: object, reporter: Reporter): ExitCode {
  if (reporter.manners.json) reporter.answer(answer);
  else reporter.terminal.print(`${text}\n`);
  return EXIT.finished;
}
