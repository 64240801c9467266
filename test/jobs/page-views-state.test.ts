/**
 * Page views in keyed state, against the same counts made with two Maps.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

/** What the job prints for one app, in order. */
function countedByHand(app: string): string[] {
  const pages = new Map<string, number>();
  const views = readFileSync('jobs/data/page-views.csv', 'utf8').split('\n').map((line) => line.split(',')).filter(([, , appId]) => appId === app);
  return views.map(([, , , page = ''], index) => {
    pages.set(page, (pages.get(page) ?? 0) + 1);
    return `${app} ${index + 1}, ${page} ${pages.get(page)}`;
  });
}

it.each(['1', '3'])('counts the views of each app and of its pages apart from the others’, at parallelism %s', async (parallelism) => {
  const lines = await linesOf(flink(['run', '-q', '-p', parallelism, 'jobs/page-views-state.ts']));
  for (const app of ['shop', 'news']) expect(lines.filter((line) => line.startsWith(app))).toEqual(countedByHand(app));
  expect(lines.find((line) => line.startsWith('shop 11,'))).toBe('shop 11, / 4');
  expect(lines).toHaveLength(20);
});
