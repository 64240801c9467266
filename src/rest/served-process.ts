/**
 * The process that a REST interface is part of, as its endpoints see it.
 */
import type { FileStore } from '../checkpoint/file-store.js';
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';

/** Rewrites the places in a stack trace. */
export type ReadableStack = (stack: string) => Promise<string>;

export interface ServedProcess {
  readonly clock: Clock;
  readonly configuration: Configuration;
  /** Of this engine. */
  readonly version: string;
  /** Where savepoints are. */
  readonly files: FileStore;
  /** Whether programs can be submitted to it. Default: false. */
  readonly takesPrograms?: boolean;
  /** Puts the author's own lines in the place of those of the bundle; without it stacks are told as they are. */
  readonly readableStack?: ReadableStack | undefined;
  /** Folder of the log files that may be read; without it there are none to be shown. */
  readonly logFolder?: string | undefined;
  /** Only files whose names begin so are shown: others of the folder are not this process’s. */
  readonly logPrefix?: string | undefined;
}
