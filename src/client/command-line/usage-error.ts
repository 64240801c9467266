/**
 * Says in our own words what the command-line parser refuses.
 */
import { FlinkError } from '../../core/errors.js';
import { didYouMean } from '../../core/nearest.js';
import { optionOf, type OptionTable } from './job-arguments.js';

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

/**
 * A long name behind one dash that is misspelt. The parser would take it for several letters (`-detahced` for `-d -e
 * tahced`) and say something that nobody understands.
 */
export function misspeltOption(words: readonly string[], command: string, table: OptionTable): FlinkError | undefined {
  const end = words.indexOf('--');
  const flags = Object.values(table);
  const letterOf = (letter: string): OptionTable[string] | undefined => flags.find(({ char, charAliases }) => char === letter || charAliases?.includes(letter));
  for (const word of end < 0 ? words : words.slice(0, end)) {
    const name = /^-([A-Za-z][A-Za-z-]{3,})(?:=.*)?$/s.exec(word)?.[1];
    // A value may stand right behind its letter: -Dkey=value. And several letters may stand together: -qv.
    if (name === undefined || optionOf(name, table) || letterOf(name[0]!)?.type === 'option' || [...name].every((letter) => letterOf(letter)?.type === 'boolean')) continue;
    const meant = didYouMean(name, Object.keys(table));
    if (meant !== undefined) return new FlinkError('USAGE', `unknown option -${name} of flink ${command}`, { hint: `${meant.replace('"', '"-')} See \`flink ${command} --help\`.` });
  }
  return undefined;
}

/** An option of Flink's for what is written in Java or Python. */
export function foreignOption(words: readonly string[], command: string): FlinkError | undefined {
  const word = words.find((one) => /^(?:-C|--?classpath|--?py[A-Za-z]*)(?:=|$)/.test(one))?.replace(/=.*/s, '');
  if (word === undefined) return undefined;
  return new FlinkError('USAGE', `flink ${command} has no ${word}: that is for programs in ${word.includes('py') ? 'Python' : 'Java'}`, { hint: 'A job is a TypeScript or JavaScript file here, and imports what it needs.' });
}

/** A word for a command that takes none. */
export function unexpectedWord(word: string, command: string): FlinkError {
  return new FlinkError('USAGE', `flink ${command} takes options only, but got "${word}"`, { hint: `See \`flink ${command} --help\`.` });
}

/** Without older names, which are known and not shown. */
export function commandNames({ commandIDs, commands }: { readonly commandIDs: readonly string[]; readonly commands: readonly { readonly hiddenAliases: readonly string[] }[] }): readonly string[] {
  const hidden = new Set(commands.flatMap(({ hiddenAliases }) => hiddenAliases));
  return commandIDs.filter((id) => !hidden.has(id));
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
