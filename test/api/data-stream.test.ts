import { describe, expect, it } from 'vitest';
import { type DataStream, OutputTag, StreamExecutionEnvironment } from '../../src/index.js';

const newEnv = (): StreamExecutionEnvironment => StreamExecutionEnvironment.getExecutionEnvironment();

describe('the id of a stream', () => {
  it('is its own in the environment, also where streams only route records', () => {
    const source = newEnv().fromElements(1, 2);
    const mapped = source.map((n) => n);
    const streams: DataStream<number>[] = [source, mapped, mapped.keyBy((n) => n), mapped.rebalance(), mapped.union(source)];
    expect(new Set(streams.map((stream) => stream.getId())).size).toBe(5);
  });

  it('stays what it is, and is not changed by settings', () => {
    const mapped = newEnv().fromElements(1).map((n) => n);
    const id = mapped.getId();
    expect(mapped.name('other').setParallelism(3).getId()).toBe(id);
  });

  it('counts anew in another environment', () => {
    expect(newEnv().fromElements(1).getId()).toBe(newEnv().fromElements(1).getId());
  });
});

describe('the type of a stream', () => {
  class Word {
    constructor(readonly text: string) {}
  }

  it('is the class that returns() named, also where records are only routed', () => {
    const words = newEnv().fromElements('a').map((text) => new Word(text)).returns(Word);
    expect([words.getType(), words.rebalance().getType(), words.keyBy('text').getType(), words.union(words).getType()]).toEqual([Word, Word, Word, Word]);
  });

  it('is not known otherwise, nor that of side outputs', () => {
    const words = newEnv().fromElements('a').map((text) => new Word(text)).returns(Word);
    expect([words.map((word) => word).getType(), words.getSideOutput(new OutputTag<string>('aside')).getType()]).toEqual([undefined, undefined]);
  });
});

it('asynchronous state is nothing that has to be switched on', () => {
  const keyed = newEnv().fromElements(1).keyBy((n) => n);
  expect(keyed.enableAsyncState()).toBe(keyed);
});
