/**
 * `flink run` in attached mode: configuration, bundle, embedded cluster, program, report.
 *
 * Standard output is the job's data; everything said here goes to standard error. Whatever happens, the run ends
 * with an exit code, its threads stopped and its folder gone.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MiniCluster } from '../cluster/mini-cluster.js';
import type { JobResult, RunningJob } from '../cluster/running-job.js';
import type { Clock } from '../core/clock.js';
import { systemClock } from '../core/clock.js';
import { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { LogDirectory, LogFormatOption, ParallelismDefault, TaskManagers } from '../core/options.js';
import { runProgram } from '../program/load-program.js';
import { reporterSettings } from '../metrics/reporter-settings.js';
import { type RestSettings, restSettings } from '../rest/rest-settings.js';
import type { ClientLog } from './client-log.js';
import { loadConfiguration } from './configuration/load-configuration.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { installationFolder } from './installation.js';
import { onInterrupt } from './interrupts.js';
import { displayJob, type JobDisplay } from './job-display.js';
import { checkpointWarnings, configurationWarnings, droppedWindowsWarnings, timestampWarnings } from './job-warnings.js';
import { closingLines, resultJson } from './job-summary.js';
import { type ProgramOutcome, ProgramRun } from './program-run.js';
import { logJob } from './log-job.js';
import { logTerminal, processLog } from './log-terminal.js';
import { Reporter } from './reporter.js';
import { ControlInterface } from './control/control-interface.js';
import { applyOptions, runsElsewhere, type RunRequest } from './run-request.js';
import { spinWhileWaiting } from './spinner.js';
import { keepOutputForData, programError, stageJob, type StagedJob } from './staged-job.js';

/** Resolves, always, with what the shell is to be told. */
export async function runJob(request: RunRequest, reporter: Reporter, clock: Clock = systemClock): Promise<ExitCode> {
  const run: AttachedRun = new AttachedRun(request, reporter, clock, () => stopListening());
  const stopListening = onInterrupt(() => run.interrupt());
  try {
    return await run.toTheEnd();
  } catch (error) {
    return await run.failedToStart(error);
  } finally {
    stopListening();
    await run.close();
  }
}

class AttachedRun {
  private staged: StagedJob | undefined;
  private cluster: MiniCluster | undefined;
  private program: ProgramRun | undefined;
  private control: ControlInterface | undefined;
  private configuration = new Configuration();
  private rest: RestSettings | undefined;
  /** What is said are the lines of a log. */
  private logs = false;
  /** Its file, where a folder for logs is configured. */
  private log: ClientLog | undefined;
  private readonly warned = new Set<string>();
  private readonly displays = new Map<string, JobDisplay>();
  private readonly stray = (error: unknown): void => this.program?.fail(error);
  private endEarly: (() => void) | undefined;

  /** @param stopListening for Ctrl-C: somebody else does. */
  constructor(private readonly request: RunRequest, private reporter: Reporter, private readonly clock: Clock, private readonly stopListening: () => void) {}

  /** The first Ctrl-C: jobs are cancelled; before there is one, the run ends at once. */
  interrupt(): void {
    this.reporter.say('Cancelling. Press Ctrl-C again to stop at once.');
    if (this.program) this.program.cancel();
    else this.endEarly?.();
  }

  async toTheEnd(): Promise<ExitCode> {
    const early = new Promise<undefined>((resolve) => (this.endEarly = () => resolve(undefined)));
    const program = await Promise.race([this.prepare(), early]);
    if (program === undefined) return EXIT.cancelled;
    if (typeof program === 'number') return program;
    const outcome = await program();
    await this.control?.lastReport();
    return this.conclude(outcome);
  }

  failedToStart(error: unknown): Promise<ExitCode> {
    return this.reporter.error(error, EXIT.notStarted, this.staged?.sources);
  }

  async close(): Promise<void> {
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.off(event, this.stray);
    for (const display of this.displays.values()) display.close();
    await this.control?.close();
    await this.standDown();
    this.staged?.remove();
    this.log?.close();
  }

