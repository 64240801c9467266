/**
 * Three operators in one chain, the last a keyed sum; bench/by-hand/chain-3.js is the same work as a loop.
 */
import { DiscardingSink, StreamExecutionEnvironment } from 'flink-ts';

const KEYS = Array.from({ length: 1000 }, (_, index) => `key-${index}`);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(1, Number(process.argv[2]))
  .map((number) => ({ key: KEYS[number % 1000]!, value: number & 0xffff }))
  .filter(({ value }) => value % 7 !== 0)
  .keyBy(({ key }) => key)
  .reduce((a, b) => ({ key: a.key, value: a.value + b.value }))
  .sinkTo(new DiscardingSink());
await env.execute('chain of 3');
