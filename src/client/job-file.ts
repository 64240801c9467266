/**
 * Finds the file a job starts from: the path itself, or in a folder what its package.json names, `job.ts` or
 * `index.ts`.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { FlinkError } from '../core/errors.js';
import { nearest } from '../core/nearest.js';

/** The first bytes of a bundle made by `flink bundle`; the number is the version of its format. */
export const BUNDLE_MARK = '// flink-ts job bundle, format ';
export const BUNDLE_FORMAT = 1;

const EXTENSIONS = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs', 'tsx', 'jsx'];
const CONVENTIONAL = ['job', 'index', 'main'].flatMap((name) => EXTENSIONS.map((extension) => `${name}.${extension}`));

export interface JobFile {
  /** Absolute path. */
  readonly path: string;
  /** As a person would write it: relative to `folder` when it lies below it. */
  readonly shown: string;
  /** Made by `flink bundle`: runs as it is. */
  readonly compiled: boolean;
}

/** Throws `JOB_FILE_MISSING` when there is none or it is none, or `JOB_COMPILE` for a bundle of a newer format. */
export function findJobFile(given: string, folder: string = process.cwd()): JobFile {
  const path = resolve(folder, given);
  const found = statOf(path, given);
  if (!found) throw missing(given, path, folder);
  const file = found.isDirectory() ? entryOfFolder(path, given) : path;
  const [shown, compiled] = [displayPath(file, folder), isBundle(file, given)];
  if (!compiled && !EXTENSIONS.includes(extname(file).slice(1))) {
    throw new FlinkError('JOB_FILE_MISSING', `${shown} is no job: it is neither TypeScript nor JavaScript by its name`, { hint: 'Options of flink run stand before the job file, arguments of the program after it.' });
  }
  return { path: file, shown, compiled };
}

/** Relative to `folder` when the file lies below it, else absolute. */
export function displayPath(file: string, folder: string = process.cwd()): string {
  const short = relative(folder, file);
  return short.startsWith('..') || short === '' ? file : short;
}

function statOf(path: string, given: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw unreadable(given, cause);
  }
}

function missing(given: string, path: string, folder: string): FlinkError {
  let names: string[] = [];
  try {
    names = readdirSync(dirname(path));
  } catch {
    return new FlinkError('JOB_FILE_MISSING', `the job file ${given} does not exist, nor does its folder`, { hint: `Paths are relative to ${folder}.` });
  }
  const forgotten = names.filter((name) => EXTENSIONS.some((extension) => name === `${basename(path)}.${extension}`));
  const near = (forgotten.length > 0 ? forgotten : nearest(basename(path), names, 3)).map((name) => join(dirname(given), name));
  const suggestion = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Paths are relative to ${folder}.`;
  return new FlinkError('JOB_FILE_MISSING', `the job file ${given} does not exist`, { hint: suggestion });
}

function unreadable(given: string, cause: unknown): FlinkError {
  return new FlinkError('JOB_FILE_MISSING', `the job file ${given} cannot be read: ${(cause as Error).message}`, { cause, hint: 'Check its permissions.' });
}

function entryOfFolder(folder: string, given: string): string {
  const named = entryOfPackage(folder, given);
  const candidates = named === undefined ? CONVENTIONAL : [named];
  const found = candidates.map((name) => join(folder, name)).find((file) => statOf(file, given)?.isFile());
  if (found !== undefined) return found;
  throw new FlinkError('JOB_FILE_MISSING', `the folder ${given} holds no job: ${named === undefined ? 'neither job.ts nor index.ts is there' : `its package.json names ${named}, which is not there`}`, {
    hint: 'Name the job file, or set "flink" or "main" in the folder\'s package.json.',
  });
}

function entryOfPackage(folder: string, given: string): string | undefined {
  const manifest = join(folder, 'package.json');
  if (!statOf(manifest, given)) return undefined;
  try {
    const { flink, main } = JSON.parse(readFileSync(manifest, 'utf8')) as { flink?: unknown; main?: unknown };
    return [flink, main].find((entry): entry is string => typeof entry === 'string');
  } catch (cause) {
    throw new FlinkError('JOB_FILE_MISSING', `cannot read the package.json of ${given}: ${(cause as Error).message}`, { cause, hint: 'Mend it, or name the job file itself.' });
  }
}

function isBundle(file: string, given: string): boolean {
  const start = Buffer.alloc(64);
  let length: number;
  try {
    const descriptor = openSync(file, 'r');
    length = readSync(descriptor, start, 0, start.length, 0);
    closeSync(descriptor);
  } catch (cause) {
    throw unreadable(given, cause);
  }
  const head = start.toString('utf8', 0, length);
  if (!head.startsWith(BUNDLE_MARK)) return false;
  const format = Number.parseInt(head.slice(BUNDLE_MARK.length), 10);
  if (format === BUNDLE_FORMAT) return true;
  throw new FlinkError('JOB_COMPILE', `${given} is a bundle of format ${format}, but this version reads format ${BUNDLE_FORMAT}`, { hint: 'Make it again with `flink bundle` of this version.' });
}
