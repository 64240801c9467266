/**
 * Which files and folders a `TextInputFormat` passes over (Flink: `FilePathFilter`, `GlobFilePathFilter`).
 *
 * Patterns are those of Java's file systems: `*` and `?` within a name, `**` across folders, `[a-d]`, `[!a]`, `{a,b}`, and a
 * backslash before a character that is to stand for itself.
 */
import { FlinkError } from '../../core/errors.js';
import { isHidden } from './glob.js';

export interface FilePathFilter {
  /** True for what is not to be read. @param path absolute. */
  filterPath(path: string): boolean;
}

export const FilePathFilter = {
  /** Passes over names that begin with `.` or `_`, and files that are being copied (`_COPYING_`). */
  createDefaultFilter(): FilePathFilter {
    return { filterPath: (path) => isHidden(nameOf(path)) || nameOf(path).includes('_COPYING_') };
  },
} as const;

/** Reads what matches one of the patterns to include, and none of those to exclude; everything without patterns. */
export class GlobFilePathFilter implements FilePathFilter {
  private readonly includes: readonly RegExp[];
  private readonly excludes: readonly RegExp[];

  /** @throws FlinkError INVALID_ARGUMENT for what are no lists of patterns. */
  constructor(includePatterns: readonly string[] = [], excludePatterns: readonly string[] = []) {
    this.includes = patternsOf(includePatterns.length === 0 ? ['**'] : includePatterns);
    this.excludes = patternsOf(excludePatterns);
  }

  filterPath(path: string): boolean {
    // The address of a file in another file system begins with its scheme and host.
    const local = path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
    return !this.includes.some((pattern) => pattern.test(local)) || this.excludes.some((pattern) => pattern.test(local));
  }
}

function patternsOf(patterns: readonly string[]): RegExp[] {
  if (!Array.isArray(patterns) || patterns.some((pattern) => typeof pattern !== 'string')) throw new FlinkError('INVALID_ARGUMENT', 'GlobFilePathFilter takes two lists of patterns');
  return patterns.map((pattern) => new RegExp(`^${sourceOf(pattern)}$`, 'su'));
}

/** The regular expression of a pattern. */
function sourceOf(pattern: string): string {
  let source = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    const close = char === '[' ? pattern.indexOf(']', at + 2) : -1;
    if (char === '\\' && at + 1 < pattern.length) source += literal(pattern[++at]!);
    else if (pattern.startsWith('**', at)) [source, at] = [`${source}.*`, at + 1];
    else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (close > 0) [source, at] = [source + setOf(pattern.slice(at + 1, close)), close];
    else if (char === '{') [source, depth] = [`${source}(?:`, depth + 1];
    else if (char === '}' && depth > 0) [source, depth] = [`${source})`, depth - 1];
    else if (char === ',' && depth > 0) source += '|';
    else source += literal(char);
  }
  if (depth === 0) return source;
  throw new FlinkError('INVALID_ARGUMENT', `a pattern of a GlobFilePathFilter closes its braces; "${pattern}" came`);
}

function setOf(members: string): string {
  const negated = members.startsWith('!');
  return `(?!/)[${negated ? '^' : ''}${(negated ? members.slice(1) : members).replace(/[\\\]^[]/g, '\\$&')}]`;
}

function literal(char: string): string {
  return /[\\^$.|+*?()[\]{}/]/.test(char) ? `\\${char}` : char;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
