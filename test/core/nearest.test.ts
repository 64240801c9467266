import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../src/core/nearest.js';

const commands = ['run', 'info', 'bundle', 'help'];

describe('did you mean', () => {
  it.each([['rnu', 'run'], ['inf', 'info'], ['budnle', 'bundle'], ['RUN', 'run'], ['bund', 'bundle']])('%s → %s', (given, meant) => expect(nearest(given, commands)).toEqual([meant]));
  it.each(['x', 'savepoint', 'zzz', ''])('says nothing about %j', (given) => expect(didYouMean(given, commands)).toBeUndefined());
  it('puts the closest first', () => expect(nearest('jbo.ts', ['jb.ts', 'jobs', 'job.ts', 'other.ts'], 2)).toEqual(['jb.ts', 'job.ts']));
});
