/**
 * What the shell is told when a command ends. The table is part of the public interface (docs/cli.md).
 */
export const EXIT = {
  /** The command did what it was asked; for `run`: every job of the program finished. */
  finished: 0,
  /** A job was started and failed, or the program threw after its job had been started. */
  failed: 1,
  /** Nothing was started: usage, configuration, or a job file that is missing, broken or never executes. */
  notStarted: 2,
  /** Cancelled by Ctrl-C or a termination signal. */
  cancelled: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
