/**
 * Each partitioning sends every number where its rule says.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

interface Arrival {
  readonly partitioning: string;
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8];

describe('the partitioning job', () => {
  let arrivals: Arrival[];
  beforeAll(async () => {
    arrivals = (await linesOf(flink(['run', 'jobs/partitioning.ts']))).map((line) => {
      const [, partitioning, number, from, to] = /^(\w+) (\d+): subtask (\d) -> subtask (\d)$/.exec(line) ?? [];
      return { partitioning: partitioning ?? line, number: Number(number), from: Number(from), to: Number(to) };
    });
  });

  const of = (partitioning: string): Arrival[] => arrivals.filter((arrival) => arrival.partitioning === partitioning).sort((a, b) => a.number - b.number || a.to - b.to);

  it.each(['global', 'forward', 'shuffle', 'rebalance', 'rescale', 'keyGroup', 'custom'])('%s delivers every number once', (partitioning) => {
    expect(of(partitioning).map(({ number }) => number)).toEqual(NUMBERS);
  });

  it('broadcast delivers every number to every receiver', () => {
    expect(of('broadcast').map(({ number, to }) => [number, to])).toEqual(NUMBERS.flatMap((number) => [0, 1, 2, 3].map((to) => [number, to])));
  });

  it('global sends all to the first', () => expect(of('global').every(({ to }) => to === 0)).toBe(true));

  it('forward keeps the subtask', () => expect(of('forward').every(({ from, to }) => from === to)).toBe(true));

  it('rebalance deals each sender’s numbers out in turn, to all receivers alike', () => {
    for (const sender of [0, 1]) expect(new Set(of('rebalance').filter(({ from }) => from === sender).map(({ to }) => to)).size).toBe(4);
  });

  it('rescale deals in turn within the sender’s own half of the receivers', () => {
    for (const sender of [0, 1]) {
      const receivers = of('rescale').filter(({ from }) => from === sender).map(({ to }) => to);
      expect([...new Set(receivers)].sort()).toEqual([2 * sender, 2 * sender + 1]);
    }
  });

  it('keyBy sends by Flink’s key group', () => {
    expect(of('keyGroup').map(({ number, to }) => [number, to])).toEqual([[1, 2], [2, 3], [3, 3], [4, 0], [5, 3], [6, 0], [7, 3], [8, 0]]);
  });

  it('a custom partitioner decides by itself', () => {
    expect(of('custom').map(({ number, to }) => [number, to])).toEqual(NUMBERS.map((number) => [number, number % 4]));
  });
});
