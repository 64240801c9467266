// The broadcast state pattern through the API, in a whole job.
import { describe, expect, it } from 'vitest';
import { KeyedBroadcastProcessFunction, type Collector, type KeyedBroadcastContext, type KeyedBroadcastReadOnlyContext, MapStateDescriptor, StreamExecutionEnvironment } from '../../src/index.js';
import { collect } from '../../src/testing/index.js';

interface Rule { name: string; above: number }
interface Payment { user: string; amount: number }

const rules = new MapStateDescriptor<string, Rule>('rules');
const waiting = new MapStateDescriptor<number, Payment>('waiting');

/** Order between the two inputs is not defined, so early payments wait for rules by key. */
class Match extends KeyedBroadcastProcessFunction<string, Payment, Rule, string> {
  processElement(payment: Payment, context: KeyedBroadcastReadOnlyContext<string>, out: Collector<string>): void {
    const known = [...context.getBroadcastState(rules).immutableEntries()];
    if (known.length === 0) this.getRuntimeContext().getMapState(waiting).put(payment.amount, payment);
    for (const [, rule] of known) this.judge(payment, rule, out);
  }
  processBroadcastElement(rule: Rule, context: KeyedBroadcastContext<string>, out: Collector<string>): void {
    context.getBroadcastState(rules).put(rule.name, rule);
    context.applyToKeyedState(waiting, (_, state) => {
      for (const payment of state.values()) this.judge(payment, rule, out);
      state.clear();
    });
  }
  private judge({ user, amount }: Payment, rule: Rule, out: Collector<string>): void {
    if (amount > rule.above) out.collect(`${user} ${amount} ${rule.name}`);
  }
}

describe('broadcast state in a job', () => {
  for (const parallelism of [1, 2]) {
    it(`reaches every subtask, at parallelism ${parallelism}`, async () => {
      const env = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(parallelism);
      const payments = env.fromCollection<Payment>([...'abcdefgh'].flatMap((user) => [{ user, amount: 5 }, { user, amount: 50 }]));
      const broadcast = env.fromElements<Rule>({ name: 'big', above: 10 }).broadcast(rules);
      const alerts = await collect(payments.keyBy((payment) => payment.user).connect(broadcast).process(Match));
      expect(alerts.sort()).toEqual([...'abcdefgh'].map((user) => `${user} 50 big`));
    });
  }

  it('works without keys', async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    const broadcast = env.fromElements(1, 2).broadcast(new MapStateDescriptor<number, number>('n'));
    const seen = env.fromElements('x').connect(broadcast).process<string>({
      processElement: (value, context, out) => out.collect(`${value} ${context.timestamp()}`),
      processBroadcastElement: (n, _, out) => out.collect(`rule ${n}`),
    });
    expect((await collect(seen)).sort()).toEqual(['rule 1', 'rule 2', 'x null']);
  });

  it('broadcast takes map state descriptors', () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    expect(() => env.fromElements(1).broadcast('rules' as never)).toThrow(/MapStateDescriptors/);
  });
});
