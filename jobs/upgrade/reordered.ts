/** The order of two operators has changed; each finds its state by its uid. See first.ts. */
import { StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
import { Count, lineOf, numbers, Sum, tallyOf } from './counting.js';

const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .fromSource(numbers, WatermarkStrategy.noWatermarks(), 'Numbers').uid('numbers')
  .map(tallyOf).uid('tally')
  .keyBy('digit').process(new Sum()).uid('sum')
  .keyBy('digit').process(new Count()).uid('count')
  .map(lineOf).uid('line')
  .print().uid('print');

await env.execute('Upgrade');
