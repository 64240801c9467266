/**
 * Every kind of function may keep operator state and hear of checkpoints, whatever stream it stands on.
 */
import { describe, expect, it } from 'vitest';
import { AsyncDataStream, CountEvictor, type DataStream, EventTimeSessionWindows, MapStateDescriptor, RichFunction, TumblingEventTimeWindows } from '../../src/index.js';
import { harness, type OperatorTestHarness } from '../../src/testing/index.js';

type Texts = DataStream<string>;
const byItself = (texts: Texts) => texts.keyBy((text) => text);
const self = (text: string): string => text;
const fives = TumblingEventTimeWindows.of(5);
const rules = new MapStateDescriptor<string, string>('rules');

/** Of one kind or another, as the call demands. */
class Anything extends RichFunction {
  constructor(readonly calls: string[]) {
    super();
  }
  initializeState(): void {
    this.calls.push('initialize');
  }
  override open(): void {
    this.calls.push('open');
  }
  snapshotState(context: { getCheckpointId(): number }): void {
    this.calls.push(`snapshot ${context.getCheckpointId()}`);
  }
  notifyCheckpointComplete(checkpointId: number): void {
    this.calls.push(`complete ${checkpointId}`);
  }
  override close(): void {
    this.calls.push('close');
  }
}
for (const method of [
  'map', 'flatMap', 'filter', 'reduce', 'map1', 'map2', 'flatMap1', 'flatMap2', 'processElement', 'processElement1', 'processElement2', 'processBroadcastElement', 'process', 'apply', 'asyncInvoke',
  'mapPartition', 'join', 'coGroup',
]) Object.defineProperty(Anything.prototype, method, { value(): void {} });

const ONE_INPUT: Record<string, (texts: Texts, fn: never) => object> = {
  'map': (texts, fn) => texts.map(fn),
  'map by key': (texts, fn) => byItself(texts).map(fn),
  'flatMap by key': (texts, fn) => byItself(texts).flatMap(fn),
  'filter by key': (texts, fn) => byItself(texts).filter(fn),
  'reduce by key': (texts, fn) => byItself(texts).reduce(fn),
  'process': (texts, fn) => texts.process(fn),
  'process by key': (texts, fn) => byItself(texts).process(fn),
  'process of windows': (texts, fn) => byItself(texts).window(fives).process(fn),
  'apply of windows': (texts, fn) => byItself(texts).window(fives).apply(fn),
  'reduce and process of windows': (texts, fn) => byItself(texts).window(fives).reduce(self, fn),
  'process of windows over all': (texts, fn) => texts.windowAll(fives).process(fn),
  'process of count windows': (texts, fn) => byItself(texts).countWindow(2).process(fn),
  'process of sessions': (texts, fn) => byItself(texts).window(EventTimeSessionWindows.withGap(5)).process(fn),
  'process of windows with an evictor': (texts, fn) => byItself(texts).window(fives).evictor(CountEvictor.of(2)).process(fn),
  'asynchronous calls': (texts, fn) => AsyncDataStream.orderedWait(texts, fn, 1000),
  'mapPartition': (texts, fn) => texts.fullWindowPartition().mapPartition(fn),
  'mapPartition by key': (texts, fn) => byItself(texts).fullWindowPartition().mapPartition(fn),
};

const TWO_INPUTS: Record<string, (first: Texts, second: Texts, fn: never) => object> = {
  'map of connected streams': (first, second, fn) => first.connect(second).map(fn),
  'map of connected streams by key': (first, second, fn) => byItself(first).connect(byItself(second)).map(fn),
  'flatMap of connected streams by key': (first, second, fn) => byItself(first).connect(byItself(second)).flatMap(fn),
  'process of connected streams': (first, second, fn) => first.connect(second).process(fn),
  'process of connected streams by key': (first, second, fn) => byItself(first).connect(byItself(second)).process(fn),
  'process with a broadcast stream': (first, second, fn) => first.connect(second.broadcast(rules)).process(fn),
  'process by key with a broadcast stream': (first, second, fn) => byItself(first).connect(second.broadcast(rules)).process(fn),
  'process of an interval join': (first, second, fn) => byItself(first).intervalJoin(byItself(second)).between(0, 1).process(fn),
  'join': (first, second, fn) => first.join(second).where(self).equalTo(self).window(fives).apply(fn),
  'coGroup': (first, second, fn) => first.coGroup(second).where(self).equalTo(self).window(fives).apply(fn),
};

describe('a checkpointed function is initialized, asked, told and closed', () => {
  async function whatIsCalled(open: (fn: never) => Promise<OperatorTestHarness<string>>): Promise<string[]> {
    const calls: string[] = [];
    const h = await open(new Anything(calls) as never);
    await h.snapshot(3);
    await h.notifyCheckpointComplete(3);
    await h.end();
    return calls;
  }
  const ALL = ['initialize', 'open', 'snapshot 3', 'complete 3', 'close'];

  it.each(Object.entries(ONE_INPUT))('as the function of %s', async (_, build) => {
    expect(await whatIsCalled((fn) => harness.operator((texts: Texts) => build(texts, fn) as Texts))).toEqual(ALL);
  });

  it.each(Object.entries(TWO_INPUTS))('as the function of %s', async (_, build) => {
    expect(await whatIsCalled((fn) => harness.connected((first: Texts, second: Texts) => build(first, second, fn) as Texts))).toEqual(ALL);
  });
});
