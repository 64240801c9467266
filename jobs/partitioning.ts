/**
 * The eight ways a record finds the subtask that takes it next. Two subtasks send the numbers 1 to 8, four (two
 * for `forward`, which needs as many) receive them, and every arrival prints a line:
 *
 *   global 5: subtask 1 -> subtask 0
 *
 *   flink run jobs/partitioning.ts | sort
 */
import { RichMapFunction, StreamExecutionEnvironment } from 'flink-ts';
import type { DataStream } from 'flink-ts';

interface Sent {
  number: number;
  from: number;
}

/** Notes the subtask that sends a number. */
class Send extends RichMapFunction<number, Sent> {
  map(number: number): Sent {
    return { number, from: this.getRuntimeContext().getIndexOfThisSubtask() };
  }
}

/** Says which subtask a number has reached. */
class Arrive extends RichMapFunction<Sent, string> {
  constructor(private readonly partitioning: string) {
    super();
  }

  map({ number, from }: Sent): string {
    return `${this.partitioning} ${number}: subtask ${from} -> subtask ${this.getRuntimeContext().getIndexOfThisSubtask()}`;
  }
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const sent = env.fromSequence(1, 8).setParallelism(1).rebalance().map(new Send()).setParallelism(2).name('Send');

const partitionings: Record<string, { stream: DataStream<Sent>; receivers: number }> = {
  global: { stream: sent.global(), receivers: 4 },
  forward: { stream: sent.forward(), receivers: 2 },
  shuffle: { stream: sent.shuffle(), receivers: 4 },
  rebalance: { stream: sent.rebalance(), receivers: 4 },
  rescale: { stream: sent.rescale(), receivers: 4 },
  broadcast: { stream: sent.broadcast(), receivers: 4 },
  keyGroup: { stream: sent.keyBy(({ number }) => number), receivers: 4 },
  custom: { stream: sent.partitionCustom((number, receivers) => number % receivers, 'number'), receivers: 4 },
};

for (const [name, { stream, receivers }] of Object.entries(partitionings)) {
  stream.map(new Arrive(name)).setParallelism(receivers).name(name).print().setParallelism(1);
}

await env.execute('Partitioning');
