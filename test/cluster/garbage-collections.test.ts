import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { garbageCollections } from '../../src/cluster/garbage-collections.js';
import { eventually } from '../eventually.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;

const of = (name: string) => garbageCollections().find((collector) => collector.name === name)!;

it('counts collections of the whole heap and of the young generation apart, with the time that they took', async () => {
  expect(garbageCollections().map(({ name }) => name)).toEqual(['Scavenge', 'MarkCompact']);
  const before = of('MarkCompact');
  collect();
  await eventually(() => expect(of('MarkCompact').count).toBeGreaterThan(before.count));
  expect(of('MarkCompact').timeMs).toBeGreaterThan(before.timeMs);
  const young = of('Scavenge').count;
  collect({ type: 'minor' });
  await eventually(() => expect(of('Scavenge').count).toBeGreaterThan(young));
});
