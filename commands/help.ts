/**
 * `flink help`: the same as `--help`, for those who type it as a word.
 */
import { Args, Help } from '@oclif/core';
import { FlinkCommand } from '../src/client/command-line/flink-command.js';
import { commandNames, unknownCommand } from '../src/client/command-line/usage-error.js';
import { EXIT, type ExitCode } from '../src/client/exit-codes.js';

export default class HelpCommand extends FlinkCommand {
  static override summary = 'Show help for a command.';
  static override examples = ['<%= config.bin %> help run'];
  static override args = { command: Args.string({ description: 'The command.', ignoreStdin: true }) };

  async perform(): Promise<ExitCode> {
    const { args } = await this.parse(HelpCommand);
    if (args.command !== undefined && !this.config.findCommand(args.command)) throw unknownCommand(args.command, commandNames(this.config));
    await new Help(this.config).showHelp(args.command === undefined ? [] : [args.command]);
    return EXIT.finished;
  }
}
