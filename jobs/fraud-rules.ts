/**
 * Payments judged by rules that change while the job runs. The rules are broadcast: every subtask gets all of them and
 * keeps them in broadcast state, where the payments of its users find them. A rule says: so many payments of one user
 * in a row, each above an amount. A rule of the same name replaces it.
 *
 *   flink run jobs/fraud-rules.ts                                        jobs/data/payments.csv and jobs/data/rules.csv
 *   flink run jobs/fraud-rules.ts --payments pay.csv --rules rules.csv   lines of time,user,amount and time,name,above,times
 *
 * Nobody promises that a rule comes before the payments it is for. A payment therefore waits until event time has
 * passed its own: then all rules up to that time are here, however the two files are read.
 */
import { fileURLToPath } from 'node:url';
import { KeyedBroadcastProcessFunction, ListStateDescriptor, MapStateDescriptor, ParameterTool, StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
import type { Collector, KeyedBroadcastContext, KeyedBroadcastOnTimerContext, KeyedBroadcastReadOnlyContext, ListState, MapState } from 'flink-ts';

interface Payment {
  at: number;
  user: string;
  amount: number;
}

interface Rule {
  at: number;
  name: string;
  above: number;
  times: number;
}

/** The rules by name, each in all its versions, oldest first. */
const ruleState = new MapStateDescriptor<string, readonly Rule[]>('rules');

class Judge extends KeyedBroadcastProcessFunction<string, Payment, Rule, string> {
  private waiting!: ListState<Payment>;
  /** How many payments in a row a rule applied to. */
  private inARow!: MapState<string, number>;

  override open(): void {
    this.waiting = this.getRuntimeContext().getListState(new ListStateDescriptor('waiting'));
    this.inARow = this.getRuntimeContext().getMapState(new MapStateDescriptor('in a row'));
  }

  processBroadcastElement(rule: Rule, context: KeyedBroadcastContext<string>): void {
    const rules = context.getBroadcastState(ruleState);
    rules.put(rule.name, [...(rules.get(rule.name) ?? []), rule].toSorted((a, b) => a.at - b.at));
  }

  processElement(payment: Payment, context: KeyedBroadcastReadOnlyContext<string>): void {
    this.waiting.add(payment);
    context.timerService().registerEventTimeTimer(payment.at);
  }

  override onTimer(now: number, context: KeyedBroadcastOnTimerContext<string>, out: Collector<string>): void {
    const payments = this.waiting.get();
    this.waiting.update(payments.filter(({ at }) => at > now));
    for (const payment of payments.filter(({ at }) => at === now)) {
      for (const [name, versions] of context.getBroadcastState(ruleState).immutableEntries()) {
        const rule = versions.findLast(({ at }) => at <= now);
        if (rule) this.judge(payment, name, rule, out);
      }
    }
  }

  private judge({ user, amount }: Payment, name: string, { above, times }: Rule, out: Collector<string>): void {
    const count = amount > above ? (this.inARow.get(name) ?? 0) + 1 : 0;
    if (count >= times) out.collect(`${user} ${amount}: ${name} (${times} above ${above})`);
    this.inARow.put(name, count >= times ? 0 : count);
  }
}

const PAYMENTS = fileURLToPath(new URL('data/payments.csv', import.meta.url));
const RULES = fileURLToPath(new URL('data/rules.csv', import.meta.url));

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();

const rules = env
  .readTextFile(parameters.get('rules', RULES))
  .map((line) => {
    const [time = '', name = '', above = '', times = ''] = line.split(',');
    return { at: Date.parse(time), name, above: Number(above), times: Number(times) };
  })
  .assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner((rule) => rule.at));

env
  .readTextFile(parameters.get('payments', PAYMENTS))
  .map((line) => {
    const [time = '', user = '', amount = ''] = line.split(',');
    return { at: Date.parse(time), user, amount: Number(amount) };
  })
  .assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner((payment) => payment.at))
  .keyBy('user')
  .connect(rules.broadcast(ruleState))
  .process(new Judge())
  .print()
  .setParallelism(1);

await env.execute('Fraud rules');
