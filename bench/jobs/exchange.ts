/**
 * Records from one thread to another: one subtask makes them, one in another slot takes them.
 */
import { DiscardingSink, StreamExecutionEnvironment } from 'flink-ts';

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(1, Number(process.argv[2]))
  .map((number) => ({ key: `key-${number % 1000}`, value: number }))
  .rebalance()
  .map(({ value }) => value)
  .slotSharingGroup('receiver')
  .sinkTo(new DiscardingSink());
await env.execute('exchange');
