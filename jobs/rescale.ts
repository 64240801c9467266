/**
 * Sums of numbers by key and window, in a job that is stopped and goes on with another parallelism: keys, windows and
 * timers are dealt out anew, and every window still comes out once.
 *
 *   flink run jobs/rescale.ts --count 100000                      in one terminal
 *   flink stop -p savepoints Rescale                              in another
 *   flink run -p 4 -s savepoints/savepoint-… jobs/rescale.ts --count 100000
 *
 *   --count <n>   how many numbers, 2000 by default
 *   --rate <n>    how many a second, shared by the subtasks, 1000 by default
 */
import { DataGeneratorSource, ParameterTool, StreamExecutionEnvironment, TumblingEventTimeWindows, WatermarkStrategy } from 'flink-ts';

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.setMaxParallelism(128);

const numbers = new DataGeneratorSource((index) => index, parameters.getInt('count', 2000), parameters.getInt('rate', 1000));
// Number n is n milliseconds old; subtasks read different stretches, so event time waits for the last of them.
const strategy = WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((value) => value);

env
  .fromSource(numbers, strategy, 'Numbers')
  .uid('numbers')
  .map((value) => ({ key: value % 7, value }))
  .keyBy('key')
  .window(TumblingEventTimeWindows.of('100 ms'))
  .reduce(
    (left, right) => ({ key: left.key, value: left.value + right.value }),
    (key, window, [sum], out) => out.collect(`${window.getStart()} ${key} ${sum!.value}`),
  )
  .uid('sums')
  .print()
  .uid('print');

await env.execute('Rescale');
