/**
 * Numbers counted by their last digit into files, exactly once: whoever reads the finished files finds each result once,
 * however often the job was killed on the way. Checkpoints make it so: the source remembers how far it has read, the
 * count its totals, and the files of a checkpoint become visible only when it is complete.
 *
 *   flink run -D execution.checkpointing.dir=checkpoints jobs/exactly-once-files.ts --output out
 *   kill -9 it, then the same command with --recover: it goes on from its last checkpoint
 *
 *   --output <folder>    where the files go
 *   --count <n>          how many numbers, 2000 by default
 *   --rate <n>           how many a second, shared by the subtasks, 1000 by default
 *   --compact <n>        put the files of so many checkpoints together before anyone sees them; not by default
 */
import { BasePathBucketAssigner, ConcatFileCompactor, DataGeneratorSource, FileCompactStrategy, FileSink, KeyedProcessFunction, OnCheckpointRollingPolicy, ParameterTool, StreamExecutionEnvironment, ValueStateDescriptor, WatermarkStrategy } from 'flink-ts';
import type { Collector, KeyedProcessContext, ValueState } from 'flink-ts';

/** Says of each number the how many-th of its digit it is. */
class Count extends KeyedProcessFunction<number, number, string> {
  private seen!: ValueState<number>;

  override open(): void {
    this.seen = this.getRuntimeContext().getState(new ValueStateDescriptor('seen', 0));
  }

  processElement(_value: number, context: KeyedProcessContext<number>, out: Collector<string>): void {
    const seen = (this.seen.value() ?? 0) + 1;
    this.seen.update(seen);
    out.collect(`${context.getCurrentKey()},${seen}`);
  }
}

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(100);

const files = FileSink.forRowFormat<string>(parameters.getRequired('output'), (line) => `${line}\n`)
  .withBucketAssigner(new BasePathBucketAssigner())
  .withRollingPolicy(new OnCheckpointRollingPolicy());
if (parameters.has('compact')) {
  files.enableCompact(FileCompactStrategy.newBuilder().enableCompactionOnCheckpoint(parameters.getInt('compact')).build(), new ConcatFileCompactor());
}

env
  .fromSource(new DataGeneratorSource((index) => index, parameters.getInt('count', 2000), parameters.getInt('rate', 1000)), WatermarkStrategy.noWatermarks(), 'Numbers')
  .uid('numbers')
  .keyBy((value) => value % 10)
  .process(new Count())
  .uid('count')
  .sinkTo(files.build())
  .uid('files');

await env.execute('Exactly-once files');
