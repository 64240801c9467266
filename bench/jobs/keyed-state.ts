/**
 * A running count a key kept in a ValueState, keys drawn evenly; bench/by-hand/keyed-count.js is the same work as a loop.
 */
import { DiscardingSink, KeyedProcessFunction, StreamExecutionEnvironment, ValueStateDescriptor } from 'flink-ts';
import type { Collector, KeyedProcessContext, ValueState } from 'flink-ts';

interface Hit {
  key: string;
  count: number;
}

class Count extends KeyedProcessFunction<string, Hit, number> {
  private count!: ValueState<number>;

  override open(): void {
    this.count = this.getRuntimeContext().getState(new ValueStateDescriptor('count', 0));
  }

  processElement(hit: Hit, _context: KeyedProcessContext<string>, out: Collector<number>): void {
    const count = (this.count.value() ?? 0) + hit.count;
    this.count.update(count);
    out.collect(count);
  }
}

const [records, keys] = process.argv.slice(2).map(Number);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env
  .fromSequence(1, records!)
  .map((number) => ({ key: `key-${(Math.imul(number, 0x9e3779b1) >>> 0) % keys!}`, count: 1 }))
  .keyBy(({ key }) => key)
  .process(Count)
  .sinkTo(new DiscardingSink());
await env.execute('keyed state');
