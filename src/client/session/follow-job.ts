/**
 * Waits in this terminal for a job of a cluster.
 */
import * as z from 'zod/mini';
import { type Clock, sleep } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { jobsOverview, nothing } from '../control/answers.js';
import type { RestClient } from '../control/rest-client.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { onInterrupt } from '../interrupts.js';
import type { Reporter } from '../reporter.js';

const jobStatus = z.object({ status: z.string() });
const exceptions = z.object({ exceptionHistory: z.object({ entries: z.array(z.object({ exceptionName: z.string(), stacktrace: z.string() })) }) });
const accumulators = z.object({ 'user-task-accumulators': z.array(z.object({ name: z.string(), type: z.string(), value: z.nullish(z.string()) })) });

const TERMINAL: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);
const LOOK_MS_MIN = 50;
const LOOK_MS_MAX = 1_000;

/** @param cancelOnInterrupt Ctrl-C cancels the job; otherwise it only ends the waiting. */
export async function followJob(cluster: RestClient, jobId: string, cancelOnInterrupt: boolean, reporter: Reporter, clock: Clock): Promise<ExitCode> {
  let left = false;
  const stopListening = onInterrupt(() => {
    left = !cancelOnInterrupt;
    if (left) return reporter.say(`Job ${jobId} goes on in the cluster; \`flink cancel ${jobId.slice(0, 8)}\` ends it.`);
    reporter.say('Cancelling. Press Ctrl-C again to stop waiting.');
    void cluster.ask({ method: 'PATCH', path: `/jobs/${jobId}?mode=cancel` }, nothing).catch(() => undefined);
  });
  try {
    for (let wait = LOOK_MS_MIN; ; wait = Math.min(LOOK_MS_MAX, wait * 2)) {
      const { status } = await cluster.ask({ method: 'GET', path: `/jobs/${jobId}/status` }, jobStatus);
      if (TERMINAL.has(status)) return await sayEnd(cluster, jobId, reporter);
      if (status === 'SUSPENDED') {
        reporter.say(`Job ${jobId} is suspended: it goes on when the cluster starts again.`);
        return EXIT.failed;
      }
      await sleep(clock, wait);
      if (left) return EXIT.cancelled;
    }
  } finally {
    stopListening();
  }
}

async function sayEnd(cluster: RestClient, jid: string, reporter: Reporter): Promise<ExitCode> {
  const { jobs } = await cluster.ask({ method: 'GET', path: '/jobs/overview' }, jobsOverview);
  const { name, state, duration } = jobs.find((job) => job.jid === jid) ?? { name: jid, state: 'FAILED', duration: 0 };
  const exit = state === 'FINISHED' ? EXIT.finished : state === 'CANCELED' ? EXIT.cancelled : EXIT.failed;
  const result = { jobId: jid, name, status: state, netRuntimeMs: duration };
  if (state === 'FAILED') {
    const [first] = await cluster.ask({ method: 'GET', path: `/jobs/${jid}/exceptions` }, exceptions).then(({ exceptionHistory }) => exceptionHistory.entries, () => []);
    return reporter.error(new FlinkError('CLUSTER_REFUSED', `job "${name}" (${jid}) failed${first ? `: ${first.stacktrace.split('\n')[0]}` : ''}`, { hint: 'Its log says more.' }), exit, undefined, result);
  }
  if (state === 'CANCELED') reporter.say(`Job with JobID ${jid} has been cancelled.`);
  else {
    const all = await cluster.ask({ method: 'GET', path: `/jobs/${jid}/accumulators` }, accumulators).then((answer) => answer['user-task-accumulators'], () => []);
    for (const line of ['Program execution finished', `Job with JobID ${jid} has finished.`, `Job Runtime: ${duration} ms`]) reporter.say(line);
    if (all.length > 0) reporter.say(['Accumulator Results: ', ...all.map((one) => `- ${one.name} (${one.type}): ${one.value ?? ''}`)].join('\n'));
  }
  reporter.result({ ...result, exit });
  return exit;
}
