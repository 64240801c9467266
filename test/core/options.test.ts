import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Configuration, type ConfigOption } from '../../src/core/configuration.js';
import { ALL_OPTIONS, BufferTimeout, findOption, optionOf, ParallelismDefault } from '../../src/core/options.js';
import { formatDuration } from '../../src/core/time.js';
import { readValue } from '../../src/core/value-types.js';

const page = new URL('../../docs/configuration.md', import.meta.url);
const TABLE = /(<!-- options:[^\n]*-->\n)(.*?)(<!-- \/options -->)/s;

function defaultText({ defaultValue, type: { allowed } }: ConfigOption<unknown>): string {
  if (defaultValue === undefined) return '(none)';
  if (allowed.startsWith('a duration')) return formatDuration(defaultValue as number);
  if (allowed.startsWith('a size')) return (defaultValue as number) % 1024 ** 2 === 0 ? `${(defaultValue as number) / 1024 ** 2}mb` : `${(defaultValue as number) / 1024}kb`;
  return typeof defaultValue === 'object' ? '(empty)' : String(defaultValue);
}

function optionsTable(): string {
  const rows = [...ALL_OPTIONS].sort((a, b) => (a.key < b.key ? -1 : 1)).map((option) => {
    const older = option.deprecatedKeys.length > 0 ? ` Older spelling: ${option.deprecatedKeys.map((key) => `\`${key}\``).join(', ')}.` : '';
    return `| \`${option.key}\` | ${defaultText(option)} | ${option.type.allowed} | ${option.description}${older} |`;
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
    expect(set.map((option) => [option.key, readValue(option.type, option.defaultValue)])).toEqual(set.map(({ key, defaultValue }) => [key, defaultValue]));
  });

  it('are found by their present and their older spelling', () => {
    expect(findOption('parallelism.default')).toBe(ParallelismDefault);
    expect(findOption('execution.buffer-timeout.interval')).toBe(BufferTimeout);
    expect(findOption('parallelism')).toBeUndefined();
  });

  it('are named in the error when a key is none of them', () => {
    expect(() => optionOf('pipeline.nam', 'the test')).toThrow(expect.objectContaining({
      code: 'CONFIGURATION', message: 'unknown configuration key "pipeline.nam" (the test)', hint: expect.stringContaining('Did you mean "pipeline.name"?'),
    }));
  });

  it.each(ALL_OPTIONS.map((option) => [option.key, option] as const))('%s says what is allowed when it is given something else', (key, option) => {
    for (const [raw, is] of [[Symbol('x'), 'is Symbol(x)'], [null, 'has no value'], [[1], 'is [ 1 ]']] as const) {
      expect(() => new Configuration().setRaw(option, raw, 'the test')).toThrow(expect.objectContaining({ code: 'CONFIGURATION', message: `${key} ${is} (the test), but must be ${option.type.allowed}` }));
    }
  });
});
