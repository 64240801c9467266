import { describe, expect, it } from 'vitest';
import { unreadable } from '../../../src/connectors/file/unreadable.js';
import { unwritable } from '../../../src/connectors/file/unwritable.js';

const systemError = (code: string, message = 'raw message'): Error => Object.assign(new Error(message), { code });

describe('the error of a file that cannot be opened', () => {
  it('gives the reason in words and says what to do', () => {
    expect(unreadable('/secret', systemError('EACCES'))).toMatchObject({
      code: 'INPUT_UNREADABLE', message: 'Cannot read /secret: permission denied', hint: 'Give the user that runs the job the right to read it.',
    });
    expect(unwritable('/secret/out', systemError('EACCES'))).toMatchObject({
      code: 'OUTPUT_UNWRITABLE', message: 'Cannot write /secret/out: permission denied', hint: 'Give the user that runs the job the right to write there.',
    });
  });

  it('calls standard input by its name', () => {
    expect(unreadable('-', systemError('EISDIR')).message).toBe('Cannot read standard input: it is a folder');
  });

  it('falls back on what the system says, and keeps it as the cause', () => {
    const cause = systemError('EWHATEVER', 'something rare');
    expect(unreadable('x', cause)).toMatchObject({ message: 'Cannot read x: something rare', cause });
    expect(unwritable('x', 'odd').message).toBe('Cannot write x: odd');
  });
});
