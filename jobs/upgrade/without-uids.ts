/**
 * The same job without uids: operators are known by their place in the graph, so one more operator in front (`--more`)
 * gives those behind it other names, and their state is not found. See first.ts.
 */
import { StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
import { Count, lineOf, numbers, Sum, tallyOf } from './counting.js';

const env = StreamExecutionEnvironment.getExecutionEnvironment();

const tallies = env.fromSource(numbers, WatermarkStrategy.noWatermarks(), 'Numbers').map(tallyOf);

(process.argv.includes('--more') ? tallies.filter(({ digit }) => digit < 10) : tallies)
  .keyBy('digit').process(new Count())
  .keyBy('digit').process(new Sum())
  .map(lineOf)
  .print();

await env.execute('Upgrade');
