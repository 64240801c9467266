import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Channel, channelsOf } from '../../src/graph/wiring.js';

const pairs = (channels: Channel[]) => channels.map(({ producer, consumer }) => `${producer}->${consumer}`).join(' ');
const sizes = fc.integer({ min: 1, max: 70 });
const pointwise = fc.constantFrom('FORWARD' as const, 'RESCALE' as const);

describe('channelsOf', () => {
  it('wires forward one to one', () => {
    expect(pairs(channelsOf({ partitioning: 'FORWARD' }, 3, 3))).toBe('0->0 1->1 2->2');
  });

  it('wires rescale by Flink\'s formula in both directions', () => {
    expect(pairs(channelsOf({ partitioning: 'RESCALE' }, 3, 4))).toBe('0->0 0->1 1->2 2->3');
    expect(pairs(channelsOf({ partitioning: 'RESCALE' }, 2, 4))).toBe('0->0 0->1 1->2 1->3');
    expect(pairs(channelsOf({ partitioning: 'RESCALE' }, 4, 3))).toBe('0->0 1->1 2->2 3->2');
    expect(pairs(channelsOf({ partitioning: 'RESCALE' }, 4, 1))).toBe('0->0 1->0 2->0 3->0');
  });

  it('wires every other partitioning all to all', () => {
    for (const partitioning of ['REBALANCE', 'SHUFFLE', 'BROADCAST', 'GLOBAL', 'HASH', 'CUSTOM'] as const) {
      expect(pairs(channelsOf({ partitioning }, 2, 2))).toBe('0->0 0->1 1->0 1->1');
    }
  });

  it('leaves no subtask of either side without a channel, and the larger side with exactly one each', () => {
    fc.assert(fc.property(pointwise, sizes, sizes, (partitioning, sources, targets) => {
      const channels = channelsOf({ partitioning }, sources, targets);
      const producers = new Set(channels.map((channel) => channel.producer));
      const consumers = new Set(channels.map((channel) => channel.consumer));
      return producers.size === sources && consumers.size === targets && channels.length === Math.max(sources, targets);
    }));
  });

  it('orders channels by producer, then consumer', () => {
    fc.assert(fc.property(fc.constantFrom('RESCALE' as const, 'HASH' as const), sizes, sizes, (partitioning, sources, targets) => {
      const keys = channelsOf({ partitioning }, sources, targets).map(({ producer, consumer }) => producer * 1000 + consumer);
      return keys.every((key, i) => i === 0 || key > (keys[i - 1] ?? 0));
    }));
  });
});
