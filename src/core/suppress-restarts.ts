/**
 * An error after which a job is not to start again, whatever its restart strategy (Flink: `SuppressRestartsException`, and what is
 * thrown of type `NonRecoverableError`).
 *
 * Invariant: known by its name, so that it is the same in every thread and as the cause of whatever it was wrapped in.
 */

const NAME = 'SuppressRestartsException';

/** Thrown by a user function, as such or as the cause of another error: trying again would not help, the job fails at once. */
export class SuppressRestartsException extends Error {
  override readonly name: string = NAME;

  /** @param reason what has happened: an error, which becomes the `cause`, or words. */
  constructor(reason: unknown) {
    super(reason instanceof Error ? reason.message : String(reason), reason instanceof Error ? { cause: reason } : undefined);
  }
}

/** Whether it, or anything that it was caused by, says so. Pure. */
export function suppressesRestarts(error: unknown): boolean {
  const seen = new Set<unknown>();
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    if (each.name === NAME) return true;
    seen.add(each);
  }
  return false;
}
