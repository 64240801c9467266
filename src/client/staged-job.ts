/**
 * A job file on its way to being run: found, and being bundled into a folder of this run.
 */
import { writeFileSync } from 'node:fs';
import { Console } from 'node:console';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FlinkError } from '../core/errors.js';
import { noSuchEntry, type ProgramSource } from '../program/load-program.js';
import { bundleJob } from './bundle-job.js';
import { installationFolder } from './installation.js';
import { findJobFile } from './job-file.js';
import type { Reporter } from './reporter.js';
import { createRunFolder } from './run-folder.js';
import { UserSources } from './user-stack.js';

export interface JobRequest {
  /** A job file, a folder, or a bundle. */
  readonly jobFile: string;
  readonly programArguments: readonly string[];
  /** Export to call; without it the default export, if it is a function. */
  readonly entry?: string | undefined;
}

export interface StagedJob {
  /** Where the bundle is going to be; known before it is there. */
  readonly source: ProgramSource;
  readonly sources: UserSources;
  /** What paths in the bundle's source map are relative to. */
  readonly sourceFolder: string;
  /** Where the run's control interface is to listen. */
  readonly controlSocket: string;
  /**
   * Puts the bundle in place; rejects with `JOB_COMPILE`, or with `USAGE` when it has no such entry. The bundler works in a process of its own, so this thread has
   * time for other things meanwhile.
   */
  bundle(): Promise<void>;
  /** Deletes what was staged. */
  remove(): void;
}

/** What the bundle is called in the run folder. */
const BUNDLE_NAME = 'job.mjs';

/** Throws `JOB_FILE_MISSING`. */
export function stageJob(request: JobRequest, reporter: Reporter): StagedJob {
  const job = findJobFile(request.jobFile);
  const folder = createRunFolder();
  const target = join(folder.path, BUNDLE_NAME);
  const url = pathToFileURL(target).href;
  // Paths in a bundle's own map are relative to where it lay.
  const sourceFolder = job.compiled ? join(job.path, '..') : folder.path;
  const sources = new UserSources(url, sourceFolder);
  const bundle = async (): Promise<void> => {
    const bundling = bundleJob({ job, target, portable: false });
    // The job is going to import the engine: it is loaded while the bundler works.
    const engine = import(pathToFileURL(join(installationFolder(), 'dist', 'index.js')).href) as Promise<unknown>;
    const [{ code, hash, warnings, exports }] = await Promise.all([bundling, engine]);
    // To import the module to see would run a job that it executes.
    if (request.entry !== undefined && exports?.includes(request.entry) === false) throw noSuchEntry(job.shown, request.entry, exports);
    writeFileSync(target, code);
    for (const warning of warnings) reporter.detail(`Warning: ${warning}`);
    reporter.detail(`${job.compiled ? 'Loaded' : 'Bundled'} ${job.shown}: ${code.length} characters, SHA-256 ${hash}`);
  };
  return { source: { url, path: job.path, args: request.programArguments, entry: request.entry }, sources, sourceFolder, controlSocket: folder.controlSocket, bundle, remove: folder.remove };
}

/** What a program logs is talk: only sinks write to standard output. */
export function keepOutputForData(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
}

/** What a person can do about errors of the operating system that a program runs into. */
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another process listens on that port: stop it, or choose another port.',
  ECONNREFUSED: 'Nothing listens there: start the other side first, or check host and port.',
  ENOENT: 'Check the path; relative paths start at the folder the command was run in.',
  EACCES: 'Check the permissions.',
};

/** A program that threw, as an error of ours; one of ours is passed on as it is. */
export function programError(thrown: unknown): FlinkError {
  if (thrown instanceof FlinkError) return thrown;
  const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const hint = SYSTEM_HINTS[(thrown as NodeJS.ErrnoException | undefined)?.code ?? ''];
  return new FlinkError('JOB_PROGRAM', `the program threw ${what}`, { cause: thrown, ...(hint === undefined ? {} : { hint }) });
}
