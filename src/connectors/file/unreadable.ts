/** The error of an input that cannot be read: names the path and gives the system's reason in words. */
import { FlinkError } from '../../core/errors.js';

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ['it does not exist', 'Check the path; relative paths start at the folder the command was run in.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Check the path.'],
  EACCES: ['permission denied', 'Give the user that runs the job the right to read it.'],
  EPERM: ['permission denied', 'Give the user that runs the job the right to read it.'],
  EISDIR: ['it is a folder', 'Name the files in it, or the folder itself in readTextFile.'],
  EMFILE: ['too many files are open', 'Raise the limit (`ulimit -n`) or lower the parallelism.'],
  ELOOP: ['its symbolic links go round in a circle', 'Mend the links.'],
  Z_DATA_ERROR: ['its compressed data is damaged', 'Check it with `gzip -t`.'],
  Z_BUF_ERROR: ['its compressed data ends too early', 'Check it with `gzip -t`.'],
};

export function unreadable(path: string, cause: unknown): FlinkError {
  const { code, hint: given } = (cause ?? {}) as { code?: unknown; hint?: string };
  const [reason, hint] = REASONS[String(code)] ?? [cause instanceof Error ? cause.message : String(cause), given];
  const name = path === '-' ? 'standard input' : path;
  return new FlinkError('INPUT_UNREADABLE', `Cannot read ${name}: ${reason}`, { cause, ...(hint ? { hint } : {}) });
}
