/**
 * A running count a key, keys drawn evenly; bench/by-hand/keyed-count.js is the same work as a loop.
 */
import { DiscardingSink, StreamExecutionEnvironment } from 'flink-ts';

const [records, keys] = process.argv.slice(2).map(Number);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(1, records!)
  .map((number) => ({ key: `key-${(Math.imul(number, 0x9e3779b1) >>> 0) % keys!}`, count: 1 }))
  .keyBy(({ key }) => key)
  .sum('count')
  .sinkTo(new DiscardingSink());
await env.execute('keyed count');
