/**
 * A log in the place of a terminal: what commands say becomes lines with time and level.
 */
import { appendFileSync } from 'node:fs';
import type { Configuration } from '../core/configuration.js';
import { systemClock } from '../core/clock.js';
import { logTo, type Say } from '../core/log.js';
import { LogFormatOption, LogLevelOption } from '../core/options.js';
import type { Terminal } from './terminal.js';

/** The log of a process, on its standard error. @param logger who speaks. */
export function processLog(configuration: Configuration, logger: string): Say {
  return log(configuration, logger, (lines) => void process.stderr.write(lines));
}

/** A log in a file, where others may write, too. */
export function fileLog(configuration: Configuration, logger: string, path: string): Say {
  return log(configuration, logger, (lines) => appendFileSync(path, lines));
}

function log(configuration: Configuration, logger: string, write: (lines: string) => void): Say {
  return logTo({ format: configuration.get(LogFormatOption), level: configuration.get(LogLevelOption), clock: systemClock, write }, logger);
}

/** `terminal` with the log in the place of standard error. What is JSON already is for programs, and stays as it is. */
export function logTerminal(terminal: Terminal, say: Say): Terminal {
  return { ...terminal, live: false, colour: false, screens: [], say: (text) => (text.startsWith('{') ? terminal.say(text) : say(text)) };
}
