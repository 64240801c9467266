/**
 * An operator with state is gone. Going on from a snapshot of the first version is refused, for the sums would be lost
 * silently; `flink run -n` drops them. See first.ts.
 */
import { StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
import { Count, numbers, tallyOf } from './counting.js';

const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .fromSource(numbers, WatermarkStrategy.noWatermarks(), 'Numbers').uid('numbers')
  .map(tallyOf).uid('tally')
  .keyBy('digit').process(new Count()).uid('count')
  .map(({ digit, count }) => `digit ${digit}: ${count} numbers`).uid('line')
  .print().uid('print');

await env.execute('Upgrade');
