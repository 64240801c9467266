/**
 * Folders and files that the engine makes for itself, where they cannot be made.
 */
import { FlinkError } from './errors.js';

/** What `make` answers. Throws `OUTPUT_UNWRITABLE` for what the system refuses it: `what` cannot be written. */
export function inWritablePlace<R>(what: string, hint: string, make: () => R): R {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof FlinkError || typeof (cause as NodeJS.ErrnoException).syscall !== 'string') throw cause;
    throw new FlinkError('OUTPUT_UNWRITABLE', `${what} cannot be written: ${(cause as Error).message}`, { cause, hint });
  }
}

/** For folders of logs. */
export const LOGS_HINT = 'Check its permissions, or set env.log.dir to another folder.';
