import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OptionTable, splitAtJobFile, withKnownChoices, withTwoDashes } from '../../../src/client/command-line/job-arguments.js';

const table: OptionTable = {
  parallelism: { type: 'option', char: 'p' },
  define: { type: 'option', char: 'D' },
  quiet: { type: 'boolean', char: 'q' },
  verbose: { type: 'boolean', char: 'v' },
  json: { type: 'boolean' },
  'result-file': { type: 'option' },
  claimMode: { type: 'option', aliases: ['cm'] },
};
const split = (line: string): unknown => {
  const { options, jobFile, programArguments } = splitAtJobFile(line.split(' ').filter(Boolean), table);
  return [options.join(' '), jobFile, programArguments.join(' ')];
};

describe('the words after flink run', () => {
  it.each([
    ['job.ts', ['', 'job.ts', '']],
    ['-p 2 job.ts --input x -p 9', ['-p 2', 'job.ts', '--input x -p 9']],
    ['-p2 job.ts', ['-p2', 'job.ts', '']],
    ['--parallelism=2 job.ts --help', ['--parallelism=2', 'job.ts', '--help']],
    ['--parallelism 2 job.ts', ['--parallelism 2', 'job.ts', '']],
    ['-Da=b -D c=d --define e=f job.ts g=h', ['-Da=b -D c=d --define e=f', 'job.ts', 'g=h']],
    ['-qv --json job.ts -q', ['-qv --json', 'job.ts', '-q']],
    ['-qp 2 job.ts', ['-qp 2', 'job.ts', '']],
    ['--result-file out.json job.ts', ['--result-file out.json', 'job.ts', '']],
    ['-q -- -odd-name.ts -- x', ['-q', '-odd-name.ts', '-- x']],
    ['--unknown job.ts x', ['--unknown', 'job.ts', 'x']],
    ['-result-file out.json -json job.ts -json', ['-result-file out.json -json', 'job.ts', '-json']],
    ['-cm claim -claimMode claim job.ts', ['-cm claim -claimMode claim', 'job.ts', '']],
    ['-q', ['-q', undefined, '']],
    ['', ['', undefined, '']],
  ])('%s', (line, expected) => expect(split(line)).toEqual(expected));

  it('leave the program whatever it is given, word for word', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(splitAtJobFile(['-p', '2', 'job.ts', ...words], table).programArguments).toEqual(words);
      }),
    );
  });
});

describe('a long name behind one dash', () => {
  it.each([
    [['-parallelism', '2'], ['--parallelism', '2']],
    [['-result-file=x', '-q', '-p2'], ['--result-file=x', '-q', '-p2']],
    [['-cm', 'claim'], ['--cm', 'claim']],
    [['-unknown', '-Dkey=value'], ['-unknown', '-Dkey=value']],
    [['-json', '--', '-json'], ['--json', '--', '-json']],
  ])('%j is %j', (words, expected) => expect(withTwoDashes(words, table)).toEqual(expected));
});

describe('a word that an option knows', () => {
  const known = { type: { type: 'option', options: ['canonical', 'native'] }, claimMode: { type: 'option', aliases: ['cm'], options: ['claim', 'no_claim'] }, drain: { type: 'boolean' } } as const;
  it.each([
    [['--type', 'NATIVE', 'Native'], ['--type', 'native', 'Native']], [['--type=Canonical'], ['--type=canonical']], [['--cm', 'No_Claim'], ['--cm', 'no_claim']], [['--type', 'NATIV'], ['--type', 'NATIV']],
    [['--drain', 'NATIVE'], ['--drain', 'NATIVE']],
  ])('may be written in any case: %j', (words, expected) => expect(withKnownChoices(words, known)).toEqual(expected));
});

describe('the beginning of a long name behind two dashes', () => {
  it.each([
    [['--par', '2'], ['--parallelism', '2']],
    [['--res=x'], ['--result-file=x']],
    [['--claim', 'no'], ['--claimMode', 'no']],
    [['--quietly', '-par'], ['--quietly', '-par']],
  ])('that means one option is %j: %j', (words, expected) => expect(withTwoDashes(words, table)).toEqual(expected));

  it('that means several is nobody’s', () => {
    expect(withTwoDashes(['--set'], { setOne: { type: 'boolean' }, setTwo: { type: 'boolean' } })).toEqual(['--set']);
  });

  it('takes its value with it', () => expect(split('--par 2 job.ts')).toEqual(['--par 2', 'job.ts', '']));
});
