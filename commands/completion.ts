/**
 * `flink completion`: prints the script by which a shell completes what is typed after `flink`.
 */
import { Args } from '@oclif/core';
import { bashCompletion } from '../src/client/completion/bash-completion.js';
import { fishCompletion } from '../src/client/completion/fish-completion.js';
import { runningJobs } from '../src/client/completion/running-jobs.js';
import { commandWords } from '../src/client/completion/words.js';
import { zshCompletion } from '../src/client/completion/zsh-completion.js';
import { commonFlags, FlinkCommand } from '../src/client/command-line/flink-command.js';
import { jobArgument } from '../src/client/command-line/job-id-arguments.js';
import { EXIT, type ExitCode } from '../src/client/exit-codes.js';
import { systemClock } from '../src/core/clock.js';
import { FlinkError } from '../src/core/errors.js';
import { ALL_OPTIONS } from '../src/core/options.js';

const SCRIPTS = { bash: bashCompletion, fish: fishCompletion, zsh: zshCompletion };

export default class Completion extends FlinkCommand {
  static override summary = 'Print a script that completes commands in your shell.';
  static override description = 'Commands, options and their values, configuration keys behind -D, and the ids and names of running jobs.';
  static override usage = 'completion bash|zsh|fish';
  static override examples = ['eval "$(<%= config.bin %> completion bash)"', '<%= config.bin %> completion fish > ~/.config/fish/completions/flink.fish'];
  // `jobs` is what the scripts ask for.
  static override args = { shell: Args.string({ description: 'bash, zsh or fish.', ignoreStdin: true }) };
  static override flags = commonFlags;

  async perform(): Promise<ExitCode> {
    const { args: { shell }, flags } = await this.parse(Completion);
    const { terminal, manners } = this.talk(flags);
    if (shell === 'jobs') {
      for (const line of await runningJobs(systemClock)) terminal.print(`${line}\n`);
      return EXIT.finished;
    }
    if (shell === undefined || !(shell in SCRIPTS)) throw new FlinkError('USAGE', shell === undefined ? 'flink completion needs to know for which shell: bash, zsh or fish' : `flink completion knows bash, zsh and fish, not "${shell}"`, { hint: 'Write for example `eval "$(flink completion bash)"`.' });
    const words = commandWords(this.config.commands, jobArgument.description ?? '');
    // Keys in which a name is to be put cannot be offered as they stand.
    const keys = ALL_OPTIONS.map(({ key }) => key).filter((key) => /^[\w.-]+$/.test(key)).sort();
    const script = SCRIPTS[shell as keyof typeof SCRIPTS](words, keys);
    terminal.print(manners.json ? `${JSON.stringify({ shell, script })}\n` : script);
    return EXIT.finished;
  }
}
