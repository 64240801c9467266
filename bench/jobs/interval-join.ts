/**
 * Every pair of a key whose records are no more than a tenth of a second apart; bench/by-hand/interval-join.js is the
 * same work as a loop.
 */
import { DiscardingSink, StreamExecutionEnvironment } from 'flink-ts';
import { events } from './events.js';

const [records, keys, perMs] = process.argv.slice(2).map(Number);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const all = events(env, records!, keys!, perMs!);
const left = all.filter(({ amount }) => amount % 2 === 0).keyBy(({ key }) => key);
const right = all.filter(({ amount }) => amount % 2 === 1).keyBy(({ key }) => key);
left
  .intervalJoin(right)
  .between('-100 ms', '100 ms')
  .process<number>((first, second, _context, out) => out.collect(first.amount + second.amount))
  .sinkTo(new DiscardingSink());
await env.execute('interval join');
