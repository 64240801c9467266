/**
 * Every pair of a key within a second of two streams; bench/by-hand/window-join.js is the same work as a loop.
 */
import { DiscardingSink, StreamExecutionEnvironment, TumblingEventTimeWindows } from 'flink-ts';
import { events } from './events.js';

const [records, keys, perMs] = process.argv.slice(2).map(Number);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const all = events(env, records!, keys!, perMs!);
all
  .filter(({ amount }) => amount % 2 === 0)
  .join(all.filter(({ amount }) => amount % 2 === 1))
  .where(({ key }) => key)
  .equalTo(({ key }) => key)
  .window(TumblingEventTimeWindows.of('1 s'))
  .apply((left, right) => left.amount + right.amount)
  .sinkTo(new DiscardingSink());
await env.execute('window join');
