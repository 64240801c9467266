/**
 * Lines of a log: what was said, when, by whom and about what; for people or for programs.
 *
 * Invariant: with `json` every call writes one line of JSON, whatever is in the text.
 */
import type { Clock } from './clock.js';

export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'OFF'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = 'pretty' | 'json';

/** What a line is about. */
export interface LogFacts {
  /** Default: what the text begins with (`Warning: `, `Error [`), otherwise INFO. */
  readonly level?: Exclude<LogLevel, 'OFF'>;
  readonly jobId?: string;
  readonly jobName?: string;
  readonly vertexId?: string;
  /** Its name. */
  readonly vertex?: string;
  readonly subtask?: number;
  readonly attempt?: number;
  readonly checkpointId?: number;
}

/** Says something somewhere: in a log, or on a terminal, where the facts are left out. */
export type Say = (text: string, facts?: LogFacts) => void;

export interface LogOptions {
  readonly format: LogFormat;
  /** Lines below it are left out. */
  readonly level: LogLevel;
  readonly clock: Pick<Clock, 'now'>;
  /** Takes whole lines. */
  readonly write: (lines: string) => void;
}

/** @param logger who speaks. */
export function logTo({ format, level: least, clock, write }: LogOptions, logger: string): Say {
  const form = format === 'json' ? jsonLine : prettyLine;
  return (text, facts = {}) => {
    const { level = levelOf(text), ...about } = facts;
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
    write(`${form({ time: new Date(clock.now()).toISOString(), level, logger, message: text.replace(/^Warning: /, '').trim() }, about)}\n`);
  };
}

function levelOf(text: string): Exclude<LogLevel, 'OFF'> {
  if (text.startsWith('Warning: ')) return 'WARN';
  return text.startsWith('Error [') ? 'ERROR' : 'INFO';
}

interface Line {
  readonly time: string;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
}

function jsonLine(line: Line, about: Omit<LogFacts, 'level'>): string {
  return JSON.stringify({ ...line, ...about });
}

function prettyLine({ time, level, logger, message }: Line, { jobName, vertex, subtask, attempt }: LogFacts): string {
  const task = vertex === undefined ? [] : [`${vertex}${subtask === undefined ? '' : ` ${subtask}`}${attempt === undefined ? '' : `#${attempt}`}`];
  const place = [...(jobName === undefined ? [] : [jobName]), ...task].join(', ');
  return `${time} ${level.padEnd(5)} ${logger}${place === '' ? '' : ` [${place}]`} - ${message}`;
}
