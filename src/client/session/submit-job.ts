/**
 * `flink run` of a job that runs in another process: in a session cluster, or detached in one of its own.
 *
 * Invariant: a job that does not compile or builds no graph is refused here, before anybody else hears of it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import type { Clock } from '../../core/clock.js';
import { systemClock } from '../../core/clock.js';
import type { Configuration } from '../../core/configuration.js';
import { deserializeError, FlinkError, type SerializedError } from '../../core/errors.js';
import { ClientTimeout, ExecutionTarget, ShutdownOnAttachedExit } from '../../core/options.js';
import { randomHex, systemRandom } from '../../core/random.js';
import type { JobSubmission } from '../../dispatcher/job-order.js';
import { type JobOutputs, jobOutputs, startJobProcess } from '../../dispatcher/job-process.js';
import { runProgram } from '../../program/load-program.js';
import { captureGraph } from '../capture-graph.js';
import { nothing } from '../control/answers.js';
import { unreachable, whereOf } from '../control/job-directory.js';
import { type ClusterAddress, ClusterGone, RestClient } from '../control/rest-client.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { installationFolder } from '../installation.js';
import type { Reporter } from '../reporter.js';
import type { RunRequest } from '../run-request.js';
import { keepOutputForData, stageJob, type StagedJob } from '../staged-job.js';
import { followJob } from './follow-job.js';
import { awaitRunning } from './await-running.js';
import { clusterAddress, givenAddress, remoteCluster } from './choose-cluster.js';
import { runningSession, sessionFolder } from './session-folder.js';

const submitted = z.object({ jobUrl: z.string(), out: z.optional(z.string()), log: z.optional(z.string()) });

/** A cluster that needs longer for the simplest of questions is stuck. */
const ANSWER_MS = 10_000;

/** Where a job is to run: detached in a process of its own, or in a cluster. */
type Place = { readonly kind: 'detached' } | { readonly kind: 'cluster'; readonly address: ClusterAddress };

/** Resolves, always, with what the shell is to be told. */
export async function submitElsewhere(request: RunRequest, configuration: Configuration, reporter: Reporter): Promise<ExitCode> {
  let staged: StagedJob | undefined;
  try {
    const place = await placeOf(request, configuration);
    staged = stageJob(request, reporter);
    await staged.bundle();
    keepOutputForData();
    const { source } = staged;
    await captureGraph((executor) => runProgram(source, executor), configuration);
    return await new Submission(request, configuration, staged, reporter, systemClock).to(place);
  } catch (error) {
    return await reporter.error(error, EXIT.notStarted, staged?.sources);
  } finally {
    staged?.remove();
  }
}

async function placeOf({ jobmanager, restore }: RunRequest, configuration: Configuration): Promise<Place> {
  const target = configuration.get(ExecutionTarget);
  if (restore.recover) throw new FlinkError('USAGE', '--recover is for jobs that run in this terminal', { hint: 'Name the checkpoint with -s.' });
  const named = target !== undefined || jobmanager === undefined ? givenAddress(configuration) : clusterAddress(jobmanager, configuration);
  if (named) return { kind: 'cluster', address: named };
  const session = target === 'local' ? undefined : await runningSession(sessionFolder(configuration));
  if (session) return { kind: 'cluster', address: { socket: session.socket } };
  if (target === 'remote') return { kind: 'cluster', address: remoteCluster(configuration) };
  return { kind: 'detached' };
}

/** A cluster of this engine says what it answers. */
function isForeign(cluster: RestClient): Promise<boolean> {
  return cluster.ask({ method: 'GET', path: '/openapi.json' }, nothing).then(() => false, (error: unknown) => error instanceof FlinkError && error.code === 'JOB_UNKNOWN');
}

function foreignCluster({ address }: RestClient, cause: FlinkError): FlinkError {
  return new FlinkError('CLUSTER_REFUSED', `the cluster at ${whereOf(address)} does not run programs of this engine: it is one of Apache Flink`, { cause, hint: 'Start one with `flink cluster start`, and name that one.' });
}

class Submission {
  private readonly submission: JobSubmission & { readonly jobId: string };

  constructor(private readonly request: RunRequest, private readonly configuration: Configuration, private readonly staged: StagedJob, private readonly reporter: Reporter, private readonly clock: Clock) {
    const { path, args, entry } = staged.source;
    this.submission = {
      jobId: randomHex(systemRandom, 32), jobFile: path, programArgs: [...args], ...(entry === undefined ? {} : { entry }),
      configuration: Object.fromEntries([...configuration.entries()].map(([key, { value }]) => [key, value])),
      sourceFolder: staged.sourceFolder, folder: process.cwd(),
    };
  }

