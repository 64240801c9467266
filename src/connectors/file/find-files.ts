/**
 * From what a user wrote as a path to the files to be read: a file, a folder, a pattern, `-`, a `file:` URL, or
 * an address in S3.
 *
 * Invariants: files come in the order of their names; each comes once; everything found is readable when found, so a
 * job fails before it reads rather than in the middle.
 */
import type { Dirent, Stats } from 'node:fs';
import { access, constants, readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Configuration } from '../../core/configuration.js';
import { FlinkError } from '../../core/errors.js';
import { isS3Path } from '../../s3/s3-location.js';
import { formOf } from './file-form.js';
import type { FileForm } from './file-split.js';
import { expandBraces, isGlob, isHidden, segmentMatcher } from './glob.js';
import { localPath } from './local-path.js';
import { unreadable } from './unreadable.js';

export interface FoundFile {
  readonly path: string;
  readonly form: FileForm;
  /** In bytes as stored; 0 for pipes. */
  readonly size: number;
  /** When it was last written to, in epoch milliseconds with their fractions; 0 when nobody knows. */
  readonly modified: number;
}

/** Files looked at together. */
const TOGETHER = 64;

export interface FileSearch {
  /** Whether folders in a folder are read too. */
  readonly recursive: boolean;
  /** Whether finding nothing is no error, where a pattern was given. */
  readonly maybeNone: boolean;
  /** How file systems other than this machine's are reached. */
  readonly fileSystems: Configuration | undefined;
  /** What is passed over in a folder, or of what a pattern matches, by its path. */
  readonly skip: ((path: string) => boolean) | undefined;
}

/**
 * Everything there is to read at `path`. Throws `INPUT_UNREADABLE` naming path and reason, also when nothing matches a
 * pattern unless that is no error.
 */
export async function findFiles(path: string, search: FileSearch): Promise<FoundFile[]> {
  if (isS3Path(path)) return (await import('./find-objects.js')).findObjects(path, search);
  if (path === '-' || path === '/dev/stdin') return [{ path: '-', form: 'stdin', size: 0, modified: 0 }];
  const local = localPath(path, 'INPUT_UNREADABLE');
  const given = await stat(local).catch((cause: unknown) => {
    if (isGlob(local)) return undefined;
    throw unreadable(local, cause);
  });
  if (given) return describeAll(given.isDirectory() ? await list(local, search) : [local]);
  const matches = new Set<string>();
  for (const pattern of expandBraces(resolve(local))) {
    for (const match of await expand(pattern)) matches.add(match);
  }
  const files: string[] = [];
  for (const match of [...matches].sort()) {
    if (!search.skip?.(match)) files.push(...((await stat(match)).isDirectory() ? await list(match, search) : [match]));
  }
  if (matches.size === 0 && !search.maybeNone) {
    throw new FlinkError('INPUT_UNREADABLE', `Cannot read ${path}: no file matches the pattern`, { hint: 'Check the pattern; names that begin with "." or "_" match only when the pattern says so.' });
  }
  return describeAll([...new Set(files)]);
}

async function list(folder: string, search: Pick<FileSearch, 'recursive' | 'skip'>): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (isHidden(entry.name)) continue;
    const path = join(folder, entry.name);
    if (search.skip?.(path)) continue;
    const isFolder = await isDirectory(entry, path);
    if (!isFolder) files.push(path);
    else if (search.recursive) files.push(...(await list(path, search)));
  }
  return files;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

async function isDirectory(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return (await stat(path).catch((cause: unknown) => Promise.reject(unreadable(path, cause)))).isDirectory();
}

/** The existing paths that match an absolute pattern without braces. */
async function expand(pattern: string): Promise<string[]> {
  const segments = pattern.split(sep);
  let folders = [segments[0] === '' ? sep : segments[0]!];
  for (const [index, segment] of segments.entries()) {
    if (index === 0 || segment === '') continue;
    const next: string[] = [];
    for (const folder of folders) next.push(...(await matchesIn(folder, segment, index === segments.length - 1)));
    folders = [...new Set(next)];
  }
  return folders;
}

async function matchesIn(folder: string, segment: string, isLast: boolean): Promise<string[]> {
  if (segment === '**') return isLast ? list(folder, { recursive: true, skip: undefined }) : foldersBelow(folder);
  if (!isGlob(segment)) {
    const path = join(folder, segment);
    return (await stat(path).catch(() => undefined)) ? [path] : [];
  }
  if (!(await stat(folder)).isDirectory()) return [];
  const matches = segmentMatcher(segment);
  return (await entriesOf(folder)).filter((entry) => matches(entry.name)).map((entry) => join(folder, entry.name));
}

/** A folder and all folders in it, at any depth; links are not followed, since they may lead back. */
async function foldersBelow(folder: string): Promise<string[]> {
  if (!(await stat(folder)).isDirectory()) return [];
  const below = (await entriesOf(folder)).filter((entry) => entry.isDirectory() && !isHidden(entry.name));
  const deeper: string[] = [];
  for (const entry of below) deeper.push(...(await foldersBelow(join(folder, entry.name))));
  return [folder, ...deeper];
}

async function describeAll(paths: string[]): Promise<FoundFile[]> {
  const files: FoundFile[] = [];
  for (let from = 0; from < paths.length; from += TOGETHER) {
    files.push(...(await Promise.all(paths.slice(from, from + TOGETHER).map(describe))));
  }
  return files;
}

async function describe(path: string): Promise<FoundFile> {
  let facts: Stats;
  try {
    await access(path, constants.R_OK);
    facts = await stat(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const form = facts.isFile() ? formOf(path) : 'pipe';
  return { path: resolve(path), form, size: facts.isFile() ? facts.size : 0, modified: facts.mtimeMs };
}
