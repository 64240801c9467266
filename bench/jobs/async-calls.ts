/**
 * Asynchronous calls that answer at once, up to 10,000 in flight; bench/by-hand/async-calls.js is the same work in
 * rounds of `Promise.all`, without time limits.
 */
import { AsyncDataStream, DiscardingSink, StreamExecutionEnvironment } from 'flink-ts';

const [records] = process.argv.slice(2).map(Number);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
AsyncDataStream.orderedWait(env.fromSequence(1, records!), async (number) => number * 2, { timeout: '10 s', capacity: 10_000 }).sinkTo(new DiscardingSink());
await env.execute('async calls');
