import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConfigOption } from '../../src/core/configuration.js';
import { ALL_OPTIONS, BufferTimeout, findOption, GlobalJobParameters, MaxParallelism, NetworkMemory, ParallelismDefault, RuntimeMode } from '../../src/core/options.js';
import { formatDuration } from '../../src/core/time.js';

const page = new URL('../../docs/configuration.md', import.meta.url);
const TABLE = /(<!-- options:[^\n]*-->\n)(.*?)(<!-- \/options -->)/s;

function defaultText({ defaultValue, allowed }: ConfigOption<unknown>): string {
  if (defaultValue === undefined) return '(none)';
  if (allowed.startsWith('a duration')) return formatDuration(defaultValue as number);
  if (allowed.startsWith('a size')) return `${(defaultValue as number) / 1024 ** 2}mb`;
  return typeof defaultValue === 'object' ? '(empty)' : String(defaultValue);
}

function optionsTable(): string {
  const rows = [...ALL_OPTIONS].sort((a, b) => (a.key < b.key ? -1 : 1)).map((option) => {
    const older = option.deprecatedKeys.length > 0 ? ` Older spelling: ${option.deprecatedKeys.map((key) => `\`${key}\``).join(', ')}.` : '';
    return `| \`${option.key}\` | ${defaultText(option)} | ${option.allowed} | ${option.description}${older} |`;
  });
  return ['| Key | Default | Allowed | Meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

describe('docs/configuration.md', () => {
  it('lists exactly the options the engine knows, with their defaults', () => {
    if (process.env['UPDATE_DOCS']) writeFileSync(page, readFileSync(page, 'utf8').replace(TABLE, (_, head: string, __, tail: string) => head + optionsTable() + tail));
    const written = TABLE.exec(readFileSync(page, 'utf8'))?.[2];
    expect(written, 'run UPDATE_DOCS=1 npx vitest run test/core/options.test.ts').toBe(optionsTable());
  });
});

describe('options', () => {
  it('have keys of their own, older spellings included', () => {
    const keys = ALL_OPTIONS.flatMap(({ key, deprecatedKeys }) => [key, ...deprecatedKeys]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('accept their own default', () => {
    const set = ALL_OPTIONS.filter(({ defaultValue }) => defaultValue !== undefined);
    expect(set.map((option) => [option.key, option.parse(option.defaultValue)])).toEqual(set.map(({ key, defaultValue }) => [key, defaultValue]));
  });

  it('are found by their present and their older spelling', () => {
    expect(findOption('parallelism.default')).toBe(ParallelismDefault);
    expect(findOption('execution.buffer-timeout.interval')).toBe(BufferTimeout);
    expect(findOption('parallelism')).toBeUndefined();
  });

  it.each([
    [ParallelismDefault, ['1', 4, ' 32768 '], ['0', '-1', '32769', '1.5', '', 'two', true, null, [1]]],
    [MaxParallelism, ['-1', 1, 32768], [0, '0', -2, 32769, 'x']],
    [RuntimeMode, ['STREAMING', 'batch', 'Automatic'], ['STREAM', '', 3]],
    [BufferTimeout, ['0', '-1', '5 s', '100ms'], ['-2', 'soon', true]],
    [NetworkMemory, ['64mb', '1 GB', 1024], ['0', '-5mb', '64 apples', '']],
  ] as const)('%o takes what it says and nothing else', (option, good, bad) => {
    expect(good.filter((raw) => option.parse(raw) === undefined)).toEqual([]);
    expect(bad.filter((raw) => option.parse(raw) !== undefined)).toEqual([]);
  });

  it('takes a map as YAML or as text', () => {
    expect(GlobalJobParameters.parse({ a: 1, b: 'x' })).toEqual({ a: '1', b: 'x' });
    expect(GlobalJobParameters.parse('a:1, b:x:y')).toEqual({ a: '1', b: 'x:y' });
    expect(GlobalJobParameters.parse('a')).toBeUndefined();
    expect(GlobalJobParameters.parse(['a'])).toBeUndefined();
  });
});
