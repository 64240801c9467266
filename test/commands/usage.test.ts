import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { workspace } from './flink.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
const { flink } = workspace();

describe('flink', () => {
  it.each([['--version'], ['-v']])('%s prints the version', async (...words) => {
    expect(await flink(words)).toEqual({ code: 0, stdout: `Version: ${version}\n`, stderr: '' });
  });

  it('without a command shows the help and says that one is missing', async () => {
    const { code, stdout, stderr } = await flink([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/COMMANDS\n(.|\n)*  run  (.|\n)*\nPlease specify a command\.\n$/);
  });

  it.each([[['--help'], /COMMANDS\n(.|\n)*bundle(.|\n)*info(.|\n)*run/], [['help', 'run'], /flink run \[options\] <job> \[arguments\]/], [['run', '--help'], /--parallelism=<n>(.|\n)*130 cancelled/], [['info', '-h'], /plan/]])('%j shows help', async (words, shown) => {
    const { code, stdout, stderr } = await flink(words);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(shown);
  });
});

describe('a mistake in the command line ends with 2 and one paragraph that says what was meant', () => {
  it.each([
    [['rnu', 'job.ts'], '"rnu" is not a flink command', 'Did you mean "run"?'],
    [['deploy'], '"deploy" is not a flink command', 'The commands are bundle, cancel, checkpoint, cluster, completion, dev, help, info, list, logs, metrics, rescale, run, savepoint, state, stop, top, why'],
    [['help', '--quiet'], 'unknown option --quiet of flink help', 'flink help --help'],
    [['help', 'bundel'], '"bundel" is not a flink command', 'Did you mean "bundle"?'],
    [['--frobnicate'], 'unknown option --frobnicate of flink', 'flink --help'],
    [['run', '--paralelism', '2', 'job.ts'], 'unknown option --paralelism of flink run', 'Did you mean "--parallelism"?'],
    [['stop', '-detahced', '5f0c'], 'unknown option -detahced of flink stop', 'Did you mean "-detached"?'],
    [['list', '-runing'], 'unknown option -runing of flink list', 'Did you mean "-running"?'],
    [['list', 'everything'], 'flink list takes options only, but got "everything"', 'flink list --help'],
    [['top', '--once', 'job'], 'flink top takes options only, but got "job"', 'flink top --help'],
    [['savepoint', '--type', 'nativ', '5f0c'], 'Expected --type=nativ to be one of: canonical, native', 'flink savepoint --help'],
    [['run', '-x', 'job.ts'], 'unknown option -x of flink run', 'flink run --help'],
    [['run'], 'flink run needs a job file', 'flink run job.ts'],
    [['run', '-p'], 'flink run: Flag --parallelism expects a value', 'flink run --help'],
    [['run', '-p', '0', 'job.ts'], 'The parallelism must be a positive number: 0', '-p 2'],
    [['run', '-p', 'many', 'job.ts'], 'The parallelism must be a positive number: many', '-p 2'],
    [['run', '-n', 'job.ts'], '-n says how to go on from a snapshot, but none is named', '-s chk-50'],
    [['run', '-cm', 'mine', '-s', 'chk-1', 'job.ts'], 'Expected --claimMode=mine to be one of: claim, no_claim', 'flink run --help'],
    [['run', '--claimMode', 'NO_CLAIM', 'job.ts'], '--claimMode says how to go on from a snapshot, but none is named', '-s chk-50'],
    [['-s', 'chk-1', 'missing.ts'], 'the job file missing.ts does not exist', 'Paths are relative'],
    [['info', '-D', '=3', 'job.ts'], '-D needs key=value', '-D parallelism.default=2'],
    [['bundle', 'a.ts', 'b.ts'], 'flink bundle: Unexpected argument: b.ts', 'flink bundle --help'],
  ])('%j', async (words, message, hint) => {
    const { code, stdout, stderr } = await flink(words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Error \[(USAGE|JOB_FILE_MISSING)\] .*\n  hint     .*\n$/);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });

  it('says it as JSON when asked', async () => {
    const { code, stderr } = await flink(['run', '--json', '--nope', 'job.ts']);
    expect([code, JSON.parse(stderr)]).toMatchObject([2, { error: { code: 'USAGE', message: 'unknown option --nope of flink run', place: null, location: null, exit: 2 } }]);
  });
});
