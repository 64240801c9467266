/** What the scripts for shells hold, for commands of every kind. */
import { describe, expect, it } from 'vitest';
import { bashCompletion } from '../../../src/client/completion/bash-completion.js';
import { fishCompletion } from '../../../src/client/completion/fish-completion.js';
import { commandWords, type KnownCommand } from '../../../src/client/completion/words.js';
import { zshCompletion } from '../../../src/client/completion/zsh-completion.js';

const JOB = 'A running job.';
const commands: KnownCommand[] = [
  {
    id: 'stop', summary: "Stop a [running] job: it's over.", args: { job: { description: JOB } },
    flags: {
      type: { type: 'option', options: ['claim', 'no_claim', 'CLAIM', 'NO_CLAIM'], description: 'How.' },
      path: { type: 'option', char: 'p', helpValue: '[<directory>]', description: 'Where: a folder.' },
      drain: { type: 'boolean', char: 'd', description: 'All of it.' },
      secret: { type: 'boolean', hidden: true },
    },
  },
  { id: 'run', summary: 'Run.', args: { job: { description: 'A file.' }, arguments: {} }, flags: { define: { type: 'option', char: 'D' }, target: { type: 'option', char: 't', helpValue: '<local|remote>' }, n: { type: 'option', helpValue: '<n>' }, file: { type: 'option', helpValue: '<path>' } } },
  { id: 'cluster', summary: 'Cluster.', usage: 'cluster start|stop [options]', args: { action: {} } },
  { id: 'help', summary: 'Help.', args: { command: {} } },
];
const words = commandWords(commands, JOB);
const KEYS = ['a.b', 'c.d'];

describe('the words after flink', () => {
  it('are made from the commands: what is hidden is left out', () => {
    expect(words.map(({ name }) => name)).toEqual(['cluster', 'help', 'run', 'stop']);
    expect(words.at(-1)).toEqual({
      name: 'stop', summary: "Stop a [running] job: it's over", runsProgram: false, words: [{ kind: 'job' }],
      options: [
        { names: ['--type'], description: 'How', value: { kind: 'one-of', values: ['claim', 'no_claim'] } },
        { names: ['-p', '--path'], description: 'Where: a folder', value: { kind: 'folder' } },
        { names: ['-d', '--drain'], description: 'All of it', value: undefined },
      ],
    });
  });

  it('know what may stand for a value or an argument', () => {
    const run = words.find(({ name }) => name === 'run')!;
    expect([run.runsProgram, run.words[0], run.options.map(({ value }) => value)]).toEqual([true, { kind: 'file' }, [{ kind: 'setting' }, { kind: 'one-of', values: ['local', 'remote'] }, { kind: 'nothing' }, { kind: 'file' }]]);
    expect(words.slice(0, 2).map((one) => one.words)).toEqual([[{ kind: 'one-of', values: ['start', 'stop'] }], [{ kind: 'one-of', values: ['cluster', 'help', 'run', 'stop'] }]]);
  });
});

describe('the script', () => {
  it('for bash has options, their values and arguments', () => {
    const script = bashCompletion(words, KEYS);
    for (const line of ["'stop --type') expected='one-of claim no_claim'", "'stop -p'|'stop --path') expected='folder'", "stop) options='--type -p --path -d --drain --help'; words=('job'); program=0", "run) options='", "words=('file' 'file'); program=1", "_flink_keys='a.b c.d'"]) expect(script).toContain(line);
  });

  it('for zsh escapes what has a meaning in descriptions', () => {
    const script = zshCompletion(words, KEYS);
    for (const line of [String.raw`'stop:Stop a \[running\] job\: it'\''s over'`, "'--type[How]:value:(claim no_claim)'", String.raw`'(-p --path)'{-p,--path}'[Where\: a folder]:folder:_files -/'`, "'(-d --drain)'{-d,--drain}'[All of it]'", "'1:job:_flink_jobs'", "'*'{-D,--define}'[]:setting:_flink_keys'", "'*::argument:_files'", 'local -a keys=(a.b c.d)']) expect(script).toContain(line);
  });

  it('for fish has a line for each', () => {
    const script = fishCompletion(words, KEYS);
    for (const line of [
      String.raw`complete -c flink -n __fish_use_subcommand -a stop -d 'Stop a [running] job: it\'s over'`, "complete -c flink -n '__fish_seen_subcommand_from stop' -l type -x -a 'claim no_claim' -d 'How'",
      "complete -c flink -n '__fish_seen_subcommand_from stop' -s p -l path -r -F -d 'Where: a folder'", "complete -c flink -n '__fish_seen_subcommand_from stop' -s d -l drain -d 'All of it'",
      "complete -c flink -n '__fish_seen_subcommand_from stop' -a '(__flink_jobs)'", "complete -c flink -n '__fish_seen_subcommand_from run' -F", "complete -c flink -n '__fish_seen_subcommand_from cluster' -a 'start stop'", 'string join \\n -- a.b= c.d=',
    ]) expect(script.split('\n').map((one) => one.trim())).toContain(line);
  });
});