  /** Everything up to the program's first line; returns what runs it, or how it ended where it ran somewhere else. */
  private async prepare(): Promise<(() => Promise<ProgramOutcome>) | ExitCode> {
    const { request } = this;
    this.reporter.checkResultFile();
    const { configuration, warnings, remarks } = await loadConfiguration({ dynamic: request.dynamic, parallelism: request.parallelism, settings: (settings) => applyOptions(settings, request) });
    if (!runsElsewhere(configuration, request)) {
      await this.openLog(configuration);
      if (configuration.get(LogFormatOption) === 'json') this.logInstead(configuration);
    }
    const { reporter } = this;
    for (const warning of warnings) reporter.say(`Warning: ${warning}`);
    for (const remark of remarks) reporter.detail(`Warning: ${remark}`);
    if (runsElsewhere(configuration, request)) return this.elsewhere(configuration);
    this.configuration = configuration;
    this.rest = restSettings(configuration);
    reporterSettings(configuration);
    this.warn(this.rest?.warnings ?? []);
    const staged = (this.staged = stageJob(request, reporter));
    // Threads take longest to come up, so they are started first.
    const cluster = this.startCluster(configuration, staged);
    const stopSpinning = spinWhileWaiting(`Preparing ${request.jobFile}`, reporter, this.clock);
    try {
      await staged.bundle();
      cluster.preload();
    } finally {
      stopSpinning();
    }
    keepOutputForData();
    const program = (this.program = new ProgramRun({
      configuration,
      clock: this.clock,
      cluster: () => this.cluster ?? this.startCluster(configuration, staged),
      standDown: () => this.standDown(),
      built: (built) => {
        this.warn(checkpointWarnings(built, configuration));
        this.warnOnce(configurationWarnings(configuration.overriddenBy(built.configuration)));
        void timestampWarnings(built, (stack) => staged.sources.locate(stack)).then((warnings) => this.warn(warnings));
      },
      submitted: (running) => this.submitted(running),
      ended: (result) => this.jobEnded(result.jobId),
    }));
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, this.stray);
    return () => program.follow(() => runProgram(staged.source, program.executor));
  }

  private async elsewhere(configuration: Configuration): Promise<ExitCode> {
    const { submitElsewhere } = await import('./session/submit-job.js');
    this.stopListening();
    return submitElsewhere(this.request, configuration, this.reporter);
  }

  private startCluster(configuration: Configuration, { source }: StagedJob): MiniCluster {
    const script = pathToFileURL(join(installationFolder(), 'dist', 'task-manager.js'));
    const cluster = (this.cluster = MiniCluster.start({ configuration, bundle: source, script, workers: true, recover: this.request.restore.recover ? this : undefined }));
    cluster.prepare(Math.min(configuration.get(ParallelismDefault), configuration.get(TaskManagers) ?? availableParallelism()));
    return cluster;
  }

  /** Whether some other run of this user has the job. */
  async stillRuns(jobId: string): Promise<boolean> {
    const { EVERY_CLUSTER, listJobs } = await import('./control/job-directory.js');
    const { jobs, silent: [stuck] } = await listJobs(this.clock, EVERY_CLUSTER);
    // It may be the one that has the job.
    if (stuck) throw stuck;
    return jobs.some(({ overview }) => overview.jid === jobId && overview['end-time'] < 0);
  }

  private async standDown(): Promise<void> {
    const { cluster } = this;
    this.cluster = undefined;
    await cluster?.close();
  }

  private warn(warnings: readonly string[]): void {
    for (const warning of warnings) this.reporter.say(`Warning: ${warning}`);
  }

  /** A program may have several jobs of one configuration. */
  private warnOnce(warnings: readonly string[]): void {
    this.warn(warnings.filter((warning) => !this.warned.has(warning)));
    for (const warning of warnings) this.warned.add(warning);
  }

  private submitted(job: RunningJob): void {
    this.reporter.say(`Job has been submitted with JobID ${job.jobId}`);
    const { restored } = job.checkpoints().latest;
    if (restored) this.reporter.say(`It goes on from ${restored.isSavepoint ? 'savepoint' : 'checkpoint'} ${restored.id}${restored.externalPath === undefined ? '' : `: ${restored.externalPath}`}`);
    else if (this.request.restore.recover) this.reporter.say(`There is no complete checkpoint of a job "${job.name}": it starts afresh`);
    const { staged } = this;
    if (staged) (this.control ??= this.openControl(staged)).add(job);
    this.displays.set(job.jobId, this.follow(job));
    if (this.log) void job.result.finally(logJob(job, this.log.jobs, this.clock, this.staged?.sources).close);
  }

  private follow(job: RunningJob): JobDisplay {
    const { reporter: { terminal, manners: { quiet } }, clock, staged } = this;
    if (this.logs && !quiet) return logJob(job, processLog(this.configuration, 'JobManager'), clock, staged?.sources);
    // Jobs side by side cannot all be pictures: the first one keeps the screen.
    const screen = this.displays.size === 0 ? this.cluster?.screen : undefined;
    return displayJob(job, terminal, clock, quiet, screen, staged?.sources);
  }

  /** From here on what is said are the lines of a log. */
  private logInstead(configuration: Configuration): void {
    this.logs = true;
    this.reporter = new Reporter(logTerminal(this.reporter.terminal, processLog(configuration, 'Client')), this.reporter.manners, this.reporter.log);
  }

  /** The job does not need it: where it cannot be written that is told and left. */
  private async openLog(configuration: Configuration): Promise<void> {
    if (configuration.get(LogDirectory) === undefined) return;
    const { openClientLog } = await import('./client-log.js');
    try {
      const log = (this.log = openClientLog(configuration, this.clock));
      this.reporter = new Reporter(this.reporter.terminal, this.reporter.manners, log?.client);
    } catch (error) {
      this.reporter.say(`Warning: no log is written: ${(error as Error).message}`);
    }
  }

  private openControl({ controlSocket: socket, sources }: StagedJob): ControlInterface {
    return new ControlInterface({ socket, tcp: this.rest, configuration: this.configuration, sources, reporter: this.reporter, log: this.log, clock: this.clock });
  }

  private jobEnded(jobId: string): void {
    this.displays.get(jobId)?.close();
    this.displays.delete(jobId);
  }

  private async conclude({ results, thrown, cancelled, withdrawn }: ProgramOutcome): Promise<ExitCode> {
    const { reporter } = this;
    if (cancelled) {
      reporter.say(results.length > 0 ? `Job with JobID ${results.at(-1)!.jobId} has been cancelled.` : 'Cancelled before a job was submitted.');
      for (const result of results) reporter.result({ ...resultJson(result), exit: EXIT.cancelled });
      return EXIT.cancelled;
    }
    if (results.some(({ outputClosed }) => outputClosed)) return EXIT.finished;
    let exit: ExitCode = EXIT.finished;
    for (const result of results) exit = await this.sayEnd(result, exit, withdrawn.has(result.jobId));
    return thrown === undefined ? exit : reporter.error(programError(thrown), results.length > 0 ? EXIT.failed : EXIT.notStarted, this.staged?.sources);
  }

  /** @param withdrawn the program itself has cancelled it. */
  private async sayEnd(result: JobResult, exit: ExitCode, withdrawn: boolean): Promise<ExitCode> {
    if (result.status === 'FAILED') {
      const error = result.error ?? new FlinkError('INTERNAL', `job "${result.name}" failed without saying why`);
      return this.reporter.error(error, result.refused ? EXIT.notStarted : EXIT.failed, this.staged?.sources, resultJson(result));
    }
    this.warn(droppedWindowsWarnings(result));
    for (const line of closingLines(result)) this.reporter.say(line);
    // From another terminal, unless the program itself wanted it.
    const cancelled = result.status === 'CANCELED';
    if (cancelled) this.reporter.say(`Job with JobID ${result.jobId} has been cancelled.`);
    const worse = cancelled && !withdrawn && exit === EXIT.finished ? EXIT.cancelled : exit;
    this.reporter.result({ ...resultJson(result), exit: worse });
    return worse;
  }
}
