/**
 * The error of a database on the local disk: names its folder and says what can be done.
 */
import { FlinkError } from '../../core/errors.js';

/** What the system says of a disk without room, and LevelDB after it. */
const FULL = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/;

/** @param what has been tried: "written". */
export function storeFailed(what: string, folder: string, cause: unknown): FlinkError {
  const { message } = ((cause as Error).cause as Error | undefined) ?? (cause as Error);
  return new FlinkError('STATE_STORE', `the database of the state backend in ${folder} could not be ${what}: ${message}`, {
    cause, ...(FULL.test(message) && { hint: 'The disk is full: free some space, or keep the databases elsewhere (state.backend.level.localdir).' }),
  });
}
