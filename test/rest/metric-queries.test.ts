/** Metrics of several things in one figure, as Flink adds them up. */
import { describe, expect, it } from 'vitest';
import { aggregate, AGGREGATIONS, type Aggregation } from '../../src/rest/metric-queries.js';

const THREE = [new Map([['abc.metric1', 1]]), new Map([['abc.metric1', 3]]), new Map([['abc.metric2', 5]])];
const FIGURES: Readonly<Record<Aggregation, number>> = { min: 1, max: 3, avg: 2, sum: 4, skew: 50 };

describe('metrics over several things', () => {
  it('are named once each without get', () => expect(aggregate(THREE, undefined)).toEqual([{ id: 'abc.metric1' }, { id: 'abc.metric2' }]));

  it.each(AGGREGATIONS)('have %s, and no other figure, where it is asked for', (one) => {
    expect(aggregate(THREE, ['abc.metric1'], [one])).toEqual([{ id: 'abc.metric1', [one]: FIGURES[one] }]);
  });

  it('have those that are asked for, and all where none is', () => {
    expect(aggregate(THREE, ['abc.metric1'], ['min', 'max', 'avg'])).toEqual([{ id: 'abc.metric1', min: 1, max: 3, avg: 2 }]);
    expect(aggregate(THREE, ['abc.metric1'])).toEqual([{ id: 'abc.metric1', ...FIGURES }]);
  });

  it('that nobody has, or that are no numbers, are left out', () => {
    expect(aggregate([...THREE, new Map([['path', 'file:/x']])] as never, ['abc.metric2', 'nothing', 'path'], ['sum'])).toEqual([{ id: 'abc.metric2', sum: 5 }]);
  });
});
