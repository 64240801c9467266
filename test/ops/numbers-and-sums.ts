/**
 * Numbers as they come, and how many of them fell into each window of a hundred milliseconds: two sets of files that must
 * agree, whatever happened to the job between them. It runs until it is stopped.
 *
 *   --output <folder>   where `numbers` and `counts` are made
 *   --rate <n>          how many a second, 500 by default
 */
import { BasePathBucketAssigner, DataGeneratorSource, FileSink, OnCheckpointRollingPolicy, ParameterTool, StreamExecutionEnvironment, TumblingEventTimeWindows, WatermarkStrategy } from 'flink-ts';

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const output = parameters.getRequired('output');
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(200);

const files = (name: string): FileSink<string> =>
  FileSink.forRowFormat<string>(`${output}/${name}`, (line) => `${line}\n`).withBucketAssigner(new BasePathBucketAssigner()).withRollingPolicy(new OnCheckpointRollingPolicy()).build();

// Number n is n milliseconds old.
const numbers = env.fromSource(
  new DataGeneratorSource((index) => index, 1_000_000_000, parameters.getInt('rate', 500)),
  WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((value) => value),
  'Numbers',
);
numbers.map((value) => String(value)).sinkTo(files('numbers'));
numbers
  .map((value) => ({ digit: value % 10, count: 1 }))
  .keyBy('digit')
  .window(TumblingEventTimeWindows.of('100 ms'))
  .reduce(
    (left, right) => ({ digit: left.digit, count: left.count + right.count }),
    (digit, window, [sum], out) => out.collect(`${window.getStart()},${digit},${sum!.count}`),
  )
  .sinkTo(files('counts'));

await env.execute('Numbers and sums');
