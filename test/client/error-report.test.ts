import { describe, expect, it } from 'vitest';
import { errorJson, renderError, reportError } from '../../src/client/error-report.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { paintFor, PLAIN, wantsColour } from '../../src/client/terminal.js';
import type { UserSources } from '../../src/client/user-stack.js';
import { FlinkError } from '../../src/core/errors.js';

const sources = {
  locate: (stack: string) => Promise.resolve(stack.includes('TypeError') ? { file: 'job.ts', line: 12, column: 17, text: '  return value.name.length;' } : undefined),
  rewrite: (stack: string) => Promise.resolve(stack),
} as unknown as UserSources;

const failed = new FlinkError('USER_FUNCTION', "TypeError: Cannot read properties of undefined (reading 'length')", {
  cause: new TypeError("Cannot read properties of undefined (reading 'length')"),
  place: { operator: 'Map', subtask: 1, parallelism: 4, record: '{ a: 1 }' },
});

describe('an error told to people', () => {
  it('is one paragraph: what, operator, subtask, record, line and hint', async () => {
    expect(renderError(await reportError(failed, EXIT.failed, sources), PLAIN, false)).toBe(
      [
        "Error [USER_FUNCTION] TypeError: Cannot read properties of undefined (reading 'length')",
        '  in       operator "Map" (subtask 2 of 4)',
        '  record   { a: 1 }',
        '  at       job.ts:12:17',
        '           12 |   return value.name.length;',
        '              |                 ^',
        '  hint     Mend the function, or handle the record that it could not take.',
      ].join('\n'),
    );
  });

  it('shows the stack, causes included, only when asked for', async () => {
    const report = await reportError(failed, EXIT.failed, sources);
    expect(renderError(report, PLAIN, false)).not.toContain('    at ');
    expect(renderError(report, PLAIN, true)).toMatch(/FlinkError: (.|\n)*    at (.|\n)*Caused by: TypeError: /);
  });

  it('names causes its message does not repeat', async () => {
    const error = new FlinkError('INPUT_UNREADABLE', 'cannot read words.txt', { cause: new Error('EACCES: permission denied\nand more') });
    expect(renderError(await reportError(error, EXIT.failed), PLAIN, false)).toContain('  because  EACCES: permission denied\n');
  });

  it('without a code is a fault of the engine', async () => {
    expect(await reportError(new RangeError('off by one'), EXIT.notStarted)).toMatchObject({ code: 'INTERNAL', message: 'RangeError: off by one', hint: expect.stringContaining('report') });
    expect(await reportError('text', EXIT.notStarted)).toMatchObject({ message: 'text' });
    expect(await reportError(undefined, EXIT.notStarted)).toMatchObject({ message: 'undefined' });
  });

  it('keeps a known place before one found in a stack', async () => {
    const error = new FlinkError('JOB_COMPILE', 'x', { location: { file: 'a.ts', line: 1 }, cause: new TypeError('y') });
    expect(renderError(await reportError(error, EXIT.notStarted, sources), PLAIN, false)).toContain('at       a.ts:1\n');
  });
});

describe('an error told to programs', () => {
  it('holds code, message, hint, place, location and exit code', async () => {
    expect(errorJson(await reportError(failed, EXIT.failed, sources))).toEqual({
      error: { code: 'USER_FUNCTION', message: failed.message, hint: failed.hint, place: failed.place, location: { file: 'job.ts', line: 12, column: 17 }, exit: 1 },
    });
    expect(errorJson(await reportError(new FlinkError('USAGE', 'm'), EXIT.notStarted))).toMatchObject({ error: { place: null, location: null, exit: 2 } });
  });
});

describe('colours', () => {
  it.each([
    [true, { FORCE_COLOR: '1' }, true, false], [false, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false], [false, { FORCE_COLOR: '1' }, false, true],
    [false, { FORCE_COLOR: '0' }, true, false], [false, {}, true, true], [false, {}, false, false], [false, { TERM: 'dumb' }, true, false], [false, { NO_COLOR: '' }, true, true],
  ] as const)('with --no-color %s, %j and a terminal %s: %s', (refused, environment, isTTY, wanted) => expect(wantsColour(refused, environment, isTTY)).toBe(wanted));

  it('are loaded only when wanted', async () => {
    expect(await paintFor({ colour: false } as never)).toBe(PLAIN);
    expect((await paintFor({ colour: true } as never)).bad('x')).toBe('\u001B[31mx\u001B[39m');
  });
});
