/**
 * Numbers counted by key in windows of event time, into files: slowly until a file appears, and then as fast as they go.
 * A test does to the machine meanwhile what it likes, and knows that the job does not end before.
 *
 *   --output <folder>, --count <numbers in all>, --release <file>, --name <of the job>
 *
 * Beside it timers of the machine's clock ring; each ring is told on standard output.
 */
import { BasePathBucketAssigner, DataGeneratorSource, FileSink, KeyedProcessFunction, OnCheckpointRollingPolicy, ParameterTool, ProcessWindowFunction, StreamExecutionEnvironment, TumblingEventTimeWindows, WatermarkStrategy } from 'flink-ts';
import type { Collector, KeyedProcessContext, ProcessWindowContext, TimeWindow } from 'flink-ts';
import { steeredClock } from './steered-clock.js';

class Counted extends ProcessWindowFunction<number, string, number, TimeWindow> {
  process(key: number, context: ProcessWindowContext<TimeWindow>, numbers: readonly number[], out: Collector<string>): void {
    out.collect(`${key},${context.window().start},${numbers.length},${numbers.reduce((sum, n) => sum + n, 0)}`);
  }
}

const RING_MS = 100;

class Ringing extends KeyedProcessFunction<string, number, string> {
  private set = false;
  processElement(_n: number, context: KeyedProcessContext<string>): void {
    if (this.set) return;
    this.set = true;
    context.timerService().registerProcessingTimeTimer(context.timerService().currentProcessingTime() + RING_MS);
  }
  override onTimer(_timestamp: number, context: KeyedProcessContext<string>, out: Collector<string>): void {
    out.collect('ring');
    context.timerService().registerProcessingTimeTimer(context.timerService().currentProcessingTime() + RING_MS);
  }
}

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
/** Numbers a second, until they are released. */
const RATE = 500;

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(50);
env.getConfig().setAutoWatermarkInterval(10);
const sink = FileSink.forRowFormat<string>(parameters.getRequired('output'), (line) => `${line}\n`)
  .withBucketAssigner(new BasePathBucketAssigner()).withRollingPolicy(new OnCheckpointRollingPolicy()).build();
const numbers = env.fromSource(
  new DataGeneratorSource((n) => n, parameters.getInt('count'), RATE, steeredClock(parameters.getRequired('release'))),
  WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => n), 'Numbers',
).uid('numbers');

numbers.keyBy((n) => n % 7).window(TumblingEventTimeWindows.of(100)).process(new Counted()).uid('windows').sinkTo(sink).uid('files');
numbers.keyBy(() => 'all').process(new Ringing()).uid('rings').print().uid('told');

await env.execute(parameters.get('name', 'Steered'));
