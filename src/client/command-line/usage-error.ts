/**
 * Says in our own words what the command-line parser refuses.
 */
import { FlinkError } from '../../core/errors.js';
import { didYouMean } from '../../core/nearest.js';
import type { OptionTable } from './job-arguments.js';

/** The parts of oclif's parser errors that are read here. */
interface ParserError extends Error {
  readonly flags?: readonly string[];
  readonly args?: readonly (string | { readonly name: string })[];
  readonly parse?: unknown;
  readonly oclif?: unknown;
}

/** A `USAGE` error for what the parser threw; anything else is returned as it is. */
export function usageError(error: unknown, command: string, table: OptionTable): unknown {
  if (error instanceof FlinkError || !isParserError(error)) return error;
  const help = `See \`flink ${command} --help\`.`;
  const [unknown] = error.flags ?? [];
  if (unknown !== undefined && error.message.startsWith('Nonexistent')) {
    const name = unknown.replace(/=.*/s, '');
    const meant = name.startsWith('--') ? didYouMean(name, Object.keys(table).map((known) => `--${known}`)) : undefined;
    return new FlinkError('USAGE', `unknown option ${name} of flink ${command}`, { hint: `${meant ? `${meant} ` : ''}${help}`, cause: undefined });
  }
  const message = error.message.replace(/\nSee more help with --help$/, '').replace(/^The following errors? occurred:\s*/, '').replace(/\s*\n\s*/g, '; ').trim();
  return new FlinkError('USAGE', `flink ${command}: ${message}`, { hint: help });
}

/** A word that is no command. */
export function unknownCommand(given: string, commands: readonly string[]): FlinkError {
  if (given.startsWith('-')) {
    return new FlinkError('USAGE', `unknown option ${given} of flink; options of a command stand after its name`, { hint: 'See `flink --help`.' });
  }
  const meant = didYouMean(given, commands);
  return new FlinkError('USAGE', `"${given}" is not a flink command`, { hint: `${meant ? `${meant} ` : ''}The commands are ${commands.join(', ')}; see \`flink --help\`.` });
}

function isParserError(error: unknown): error is ParserError {
  return error instanceof Error && ('parse' in error || 'oclif' in error);
}
