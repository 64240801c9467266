/** What the five versions of the upgraded job share: where its numbers come from, and its functions with state. */
import { DataGeneratorSource, KeyedProcessFunction, ParameterTool, ValueStateDescriptor } from 'flink-ts';
import type { Collector, KeyedProcessContext, ValueState } from 'flink-ts';

const parameters = ParameterTool.fromArgs(process.argv.slice(2));

/** `--count` numbers (2000), `--rate` a second (1000). */
export const numbers = new DataGeneratorSource((index) => index, parameters.getInt('count', 2000), parameters.getInt('rate', 1000));

export interface Tally {
  digit: number;
  count: number;
  sum: number;
}

/** Counts the numbers of each last digit. */
export class Count extends KeyedProcessFunction<number, Tally, Tally> {
  private count!: ValueState<number>;

  override open(): void {
    this.count = this.getRuntimeContext().getState(new ValueStateDescriptor('count', 0));
  }

  processElement(tally: Tally, _context: KeyedProcessContext<number>, out: Collector<Tally>): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    out.collect({ ...tally, count });
  }
}

/** Adds them up. */
export class Sum extends KeyedProcessFunction<number, Tally, Tally> {
  private sum!: ValueState<number>;

  override open(): void {
    this.sum = this.getRuntimeContext().getState(new ValueStateDescriptor('sum', 0));
  }

  processElement(tally: Tally, _context: KeyedProcessContext<number>, out: Collector<Tally>): void {
    const sum = (this.sum.value() ?? 0) + tally.sum;
    this.sum.update(sum);
    out.collect({ ...tally, sum });
  }
}

export const tallyOf = (value: number): Tally => ({ digit: value % 10, count: 1, sum: value });
export const lineOf = ({ digit, count, sum }: Tally): string => `digit ${digit}: ${count} numbers, sum ${sum}`;
