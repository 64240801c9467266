/**
 * One version of a job in development: `flink run` in a process of its own, whose output goes where ours does.
 *
 * Invariant: it ends with this process, whichever way that ends, but for SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { sleep } from '../../core/clock.js';
import { savepointLocation } from '../control/answers.js';
import { allTasksRun, type ListedJob, listJobsAt } from '../control/job-directory.js';
import { ClusterGone } from '../control/rest-client.js';
import { installationFolder } from '../installation.js';
import { controlSocketOf } from '../run-folder.js';

export interface JobVersion {
  /** Path of the bundle. */
  readonly bundle: string;
  /** Options of `flink run`. */
  readonly options: readonly string[];
  readonly programArguments: readonly string[];
}

const ASK_AGAIN_MS = 20;
/** While the job runs on, a savepoint of large state may take its time. */
const SAVEPOINT_PATIENCE_MS = 600_000;

export class JobProcess {
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  private hasEnded = false;
  private readonly child: ChildProcess;
  private readonly kill = (): void => void this.child.kill('SIGKILL');

  constructor(version: JobVersion, private readonly clock: Clock) {
    this.child = spawn(process.execPath, commandLine(version, []), { stdio: 'inherit', env: childEnvironment() });
    process.once('exit', this.kill);
    this.ended = new Promise((resolve) => {
      const end = (code: number | null): void => {
        this.hasEnded = true;
        process.off('exit', this.kill);
        resolve(code);
      };
      this.child.once('exit', end).once('error', () => end(null));
    });
  }

  cancel(): void {
    this.child.kill('SIGINT');
  }

  /**
   * Takes a savepoint; the job runs on, or, with `stop`, ends with it.
   *
   * @returns where it lies; undefined when the job had ended before.
   * @throws FlinkError what the job answered, which then runs on.
   */
  async savepoint(directory: string, stop: boolean): Promise<string | undefined> {
    try {
      const job = await this.runningJob();
      if (!job) return undefined;
      const { overview: { jid }, cluster } = job;
      const asked = stop
        ? { method: 'POST', path: `/jobs/${jid}/stop`, body: { targetDirectory: directory, drain: false } } as const
        : { method: 'POST', path: `/jobs/${jid}/savepoints`, body: { 'target-directory': directory } } as const;
      return (await cluster.withTimeout(SAVEPOINT_PATIENCE_MS).operate(asked, `/jobs/${jid}/savepoints`, savepointLocation)).location;
    } catch (error) {
      if (error instanceof ClusterGone) return undefined;
      throw error;
    }
  }

  /** The job, as soon as it can be asked for a savepoint; undefined when the process ends before. */
  private async runningJob(): Promise<ListedJob | undefined> {
    for (; !this.hasEnded; await sleep(this.clock, ASK_AGAIN_MS)) {
      const socket = controlSocketOf(this.child.pid ?? 0);
      if (socket === undefined) continue;
      const { jobs } = await listJobsAt([socket], this.clock);
      const job = jobs.find(({ overview }) => overview['end-time'] < 0);
      if (job && allTasksRun(job.overview)) return job;
    }
    return undefined;
  }
}

/**
 * Makes sure that a version would go on from the savepoint that its options name.
 *
 * @throws VersionRefused when it would not.
 */
export async function checkVersion(version: JobVersion): Promise<void> {
  const child = spawn(process.execPath, commandLine(version, ['--dry-run']), { stdio: ['ignore', 'ignore', 'pipe'], env: childEnvironment() });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new VersionRefused(said.trimEnd());
}

/** A version that does not go on from where the running one is; the message is what its process said. */
export class VersionRefused extends Error {}

/** Starts `flink run` for it. */
function commandLine({ bundle, options, programArguments }: JobVersion, more: readonly string[]): string[] {
  return [join(installationFolder(), 'bin', 'run.js'), 'run', ...options, ...more, '--', bundle, ...programArguments];
}

/** Versions come and go on one screen: a picture drawn in place would not know of the other's lines. */
function childEnvironment(): NodeJS.ProcessEnv {
  const colour = process.stderr.isTTY && !process.env['NO_COLOR'] ? { FORCE_COLOR: '1' } : {};
  return { ...process.env, ...colour, TERM: 'dumb' };
}
