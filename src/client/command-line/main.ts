/**
 * The command line: hands the words to oclif and ends the process with the code that came of them.
 *
 * oclif looks for `--help` in every word up to a `--`; one is put before the job file, so that the words after it
 * reach the program untouched.
 */
import { type Command, Config, Help, run } from '@oclif/core';
import { sleep, systemClock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import { EXIT } from '../exit-codes.js';
import { installationFolder } from '../installation.js';
import { Reporter } from '../reporter.js';
import { standardTerminal } from '../terminal.js';
import { type OptionTable, splitAtJobFile, withEmptyValues, withKnownChoices, withTwoDashes } from './job-arguments.js';
import { commandNames, foreignOption, misspeltOption, unexpectedWord, unknownCommand } from './usage-error.js';

const VERSION = ['--version', '-v'];
const HELP = ['--help', '-h'];

/** Never returns normally: the process ends. */
export async function main(words: readonly string[]): Promise<void> {
  const output = watchOutput();
  const reporter = new Reporter(standardTerminal(), { quiet: false, verbose: words.includes('-v'), json: words.includes('--json') });
  try {
    process.exitCode = EXIT.finished;
    checkFolder();
    await dispatch(words, reporter);
  } catch (error) {
    process.exitCode = (error as { oclif?: { exit?: number } }).oclif?.exit === 0 ? EXIT.finished : await reporter.error(error, EXIT.notStarted);
  }
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  // What could not be written is only told a turn later.
  await sleep(systemClock, 0);
  if (output.broken && process.exitCode === EXIT.finished) process.exitCode = await reporter.error(output.broken, EXIT.failed);
  // The program may have left timers or sockets behind; its jobs are over, so nobody waits for them.
  process.exit();
}

async function dispatch(words: readonly string[], reporter: Reporter): Promise<void> {
  const config = await Config.load(installationFolder());
  const [first] = words;
  if (first === undefined) {
    await new Help(config, { sendToStderr: true }).showHelp([]);
    reporter.terminal.say('Please specify a command.');
    process.exitCode = EXIT.notStarted;
    return;
  }
  // As older texts write it: `flink -s <path> job.ts`.
  if (first.startsWith('-s') || first === '--fromSavepoint') return dispatch(['run', ...words], reporter);
  if (VERSION.includes(first)) return reporter.terminal.print(`Version: ${config.version}\n`);
  const command = config.findCommand(first);
  if (!command && !HELP.includes(first)) throw unknownCommand(first, commandNames(config));
  if (!command) return void (await run([...words], config));
  await run(wordsFor(command, words.slice(1)), config);
}

/** Somebody may have deleted the folder that the shell is in. */
function checkFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw new FlinkError('USAGE', 'the folder that the command was run in does not exist any more', { cause, hint: 'Change to another folder.' });
  }
}

/** As the parser is to have them. Throws what it would not understand. */
function wordsFor({ id, flags, args }: Command.Loadable, words: readonly string[]): string[] {
  const table = flags as OptionTable;
  const { options, jobFile, programArguments } = splitAtJobFile(words, table);
  const runsProgram = 'arguments' in args;
  const refused = (runsProgram ? foreignOption(options, id) : undefined) ?? misspeltOption(runsProgram ? options : words, id, table);
  if (refused) throw refused;
  if (runsProgram) return [id, ...withKnownChoices(withTwoDashes(options, table), table), ...(jobFile === undefined ? [] : ['--', jobFile, ...programArguments])];
  // The parser would take it for the second half of a command's name.
  if (jobFile !== undefined && Object.keys(args).length === 0) throw unexpectedWord(jobFile, id);
  return [id, ...withEmptyValues(withKnownChoices(withTwoDashes(words, table), table), table)];
}

/** Where pipes are written asynchronously, leaving would cut off what was said last. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}

/**
 * `| head -1`: the reader has what it wanted, so a broken pipe is no error. Anything else that keeps standard output from
 * being written is told at the end; what keeps standard error from being written cannot be told.
 */
function watchOutput(): { broken: FlinkError | undefined } {
  const output: { broken: FlinkError | undefined } = { broken: undefined };
  process.stderr.on('error', () => undefined);
  // oclif throws what it is told of, where nobody can catch it.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'ECONNRESET') return;
    output.broken ??= new FlinkError('OUTPUT_UNWRITABLE', `standard output cannot be written: ${error.message}`, { cause: error });
  });
  return output;
}
