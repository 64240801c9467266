/** The job of `SteadyJob.java`: a slow source, state by key, an accumulator, a sink. */
import { LongCounter, RichMapFunction, type SourceContext, StreamExecutionEnvironment, type ValueState, ValueStateDescriptor } from 'flink-ts';

class Numbers {
  private stop: (() => void) | undefined;

  run(context: SourceContext<number>): Promise<void> {
    return new Promise((resolve) => {
      let n = 0;
      const timer = setInterval(() => context.collect(n++), 10);
      this.stop = () => {
        clearInterval(timer);
        resolve();
      };
    });
  }

  cancel(): void {
    this.stop?.();
  }
}

class Count extends RichMapFunction<number, number> {
  private readonly seen = new LongCounter();
  private count!: ValueState<number>;

  override open(): void {
    const context = this.getRuntimeContext();
    context.addAccumulator('seen', this.seen);
    this.count = context.getState(new ValueStateDescriptor<number>('count'));
  }

  override map(): number {
    this.seen.add(1);
    const counted = (this.count.value() ?? 0) + 1;
    this.count.update(counted);
    return counted;
  }
}

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.addSource(new Numbers()).setParallelism(1).name('Numbers').uid('numbers')
  .keyBy((n) => n % 7).map(new Count()).setParallelism(2).name('Count').uid('count')
  .addSink({ invoke: () => undefined }).setParallelism(2).name('Nowhere').uid('nowhere');
await env.execute('Steady');
