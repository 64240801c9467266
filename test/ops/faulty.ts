/** Meets a record that it cannot process, and is not started again. */
import { StreamExecutionEnvironment } from 'flink-ts';

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(1, 10)
  .map((value) => {
    if (value === 7) throw new Error('seven is not a number for this job');
    return value;
  })
  .print();

await env.execute('Faulty');
