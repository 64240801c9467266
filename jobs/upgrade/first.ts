/**
 * The first version of a job that is upgraded while it keeps its state: numbers counted and added up by their last digit.
 * Every operator has a uid, by which a later version finds its state.
 *
 *   flink run jobs/upgrade/first.ts --count 100000                    in one terminal
 *   flink stop -p savepoints Upgrade                                  in another
 *   flink run -s savepoints/savepoint-… jobs/upgrade/reordered.ts     or any other version
 */
import { StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
import { Count, lineOf, numbers, Sum, tallyOf } from './counting.js';

const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .fromSource(numbers, WatermarkStrategy.noWatermarks(), 'Numbers').uid('numbers')
  .map(tallyOf).uid('tally')
  .keyBy('digit').process(new Count()).uid('count')
  .keyBy('digit').process(new Sum()).uid('sum')
  .map(lineOf).uid('line')
  .print().uid('print');

await env.execute('Upgrade');
