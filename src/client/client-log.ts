/**
 * The log file of a command that runs jobs itself, where a folder for logs is configured (Flink: the client's log):
 * what it says on the terminal, and what becomes of its jobs.
 *
 * Invariant: commands side by side write into one file, each whole lines at its end.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import type { Say } from '../core/log.js';
import { LogDirectory, LogFilesMax, LogFileSize } from '../core/options.js';
import { fileLog } from './log-terminal.js';
import { rotateLog, watchLogs } from './session/rotate-log.js';

export interface ClientLog {
  readonly folder: string;
  /** How its name, and those of older ones, begin. */
  readonly prefix: string;
  /** What the command says. */
  readonly client: Say;
  /** What becomes of jobs. */
  readonly jobs: Say;
  close(): void;
}

/** Throws the system's error when it cannot be written; then the command does without. */
export function openClientLog(configuration: Configuration, clock: Clock): ClientLog | undefined {
  const configured = configuration.get(LogDirectory);
  if (configured === undefined) return undefined;
  const [folder, prefix] = [resolve(configured), `flink-${userInfo().username}-client-${hostname()}`];
  const path = join(folder, `${prefix}.log`);
  mkdirSync(folder, { recursive: true });
  appendFileSync(path, '', { mode: 0o600 });
  rotateLog(path, configuration.get(LogFilesMax), configuration.get(LogFileSize));
  const watch = watchLogs(folder, (name) => name === `${prefix}.log`, configuration, clock);
  return { folder, prefix, client: fileLog(configuration, 'Client', path), jobs: fileLog(configuration, 'JobManager', path), close: () => watch.close() };
}
