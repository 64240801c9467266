import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deserializeError, ERROR_KINDS, type ErrorKind, FlinkError, serializeError } from '../../src/core/errors.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  it('lists exactly the codes of the registry, with what they say', () => {
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (.*)$/gm)].map(([, code, rest]) => `${code!} | ${rest!}`);
    const kinds: [string, ErrorKind][] = Object.entries(ERROR_KINDS);
    expect(rows).toEqual(kinds.map(([code, { domain, retry, summary, hint }]) => `${code} | ${domain} | ${retry} | ${summary} | ${hint} |`));
  });
});

describe('an error on its way to another thread', () => {
  it('arrives with code, hint, place, location, stack and causes', () => {
    const error = new FlinkError('USER_FUNCTION', 'TypeError: boom', {
      cause: new TypeError('boom', { cause: new RangeError('deep') }),
      hint: 'mend it',
      place: { operator: 'Map', subtask: 1, parallelism: 2, record: '7' },
      location: { file: 'job.ts', line: 3, column: 5 },
    });
    const arrived = deserializeError(structuredClone(serializeError(error))) as FlinkError;
    expect(arrived).toBeInstanceOf(FlinkError);
    expect(arrived).toMatchObject({ code: 'USER_FUNCTION', message: 'TypeError: boom', hint: 'mend it', place: error.place, location: error.location, stack: error.stack });
    expect(arrived.cause).toMatchObject({ name: 'TypeError', message: 'boom', cause: { name: 'RangeError', message: 'deep' } });
  });

  it('keeps the hint of its kind when it has none of its own', () => {
    expect(new FlinkError('CONNECTION', 'refused').hint).toBe(ERROR_KINDS.CONNECTION.hint);
  });

  it.each([['text', 'text'], [{ a: 1 }, '{"a":1}'], [undefined, 'undefined'], [10n, '10']])('takes thrown values that are no errors: %o', (thrown, message) => {
    expect(deserializeError(serializeError(thrown)).message).toBe(message);
  });

  it('does not follow causes without end', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    expect(JSON.stringify(serializeError(loop)).length).toBeLessThan(20_000);
  });
});
