/**
 * Numbers counted by key in windows of event time, into files: the job that crash tests kill.
 *
 *   --output <folder>, --count <numbers in all>, --rate <numbers a second and subtask>
 */
import { BasePathBucketAssigner, DataGeneratorSource, FileSink, OnCheckpointRollingPolicy, ParameterTool, ProcessWindowFunction, StreamExecutionEnvironment, TumblingEventTimeWindows, WatermarkStrategy } from 'flink-ts';
import type { Collector, ProcessWindowContext, TimeWindow } from 'flink-ts';

class Counted extends ProcessWindowFunction<number, string, number, TimeWindow> {
  process(key: number, context: ProcessWindowContext<TimeWindow>, numbers: readonly number[], out: Collector<string>): void {
    out.collect(`${key},${context.window().start},${numbers.length},${numbers.reduce((sum, n) => sum + n, 0)}`);
  }
}

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(50);
env.getConfig().setAutoWatermarkInterval(10);
const sink = FileSink.forRowFormat<string>(parameters.getRequired('output'), (line) => `${line}\n`)
  .withBucketAssigner(new BasePathBucketAssigner()).withRollingPolicy(new OnCheckpointRollingPolicy()).build();

env.fromSource(
  new DataGeneratorSource((n: number) => n, parameters.getInt('count'), parameters.getInt('rate')),
  WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => n), 'Numbers',
).uid('numbers')
  .keyBy((n) => n % 7)
  .window(TumblingEventTimeWindows.of(100))
  .process(new Counted()).uid('windows')
  .sinkTo(sink).uid('files');

await env.execute('Killed windows');
