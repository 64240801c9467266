/** What is refused before the parser sees it. */
import { describe, expect, it } from 'vitest';
import type { OptionTable } from '../../../src/client/command-line/job-arguments.js';
import { foreignOption, misspeltOption } from '../../../src/client/command-line/usage-error.js';

const table: OptionTable = {
  detached: { type: 'boolean' }, drain: { type: 'boolean', char: 'd' }, type: { type: 'option' }, target: { type: 'option', char: 't', aliases: ['executor'], charAliases: ['e'] },
  quiet: { type: 'boolean', char: 'q' }, verbose: { type: 'boolean', char: 'v' }, define: { type: 'option', char: 'D' }, savepointPath: { type: 'option', char: 's', aliases: ['sp'] },
};

describe('a long name behind one dash', () => {
  it.each([['-detahced', 'detached'], ['-quite', 'quiet'], ['-verbsoe=1', 'verbose'], ['-drian', 'drain']])('that is misspelt, %s, is refused with the one that is meant', (word, meant) => {
    expect(misspeltOption(['x', word], 'stop', table)).toMatchObject({ code: 'USAGE', message: `unknown option ${word.replace(/=.*/, '')} of flink stop`, hint: `Did you mean "-${meant}"? See \`flink stop --help\`.` });
  });

  it.each([['-detached'], ['-type'], ['-executor'], ['-qvqv'], ['-Dtype'], ['-tremote'], ['-sfolder'], ['--detahced'], ['-abcdef'], ['-q'], ['detahced']])('%s is left to the parser', (word) => expect(misspeltOption([word], 'stop', table)).toBeUndefined());

  it('is not looked for behind --', () => expect(misspeltOption(['--', '-detahced'], 'stop', table)).toBeUndefined());
});

describe('an option for Java or Python', () => {
  it.each([['-C'], ['--classpath=x'], ['-pyFiles'], ['--pyExecutable']])('%s is named as such', (word) => expect(foreignOption([word], 'run')?.message).toContain(`flink run has no ${word.replace(/=.*/, '')}: that is for programs in`));
  it.each([['-c'], ['-p'], ['-Cx'], ['pyFiles']])('%s is none', (word) => expect(foreignOption([word], 'run')).toBeUndefined());
});
