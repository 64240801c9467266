/**
 * `flink dev`: runs a job and, whenever one of its files is saved, goes on with the new version from a savepoint of
 * the running one.
 *
 * Invariants:
 * - A version that does not compile, does not build its graph or cannot take over the state never ends the one that
 *   runs; what is wrong with it is said.
 * - At most one version runs, and it has ended when the session has.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.js';
import { type Bundle, bundleJob } from '../bundle-job.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { onInterrupt } from '../interrupts.js';
import { findJobFile, type JobFile } from '../job-file.js';
import type { Reporter } from '../reporter.js';
import { createRunFolder, type RunFolder } from '../run-folder.js';
import { checkVersion, JobProcess, type JobVersion, VersionRefused } from './job-process.js';
import { SourceWatch } from './source-watch.js';

export interface DevRequest {
  readonly jobFile: string;
  readonly programArguments: readonly string[];
  /** Options of `flink run` for every version. */
  readonly options: readonly string[];
  /** Whether state of operators that a version no longer has is dropped. */
  readonly allowNonRestoredState: boolean;
  /** What the first version goes on from. */
  readonly fromSavepoint: string | undefined;
}

/** Resolves when it is interrupted, or at once when there is no such job file. */
export async function developJob(request: DevRequest, reporter: Reporter, clock: Clock): Promise<ExitCode> {
  let session: DevSession | undefined;
  const interrupted = new Promise<void>((resolve) => {
    onInterrupt((signal) => {
      // A terminal sends Ctrl-C to the job, too, and for a job a second one means at once.
      session?.interrupt(!(signal === 'SIGINT' && process.stdin.isTTY));
      resolve();
    });
  });
  try {
    session = new DevSession(request, findJobFile(request.jobFile), createRunFolder(), reporter, clock);
  } catch (error) {
    return reporter.error(error, EXIT.notStarted);
  }
  await session.untilInterrupted(interrupted);
  return EXIT.cancelled;
}

interface Version extends JobVersion {
  readonly number: number;
  readonly hash: string;
}

class DevSession {
  private readonly sources: SourceWatch;
  private wake: () => void = () => undefined;
  private dirty = true;
  private over = false;
  private versions = 0;
  /** Its end is no news: the next version goes on from there. */
  private handingOver: JobProcess | undefined;
  private running: { readonly version: Version; readonly process: JobProcess } | undefined;
  /** Hash of the bundle that was last found wanting: to be told once is enough. */
  private refused: string | undefined;
  /** What the newest version that ran went on from. */
  private origin: string | undefined;

  constructor(private readonly request: DevRequest, private readonly job: JobFile, private readonly folder: RunFolder, private readonly reporter: Reporter, private readonly clock: Clock) {
    this.origin = request.fromSavepoint;
    this.sources = new SourceWatch(clock, () => {
      this.dirty = true;
      this.wake();
    });
  }

  interrupt(tellJob: boolean): void {
    this.over = true;
    if (tellJob) this.running?.process.cancel();
  }

  async untilInterrupted(interrupted: Promise<void>): Promise<void> {
    void interrupted.then(() => this.wake());
    try {
      while (!this.over) {
        const woken = new Promise<void>((resolve) => (this.wake = resolve));
        if (this.dirty) await this.renew();
        if (!this.dirty && !this.over) await woken;
      }
      await this.running?.process.ended;
    } finally {
      this.sources.close();
      this.folder.remove();
    }
  }

  /** Goes over to what the files hold now. Whatever is against it is said, and leaves things as they are. */
  private async renew(): Promise<void> {
    this.dirty = false;
    const began = this.clock.monotonic();
    try {
      const version = await this.build();
      if (this.running && [this.running.version.hash, this.refused].includes(version.hash)) return;
      this.refused = version.hash;
      await this.takeOver(version, began);
      this.refused = undefined;
    } catch (error) {
      if (error instanceof VersionRefused) this.reporter.terminal.say(error.message);
      else await this.reporter.error(error, EXIT.notStarted);
      this.reporter.say(this.running ? `Version ${this.running.version.number} runs on. Save a mended file to try again.` : 'Nothing runs. Save a mended file to try again.');
    }
  }

  private async build(): Promise<Version> {
    const target = join(this.folder.path, `version-${this.versions + 1}.mjs`);
    let bundle: Bundle;
    try {
      bundle = await bundleJob({ job: this.job, target, portable: false });
    } catch (error) {
      this.sources.watch([this.job.path], true);
      throw error;
    }
    this.sources.watch(bundle.inputs, false);
    writeFileSync(target, bundle.code);
    const { options, programArguments } = this.request;
    return { bundle: target, options, programArguments, hash: bundle.hash, number: this.versions + 1 };
  }

  private async takeOver(version: Version, began: number): Promise<void> {
    const from = this.running ? await this.handOver(version) : this.origin;
    if (this.over) return;
    this.start(version, from);
    if (version.number > 1) this.reporter.say(`Going on with version ${version.number}${from === undefined ? ', afresh' : ` from ${from}`} (${Math.round(this.clock.monotonic() - began)} ms after the change).`);
  }

  /** Ends the running version with a savepoint, once it is known that the next one can go on from there. */
  private async handOver(next: Version): Promise<string | undefined> {
    const running = this.running!;
    const rehearsed = await running.process.savepoint(this.folder.path, false);
    if (rehearsed === undefined) return this.origin;
    try {
      await checkVersion(this.from(next, rehearsed));
    } finally {
      rmSync(rehearsed.replace(/^file:(\/\/)?/, ''), { recursive: true, force: true });
    }
    this.handingOver = running.process;
    try {
      const from = await running.process.savepoint(this.folder.path, true);
      await running.process.ended;
      return from ?? this.origin;
    } catch (error) {
      this.handingOver = undefined;
      throw error;
    }
  }

  private from(version: Version, savepoint: string): JobVersion {
    const restore = this.request.allowNonRestoredState ? ['-n', '-s', savepoint] : ['-s', savepoint];
    return { ...version, options: [...version.options, ...restore] };
  }

  private start(version: Version, from: string | undefined): void {
    const previous = this.running?.version;
    const started = new JobProcess(from === undefined ? version : this.from(version, from), this.clock);
    this.running = { version, process: started };
    this.versions = version.number;
    this.origin = from;
    void started.ended.then((code) => this.ended(started, code, previous));
  }

  private ended(process: JobProcess, code: number | null, previous: Version | undefined): void {
    if (this.handingOver === process || this.over) return;
    this.running = undefined;
    if (code === EXIT.notStarted && previous && this.origin !== undefined) {
      this.reporter.say(`Going back to version ${previous.number}.`);
      this.start(previous, this.origin);
      return;
    }
    const how = code === EXIT.finished ? 'has finished' : code === EXIT.cancelled ? 'was cancelled' : 'has failed';
    this.reporter.say(`The job ${how}. Save a file to run it again${this.origin === undefined ? '' : ` from ${this.origin}`}.`);
    this.wake();
  }
}
