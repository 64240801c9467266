/** Two operators are new: a filter without state, and a second count, which starts empty. See first.ts. */
import { StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
import { Count, lineOf, numbers, Sum, type Tally, tallyOf } from './counting.js';

const env = StreamExecutionEnvironment.getExecutionEnvironment();

const sums = env
  .fromSource(numbers, WatermarkStrategy.noWatermarks(), 'Numbers').uid('numbers')
  .map(tallyOf).uid('tally')
  .filter(({ digit }) => digit < 10).uid('digits')
  .keyBy('digit').process(new Count()).uid('count')
  .keyBy('digit').process(new Sum()).uid('sum');

sums.map(lineOf).uid('line').print().uid('print');

sums
  .keyBy('digit').process(new Count()).uid('since the upgrade')
  .map(({ digit, count }: Tally) => `digit ${digit}: ${count} numbers since the upgrade`).uid('new line')
  .print().uid('new print');

await env.execute('Upgrade');
