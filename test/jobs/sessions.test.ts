/**
 * Sessions: views of a user with less than the gap between them are one session.
 */
import { expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

const VIEWS = ['09:00:00', '09:05:00', '09:10:01', '09:02:30'].map((time) => `2024-05-01T${time}Z,ann,shop,/${time}\n`).join('');

it.each(['1', '3'])('puts the views of a user without a gap of 5 minutes into one session, at parallelism %s', async (parallelism) => {
  const lines = await linesOf(flink(['run', '-q', '-p', parallelism, 'jobs/sessions.ts']));
  expect(lines.sort()).toEqual([
    'ann 09:00:10 / /hats /hats',
    'ann 09:12:00 / /cart',
    'ben 09:00:40 / /sport /sport',
    'ben 09:12:50 /',
    'cid 09:01:00 /hats /cart /',
    'cid 09:20:00 / /',
    'dee 09:03:50 /sport / /sport',
    'dee 09:21:15 /sport',
    'eve 09:13:10 /hats /cart',
  ]);
});

it('joins two sessions when a view comes that lies between them; exactly one gap apart is one session', async () => {
  const run = (gap: string): Promise<string[]> => linesOf(flink(['run', '-q', 'jobs/sessions.ts', '--input', '-', '--gap', gap], VIEWS));
  expect(await run('5 min')).toEqual(['ann 09:00:00 /09:00:00 /09:02:30 /09:05:00', 'ann 09:10:01 /09:10:01']);
  expect(await run('150 s')).toEqual(['ann 09:00:00 /09:00:00 /09:02:30 /09:05:00', 'ann 09:10:01 /09:10:01']);
  expect(await run('149 s')).toHaveLength(4);
});
