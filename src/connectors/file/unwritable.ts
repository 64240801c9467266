/** The error of an output that cannot be written: names the path and gives the system's reason in words. */
import { FlinkError } from '../../core/errors.js';

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  EEXIST: ['it exists already', 'Choose another path, remove it, or write with WriteMode.OVERWRITE.'],
  ENOSPC: ['no space is left on the device', 'Free some space or write somewhere else.'],
  EDQUOT: ['the quota of disk space is used up', 'Free some space or write somewhere else.'],
  EACCES: ['permission denied', 'Give the user that runs the job the right to write there.'],
  EPERM: ['permission denied', 'Give the user that runs the job the right to write there.'],
  EROFS: ['the file system is read-only', 'Write somewhere else.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Check the path.'],
  EISDIR: ['it is a folder', 'With parallelism 1 the path names a file. Choose another path or remove the folder.'],
  EMFILE: ['too many files are open', 'Raise the limit (`ulimit -n`) or lower the parallelism.'],
};

export function unwritable(path: string, cause: unknown): FlinkError {
  const { code, hint: given } = (cause ?? {}) as { code?: unknown; hint?: string };
  const [reason, hint] = REASONS[String(code)] ?? [cause instanceof Error ? cause.message : String(cause), given];
  return new FlinkError('OUTPUT_UNWRITABLE', `Cannot write ${path}: ${reason}`, { cause, ...(hint ? { hint } : {}) });
}
