/**
 * Sums over windows of one kind; bench/by-hand/<kind>.js is the same work as a loop.
 */
import { DiscardingSink, EventTimeSessionWindows, SlidingEventTimeWindows, StreamExecutionEnvironment, TumblingEventTimeWindows } from 'flink-ts';
import { events } from './events.js';

const [kind, ...numbers] = process.argv.slice(2);
const [records, keys, perMs] = numbers.map(Number);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const byKey = events(env, records!, keys!, perMs!).keyBy(({ key }) => key);
const sums = {
  tumbling: () => byKey.window(TumblingEventTimeWindows.of('10 s')).sum('amount'),
  sliding: () => byKey.window(SlidingEventTimeWindows.of('10 s', '1 s')).sum('amount'),
  session: () => byKey.window(EventTimeSessionWindows.withGap('5 s')).sum('amount'),
  count: () => byKey.countWindow(100).sum('amount'),
}[kind!]!();
sums.sinkTo(new DiscardingSink());
await env.execute(`${kind} windows`);
