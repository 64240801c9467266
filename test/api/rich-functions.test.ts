// Every rich function on a keyed stream finds the state of its record's key: in both modes, in one subtask and in several.
import { describe, expect, it } from 'vitest';
import {
  type Collector, type DataStream, type GlobalWindow, type KeyedStream, RichCoFlatMapFunction, RichFilterFunction, RichFlatMapFunction, RichMapFunction, RichReduceFunction, RichWindowFunction,
  type RuntimeContext, type ValueState, ValueStateDescriptor,
} from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

type Item = [key: string, n: number];
const ITEMS: Item[] = [['a', 1], ['b', 1], ['a', 2], ['b', 2], ['a', 3]];

/** Counts the calls of a function, key by key, in keyed state. */
class Calls {
  private readonly state: ValueState<number>;

  constructor(context: RuntimeContext) {
    this.state = context.getState(new ValueStateDescriptor<number>('calls', 0));
  }
  next(): number {
    this.state.update((this.state.value() ?? 0) + 1);
    return this.state.value()!;
  }
}

class Mapping extends RichMapFunction<Item, string> {
  private calls!: Calls;
  override open(): void { this.calls = new Calls(this.getRuntimeContext()); }
  map([key]: Item): string { return `${key}${this.calls.next()}`; }
}
class FlatMapping extends RichFlatMapFunction<Item, string> {
  private calls!: Calls;
  override open(): void { this.calls = new Calls(this.getRuntimeContext()); }
  flatMap([key]: Item, out: Collector<string>): void { out.collect(`${key}${this.calls.next()}`); }
}
class Filtering extends RichFilterFunction<Item> {
  private calls!: Calls;
  override open(): void { this.calls = new Calls(this.getRuntimeContext()); }
  filter([, n]: Item): boolean { return this.calls.next() === n; }
}
class Reducing extends RichReduceFunction<Item> {
  private calls!: Calls;
  override open(): void { this.calls = new Calls(this.getRuntimeContext()); }
  reduce([key]: Item): Item { return [key, 1 + this.calls.next()]; }
}
class Counted extends RichWindowFunction<Item, string, string, GlobalWindow> {
  private calls!: Calls;
  override open(): void { this.calls = new Calls(this.getRuntimeContext()); }
  apply(key: string, _window: GlobalWindow, _elements: readonly Item[], out: Collector<string>): void { out.collect(`${key}${this.calls.next()}`); }
}
class Both extends RichCoFlatMapFunction<Item, Item, string> {
  private calls!: Calls;
  override open(): void { this.calls = new Calls(this.getRuntimeContext()); }
  flatMap1([key]: Item, out: Collector<string>): void { out.collect(`${key}${this.calls.next()}`); }
  flatMap2([key]: Item, out: Collector<string>): void { out.collect(`${key}${this.calls.next()}`); }
}

const EACH = ['a1', 'a2', 'a3', 'b1', 'b2'];
const shown = (stream: DataStream<Item>): DataStream<string> => stream.map(([key, n]) => `${key}${n}`);
const OPERATORS: readonly [name: string, build: (keyed: KeyedStream<Item, string>) => DataStream<string>, expected: readonly string[], inBatch?: readonly string[]][] = [
  ['map', (keyed) => keyed.map(Mapping), EACH],
  ['flatMap', (keyed) => keyed.flatMap(FlatMapping), EACH],
  ['filter', (keyed) => shown(keyed.filter(Filtering)), EACH],
  ['reduce', (keyed) => shown(keyed.reduce(Reducing)), EACH, ['a3', 'b2']],
  ['count windows', (keyed) => keyed.countWindow(1).apply(Counted), EACH],
  ['sliding count windows', (keyed) => keyed.countWindow(2, 1).apply(Counted), EACH],
  ['two connected streams', (keyed) => keyed.connect(keyed).flatMap(Both), ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'b2', 'b3', 'b4']],
];

describe.each([['STREAMING', 1], ['STREAMING', 3], ['BATCH', 1], ['BATCH', 3]] as const)('in %s mode at parallelism %d', (mode, parallelism) => {
  it.each(OPERATORS)('the rich function of %s keeps the state of each key', async (_, build, expected, inBatch) => {
    const cluster = new MiniCluster({ configuration: { 'parallelism.default': parallelism } });
    const results = await cluster.run((env) => build(env.setRuntimeMode(mode).fromCollection(ITEMS).keyBy(([key]) => key)));
    expect(results.toSorted()).toEqual(mode === 'BATCH' ? (inBatch ?? expected) : expected);
    await cluster.close();
  });
});
