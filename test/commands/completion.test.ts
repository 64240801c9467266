/** What bash offers after `flink`, asked of a real bash. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, workspace } from './flink.js';

const { file, flink, path, start } = workspace();
const binary = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

beforeAll(() => {
  mkdirSync(join(path, 'bin'));
  mkdirSync(join(path, 'a folder'));
  writeFileSync(join(path, 'bin/flink'), `#!/bin/sh\nexec '${process.execPath}' '${binary}' "$@"\n`);
  chmodSync(join(path, 'bin/flink'), 0o755);
  symlinkSync('bin', join(path, 'another'));
  file('job.ts', '');
});

/** What bash runs after the script has been evaluated. */
function bash(commands: string): { stdout: string; stderr: string } {
  const environment = { ...process.env, HOME: path, TMPDIR: join(path, 'temporary'), PATH: `${join(path, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', `eval "$(flink completion bash)"\n${commands}`], { cwd: path, env: environment, encoding: 'utf8' });
  return { stdout, stderr };
}

/** What is offered for the last of these words; bash breaks words at `=`. */
function offered(...lines: readonly (readonly string[])[]): string[][] {
  const words = lines.map((line) => line.map((word) => `'${word}'`));
  const { stdout, stderr } = bash(words.map((line) => `COMP_WORDS=(flink ${line.join(' ')}); COMP_CWORD=${line.length}; _flink; printf '%s\\n' "\${COMPREPLY[@]}" ---`).join('\n'));
  expect(stderr).toBe('');
  return stdout.split('---\n').slice(0, -1).map((part) => part.split('\n').filter((line) => line !== ''));
}

describe('the completion of bash', () => {
  it('is registered for flink', () => expect(bash('complete -p flink').stdout).toBe('complete -F _flink flink\n'));

  it('offers commands, options, their values, actions, files and configuration keys', () => {
    const [commands, options, values, equal, actions, jobFiles, folders, keys, snapshot] = offered(
      ['s'], ['run', '--cl'], ['stop', '--type', ''], ['stop', '--type', '=', 'n'], ['cluster', 'st'], ['run', '-p', '2', 'jo'], ['stop', '-p', ''], ['list', '-D', 'client.t'], ['state', 'ls', 'jo'],
    );
    expect(commands).toEqual(['savepoint', 'state', 'stop']);
    expect(options).toEqual(['--class', '--claimMode']);
    expect([values, equal]).toEqual([['canonical', 'native'], ['native']]);
    expect(actions).toEqual(['start', 'status', 'stop']);
    expect(jobFiles).toEqual(['job.ts']);
    expect(folders).toEqual(expect.arrayContaining(['a folder', 'bin']));
    expect(folders).not.toContain('job.ts');
    expect(keys).toEqual(['client.timeout=']);
    expect(snapshot).toEqual(['job.ts']);
  });

  it('offers the program files, and none of our options', () => {
    expect(offered(['run', 'job.ts', '--cl'], ['run', 'job.ts', 'jo'], ['run', '-q', '-D', 'a', '=', 'b', '--js'])).toEqual([[], ['job.ts'], ['--json']]);
  });

  it('offers nothing where anything may stand, and after what is no command', () => {
    expect(offered(['run', '-p', ''], ['frobnicate', ''], ['list', '-m', ''])).toEqual([[], [], []]);
  });

  it('offers the ids and names of jobs that run, as the shell would read them', async () => {
    file('ticks.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromSequence(1, 1e15).filter(() => false).print();
await env.execute('Word Count');`);
    const child = start(['run', '-q', 'ticks.ts']);
    const over = ended(child);
    try {
      let jobs: string[] = [];
      while (jobs.length === 0) jobs = (await flink(['completion', 'jobs'])).stdout.split('\n').filter((line) => line !== '');
      const jid = jobs[0]!.split('\t')[0]!;
      expect(jobs).toEqual([expect.stringMatching(new RegExp(`^${jid}\tWord Count \\([A-Z]+\\)$`)), expect.stringMatching(new RegExp(`^Word Count\t${jid} \\([A-Z]+\\)$`))]);
      expect(offered(['cancel', jid.slice(0, 3)], ['why', 'Wo'], ['savepoint', jid, 'a f'])).toEqual([[jid], [String.raw`Word\ Count`], ['a folder']]);
    } finally {
      child.kill('SIGKILL');
      await over;
    }
  });
});

describe('flink completion', () => {
  it('knows three shells', async () => {
    expect(await flink(['completion', 'csh'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('flink completion knows bash, zsh and fish, not "csh"') as string });
    expect((await flink(['completion'])).stderr).toContain('flink completion needs to know for which shell: bash, zsh or fish');
  });

  const installed = ['zsh', 'fish'].filter((shell) => spawnSync(shell, ['-c', 'true']).status === 0);
  it.each([['bash'], ...installed.map((shell) => [shell])])('writes a script that %s reads', async (shell) => {
    const { code, stdout } = await flink(['completion', shell]);
    expect(code).toBe(0);
    expect(spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });
});