  async to(place: Place): Promise<ExitCode> {
    const { submission: { jobId }, request, reporter, clock, configuration } = this;
    const timeoutMs = configuration.get(ClientTimeout);
    if (place.kind !== 'cluster') {
      const { socket, ...written } = await this.detach();
      return this.sayDetached(written, socket === undefined ? undefined : new RestClient({ socket }, clock, timeoutMs));
    }
    const cluster = new RestClient(place.address, clock, timeoutMs);
    const outputs = await this.submit(cluster);
    if (request.detached) return this.sayDetached(outputs, cluster);
    reporter.say(`Job has been submitted with JobID ${jobId}`);
    if (outputs.out !== undefined) reporter.say(`What it prints goes to ${outputs.out}`);
    return followJob(cluster, jobId, configuration.get(ShutdownOnAttachedExit), reporter, clock);
  }

  private async submit(cluster: RestClient): Promise<Partial<JobOutputs>> {
    const form = new FormData();
    form.set('request', JSON.stringify(this.submission));
    form.set('bundle', new File([this.bundle()], 'job.mjs', { type: 'text/javascript' }));
    try {
      // A cluster that is there answers this at once; how long the program takes to build its graph is its own business.
      await cluster.withTimeout(Math.min(ANSWER_MS, cluster.timeoutMs)).ask({ method: 'GET', path: '/config' }, nothing);
      return await cluster.withTimeout(Number.POSITIVE_INFINITY).ask({ method: 'POST', path: '/jobs', body: form }, submitted);
    } catch (error) {
      if (error instanceof ClusterGone) throw unreachable(cluster.address, error);
      throw error instanceof FlinkError && error.code === 'CLUSTER_REFUSED' && (await isForeign(cluster)) ? foreignCluster(cluster, error) : error;
    }
  }

  /** A process that goes on when this one and its terminal have gone. */
  private detach(): Promise<JobOutputs & { readonly socket: string | undefined }> {
    const { submission, configuration, staged } = this;
    const { logs, archive } = sessionFolder(configuration);
    const outputs = jobOutputs(logs, submission.jobId);
    const order = { ...submission, bundle: fileURLToPath(staged.source.url), recover: false, archive, logFolder: logs, purpose: 'run', diesWithParent: false } as const;
    let socket: string | undefined;
    return new Promise((resolve, reject) => {
      const child = startJobProcess({ script: pathToFileURL(join(installationFolder(), 'dist', 'job-process.js')), order, outputs, detached: true }, {
        message: (message) => {
          if (message.type === 'refused') reject(deserializeError(message.error as unknown as SerializedError));
          if (message.type === 'listening') socket = message.socket;
          if (message.type !== 'submitted') return;
          child.leave();
          resolve({ ...outputs, socket });
        },
        exited: (code, signal) => reject(new FlinkError('JOB_PROCESS_LOST', `the process of the job was ended by ${signal ?? `exit code ${code}`}`, { hint: `Its log may say why: ${outputs.log}` })),
      });
    });
  }

  /** @param cluster who can be asked how the job stands. */
  private async sayDetached({ out, log }: Partial<JobOutputs>, cluster: RestClient | undefined): Promise<ExitCode> {
    const { reporter, request, submission: { jobId } } = this;
    if (reporter.manners.json) reporter.answer({ jobId, out, log });
    else reporter.terminal.print(`Job has been submitted with JobID ${jobId}\n`);
    if (out !== undefined) reporter.say(`What it prints goes to ${out}, what is said of it to ${log}`);
    return request.wait && cluster ? this.wait(cluster) : EXIT.finished;
  }

  private async wait(cluster: RestClient): Promise<ExitCode> {
    const { reporter, clock, submission: { jobId } } = this;
    try {
      const state = (await awaitRunning(cluster, jobId, clock))?.state ?? 'gone';
      reporter.say(`Job ${jobId} is ${state}`);
      if (state === 'RUNNING' || state === 'FINISHED') return EXIT.finished;
      throw new FlinkError('CLUSTER_REFUSED', `job ${jobId} ended before all of its tasks ran`, { hint: `\`flink why ${jobId.slice(0, 8)}\` says how.` });
    } catch (error) {
      // It was started.
      return reporter.error(error, EXIT.failed);
    }
  }

  private bundle(): string {
    return readFileSync(fileURLToPath(this.staged.source.url), 'utf8');
  }
}

