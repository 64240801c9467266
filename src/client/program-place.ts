/**
 * Finds a job author's own place in a stack where there is no bundle: the program was run by Node itself, or by a test.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceLocation } from '../core/errors.js';
import { installationFolder } from './installation.js';
import { displayPath } from './job-file.js';

const POSITION = /(file:\/\/[^\s()]+?|\/[^\s():]+):(\d+):(\d+)/g;

/** The first place that is neither in this engine nor in another package; columns count from 1. */
export function programPlace(stack: string, folder: string = process.cwd()): SourceLocation | undefined {
  const own = ['src', 'dist'].map((part) => join(installationFolder(), part, '/'));
  for (const [, url, line, column] of stack.matchAll(POSITION)) {
    const file = url!.startsWith('file:') ? fileURLToPath(url!.replace(/\?.*$/s, '')) : url!;
    if (own.some((part) => file.startsWith(part)) || file.includes('/node_modules/')) continue;
    return { file: displayPath(file, folder), line: Number(line), column: Number(column) };
  }
  return undefined;
}
