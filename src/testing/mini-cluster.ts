/**
 * A cluster for tests: it runs jobs in the test's own thread, on a clock that the test moves (Flink:
 * `MiniClusterWithClientResource`). It opens no port and no file.
 *
 * Invariants:
 * - The same program with the same seed does the same, in the same order: time, randomness and the turns of tasks come
 *   from the cluster. Only what a function asks of the world outside may differ.
 * - A cluster serves any number of jobs, one after the other or at once; `close` leaves none behind.
 */
import { StreamExecutionEnvironment } from '../api/stream-execution-environment.js';
import { jobClientOf } from '../client/job-client.js';
import { droppedWindowsWarnings, timestampWarnings } from '../client/job-warnings.js';
import { programPlace } from '../client/program-place.js';
import { SpokenWarnings } from '../client/spoken-warnings.js';
import { MiniCluster as EmbeddedCluster } from '../cluster/mini-cluster.js';
import type { RunningJob } from '../cluster/running-job.js';
import { FlinkError } from '../core/errors.js';
import { seededRandom } from '../core/random.js';
import { type PipelineExecutor, withPipelineExecutor } from '../program/pipeline-executor.js';
import { collectedOf } from './collected-streams.js';
import { CountedEventLoop } from './counted-event-loop.js';
import { type Collected, type SubmittedJob, userError } from './submitted-job.js';
import { configurationOf } from './test-configuration.js';
import { turnClock } from './turn-clock.js';
import { VirtualClock } from './virtual-clock.js';

export interface MiniClusterOptions {
  /** Configuration that programs start from, by Flink's keys: `{ 'parallelism.default': 3 }`. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Where `cluster.clock` starts, in epoch milliseconds: 0 by default. */
  readonly startTime?: number;
  /** Seed of everything random: 1 by default. */
  readonly seed?: number;
}

/** What a program run by `MiniCluster.run` leads to: its streams' records, or else what it answers. */
export type RunResult<R> = Collected<R, R>;

export class MiniCluster {
  /** Processing time of every job of this cluster. */
  readonly clock: VirtualClock;
  /** Lines that jobs have printed to standard output, in order; empty it as you like. */
  readonly printed: string[] = [];
  private readonly spoken = new SpokenWarnings();
  private readonly embedded: EmbeddedCluster;
  private readonly executor: PipelineExecutor;
  private readonly running = new Set<RunningJob>();
  private executed = 0;

  constructor(options: MiniClusterOptions = {}) {
    const eventLoop = new CountedEventLoop();
    const configuration = configurationOf(options.configuration ?? {});
    this.clock = new VirtualClock(eventLoop, options.startTime ?? 0);
    this.embedded = EmbeddedCluster.start({
      configuration,
      workers: false,
      surroundings: { clock: this.clock, turnClock: turnClock(), random: seededRandom(options.seed ?? 1), eventLoop, print: (stream, text) => this.print(stream, text) },
    });
    this.executor = {
      configuration,
      execute: async (program) => {
        this.executed++;
        this.spoken.say(await timestampWarnings(program, programPlace));
        const job = await this.embedded.submit(program);
        this.running.add(job);
        void job.result.then((result) => {
          this.running.delete(job);
          this.spoken.say(droppedWindowsWarnings(result));
        });
        return jobClientOf(job);
      },
    };
  }

  /**
   * What authors of the jobs so far should know though nothing has failed, as `flink run` says it: windows behind a stream
   * that never gets timestamps, windows that the end of the input dropped. Each is printed to standard error, too, once.
   */
  get warnings(): readonly string[] {
    return this.spoken.said;
  }

  /**
   * Runs a program and waits for the end of its job. The program builds a job on `env` and answers a stream, or several
   * by name, whose records come back: `await cluster.run((env) => env.fromElements(1, 2).map((n) => n * 2))`. Or it
   * executes the job itself; then what it answers comes back.
   *
   * Every environment that the program gets from `getExecutionEnvironment()` runs here too, so that
   * `await cluster.run(() => main(args))` tests a whole job.
   *
   * Rejects with what a function of the job threw, with the `FlinkError` of any other failure, and with
   * `JOB_NEVER_EXECUTED` when the program neither answers streams nor executes.
   */
  async run<R>(program: (env: StreamExecutionEnvironment) => R | Promise<R>): Promise<RunResult<R>> {
    try {
      return await this.inForce(async () => {
        const before = this.executed;
        const result = await program(StreamExecutionEnvironment.getExecutionEnvironment());
        const streams = collectedOf(result);
        if (streams) return (await streams.start()).finished as Promise<RunResult<R>>;
        if (this.executed === before) {
          throw new FlinkError('JOB_NEVER_EXECUTED', 'the program ran no job', { hint: 'Answer the stream whose records the test wants, or call `await env.execute()`.' });
        }
        return result as RunResult<R>;
      });
    } catch (error) {
      throw userError(error);
    }
  }

  /**
   * Starts the job of a program that answers a stream, or several by name, and resolves when the job has done
   * everything that it can do at this moment: then the test may look at `job.results`, move `cluster.clock`, and look
   * again. A job on an endless stream ends by `job.cancel()` or `cluster.close()`.
   */
  async submit<S>(program: (env: StreamExecutionEnvironment) => S | Promise<S>): Promise<SubmittedJob<Collected<S>>> {
    const job = await this.inForce(async () => {
      const result: unknown = await program(StreamExecutionEnvironment.getExecutionEnvironment());
      const streams = collectedOf(result);
      if (!streams) throw new FlinkError('INVALID_ARGUMENT', 'submit takes a program that answers a stream, or several by name', { hint: 'For a program that executes its job itself, use `run`.' });
      return streams.start() as Promise<SubmittedJob<Collected<S>>>;
    });
    await this.atRest();
    return job;
  }

  /**
   * Resolves when the jobs have done everything that they can do before a test moves `clock`. Nothing outside (files,
   * sockets) is waited for; and a source that never runs dry never rests.
   */
  atRest(): Promise<void> {
    return this.clock.atRest();
  }

  /** Cancels what still runs and waits for its end. */
  async close(): Promise<void> {
    const jobs = [...this.running];
    for (const job of jobs) job.cancel();
    await Promise.all(jobs.map((job) => job.result));
    await this.embedded.close();
  }

  private inForce<R>(program: () => Promise<R>): Promise<R> {
    return withPipelineExecutor(this.executor, program);
  }

  private print(stream: 'stdout' | 'stderr', text: string): void {
    if (stream === 'stdout') this.printed.push(...text.replace(/\n$/, '').split('\n'));
  }
}
