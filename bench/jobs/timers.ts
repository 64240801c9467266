/**
 * A timer for every record, five seconds of event time after it; bench/by-hand/timers.js is the same work as a loop.
 */
import { DiscardingSink, StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';

const [records, keys] = process.argv.slice(2).map(Number);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(1, records!)
  .assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((number) => 1.7e12 + number))
  .keyBy((number) => number % keys!)
  .process<number>({
    processElement: (_, context) => context.timerService().registerEventTimeTimer(context.timestamp()! + 5_000),
    onTimer: (timestamp, context, out) => out.collect(timestamp + context.getCurrentKey()),
  })
  .sinkTo(new DiscardingSink());
await env.execute('timers');
