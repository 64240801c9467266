/**
 * Counts numbers by key in state of the backend `level`, far more of it than its first batch, and writes each count into
 * files: slowly until a file appears, and then as fast as it goes.
 *
 *   --output <folder>, --count <numbers in all>, --release <file>, --name <of the job>
 */
import { BasePathBucketAssigner, DataGeneratorSource, FileSink, KeyedProcessFunction, LevelStateBackend, OnCheckpointRollingPolicy, ParameterTool, StreamExecutionEnvironment, ValueStateDescriptor, WatermarkStrategy } from 'flink-ts';
import type { Collector, KeyedProcessContext, ValueState } from 'flink-ts';
import { steeredClock } from './steered-clock.js';

/** What each key's state is filled up with, so that it takes room on the disk. */
const FILLING = Array.from({ length: 60 }, (_, at) => (at * 2_654_435_761).toString(36)).join('');

class Count extends KeyedProcessFunction<number, number, string> {
  private counted!: ValueState<{ count: number; filling: string }>;
  override open(): void {
    this.counted = this.getRuntimeContext().getState(new ValueStateDescriptor('counted'));
  }
  processElement(_n: number, context: KeyedProcessContext<number>, out: Collector<string>): void {
    const count = (this.counted.value()?.count ?? 0) + 1;
    this.counted.update({ count, filling: `${context.getCurrentKey()} ${FILLING}` });
    out.collect(`${context.getCurrentKey()},${count}`);
  }
}

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
/** Numbers a second, until they are released. */
const RATE = 3_000;

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.setStateBackend(new LevelStateBackend());
env.enableCheckpointing(50);
const sink = FileSink.forRowFormat<string>(parameters.getRequired('output'), (line) => `${line}\n`)
  .withBucketAssigner(new BasePathBucketAssigner()).withRollingPolicy(new OnCheckpointRollingPolicy()).build();
env.fromSource(new DataGeneratorSource((n) => n, parameters.getInt('count'), RATE, steeredClock(parameters.getRequired('release'))), WatermarkStrategy.noWatermarks<number>(), 'Numbers').uid('numbers')
  .keyBy((n) => n % 4_000).process(new Count()).uid('counts').sinkTo(sink).uid('files');
await env.execute(parameters.get('name', 'Steered'));
