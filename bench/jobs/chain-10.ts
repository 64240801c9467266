/**
 * Ten operators in one chain, a keyed count among them; bench/by-hand/chain-10.js is the same work as a loop.
 */
import { DiscardingSink, StreamExecutionEnvironment } from 'flink-ts';
import type { Collector } from 'flink-ts';

const KEYS = Array.from({ length: 1000 }, (_, index) => `key-${index}`);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(1, Number(process.argv[2]))
  .map((number) => ({ key: KEYS[number % 1000]!, value: number }))
  .map(({ key, value }) => ({ key, value: value + 1 }))
  .filter(({ value }) => value % 7 !== 0)
  .map(({ key, value }) => ({ key, value: value * 3 }))
  .map(({ key, value }) => ({ key, value: value & 0xffff }))
  .filter(({ value }) => value !== 1)
  .map(({ key, value }) => ({ key, value: value ^ 5 }))
  .flatMap((record, out: Collector<{ key: string; value: number }>) => out.collect(record))
  .keyBy(({ key }) => key)
  .reduce((a, b) => ({ key: a.key, value: a.value + b.value }))
  .map(({ value }) => value)
  .sinkTo(new DiscardingSink());
await env.execute('chain of 10');
