import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_TIMESTAMP } from '../../../src/core/timestamp.js';
import { type ResultFuture, RichAsyncFunction } from '../../../src/operators/async/async-function.js';
import { asyncWaitOperator } from '../../../src/operators/async/async-wait.js';
import { OutputTag } from '../../../src/operators/output-tag.js';
import { operatorLabelOf } from '../../../src/operators/specialise.js';
import { LABEL, MODES } from '../modes.js';
import { Service, turnOfTheLoop, waiting } from './service.js';

const ORDERS = ['ordered', 'unordered'] as const;
const rows = MODES.flatMap((mode) => ORDERS.map((order) => ({ ...mode, order })));

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

describe.each(rows)('$mode asynchronous calls, $order', ({ order, specialise }) => {
  it('emit one result, several or none, with the timestamp of the record', async () => {
    const service = new Service();
    const { harness } = await waiting(service.ask, specialise, { order });
    harness.push('a', 1).push('b', 2).push('c').push('d', 4).push('e', 5);
    await service.answer('a');
    await service.answer('b', ['B', 'BB']);
    await service.answer('c', []);
    await service.answer('d', undefined);
    await service.answer('e', null);
    await harness.end();
    expect(harness.output).toEqual([{ value: 'A', timestamp: 1 }, { value: 'B', timestamp: 2 }, { value: 'BB', timestamp: 2 }]);
  });

  it('hold the input at capacity, until a result has left', async () => {
    const service = new Service();
    const { harness } = await waiting(service.ask, specialise, { order, capacity: 2 });
    harness.push('a');
    expect(harness.held).toBe(false);
    harness.push('b');
    expect(harness.held).toBe(true);
    await service.answer('a');
    expect(harness.held).toBe(false);
  });

  it('are never more than the capacity, even when records come nevertheless', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { order, capacity: 1 });
    harness.push('a').watermark(1).push('b').watermark(2).watermark(3).push('c');
    expect(service.asked).toEqual(['a']);
    await service.answer('a');
    expect(service.asked).toEqual(['a', 'b']);
    expect(harness.held).toBe(true);
    await service.answer('b');
    await service.answer('c');
    expect(left).toEqual(['A', 'wm 1', 'B', 'wm 2', 'wm 3', 'C']);
    expect(harness.held).toBe(false);
  });

  it('let a record upstream become very many, at a price that does not grow with their number', async () => {
    const { harness } = await waiting(async (value) => value, specialise, { order, capacity: 100 });
    const many = 200_000;
    for (let at = 0; at < many; at++) harness.push(String(at));
    await harness.end();
    expect(harness.values).toHaveLength(many);
  });

  it('let watermarks and idleness through at once when nothing is in flight', async () => {
    const { left, harness } = await waiting(new Service().ask, specialise, { order });
    harness.watermark(1).idle(true).idle(false);
    expect(left).toEqual(['wm 1', 'idle true', 'idle false']);
  });

  it('keep watermarks and idleness behind the results before them', async () => {
    const service = new Service();
    const { left, harness } = await waiting(service.ask, specialise, { order });
    harness.push('a').watermark(1).idle(true).idle(false).push('b').watermark(2);
    await service.answer('b');
    expect(left).toEqual([]);
    await service.answer('a');
    expect(left).toEqual(['A', 'wm 1', 'idle true', 'idle false', 'B', 'wm 2']);
  });

  it('are all awaited at the end of input, with the last watermark behind them', async () => {
    const service = new Service();
    const { left, harness } = await waiting(service.ask, specialise, { order, capacity: 1 });
    harness.push('a').push('b').watermark(MAX_TIMESTAMP);
    let finished = false;
    const finishing = Promise.resolve(harness.operator.finish?.()).then(() => (finished = true));
    await service.answer('a');
    expect(finished).toBe(false);
    await service.answer('b');
    await finishing;
    expect(left).toEqual(['A', 'B', 'wm Infinity']);
  });

  it('need no promise: an answer that is there already leaves at once', async () => {
    const { left, harness } = await waiting((value) => (value === 'a' ? value : value === 'none' ? undefined : [value, value]), specialise, { order, capacity: 1 });
    harness.push('a').push('none').push('b');
    expect(left).toEqual(['a', 'b', 'b']);
    expect(harness.held).toBe(false);
  });

  it('fail with operator and record when a promise is rejected, and notice nothing afterwards', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { order });
    harness.push('a').push('b').push('c');
    const cause = new TypeError('bad b');
    await service.reject('b', cause);
    await service.reject('c');
    await service.answer('a');
    const error = thrownBy(() => harness.push('d'));
    expect(error).toMatchObject({ code: 'USER_FUNCTION', message: 'TypeError: bad b', cause, place: { record: `'b'` } });
    expect(operatorLabelOf(error)).toBe(LABEL);
    expect(left).toEqual([]);
    expect(service.asked).toEqual(['a', 'b', 'c']);
    await harness.close();
  });

  it('fail where a function throws at once', async () => {
    const { harness } = await waiting(() => { throw new Error('at once'); }, specialise, { order });
    const error = thrownBy(() => harness.push('a'));
    expect(error).toMatchObject({ code: 'USER_FUNCTION', message: 'Error: at once', place: { record: `'a'` } });
    expect(operatorLabelOf(error)).toBe(LABEL);
  });

  it('fail when a record has waited in line and its call throws', async () => {
    const service = new Service();
    const { harness } = await waiting((value, context) => (value === 'b' ? boom() : service.ask(value, context)), specialise, { order, capacity: 1 });
    harness.push('a').push('b');
    await service.answer('a');
    expect(thrownBy(() => harness.push('c'))).toMatchObject({ message: 'Error: boom', place: { record: `'b'` } });
  });

  it('say what was rejected when it is no error', async () => {
    const service = new Service();
    const { harness } = await waiting(service.ask, specialise, { order });
    harness.push('a');
    await service.reject('a', 'so there');
    expect(thrownBy(() => harness.push('b'))).toMatchObject({ message: "rejected with 'so there', which is not an Error" });
  });

  it('put side outputs out together with the results', async () => {
    const missing = new OutputTag<string>('missing');
    const service = new Service();
    const { harness } = await waiting(async (value, context) => {
      const found = await service.ask(value, context);
      if (found !== 'nobody') return found;
      context.output(missing, value);
      return [];
    }, specialise, { order });
    harness.push('a', 3);
    await service.answer('a', 'nobody');
    expect(harness.sideOutputs.get('missing')).toEqual([{ value: 'a', timestamp: 3 }]);
    expect(harness.values).toEqual([]);
  });

  it('tell a function the timestamp of its record', async () => {
    const { harness } = await waiting((_, context) => [context.timestamp()], specialise, { order });
    harness.push('a', 5).push('b');
    expect(harness.values).toEqual([5, null]);
  });

  it('abort what is in flight when the task is closed, and wait for nothing', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { order, timeoutMs: 1_000 });
    harness.push('a').push('b');
    const early = service.context('a').signal;
    await harness.close();
    expect(early.aborted).toBe(true);
    expect(early.reason).toMatchObject({ name: 'AbortError' });
    expect(service.context('b').signal.aborted).toBe(true);
    expect(harness.clock.scheduled).toBe(0);
    await service.reject('a', early.reason);
    await service.answer('b');
    expect(left).toEqual([]);
    expect(harness.push('c').values).toEqual([]);
  });
});

describe.each(MODES)('$mode ordered results', ({ specialise }) => {
  it('leave in the order of the input', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise);
    harness.push('a').push('b').push('c');
    await service.answer('c');
    await service.answer('b');
    expect(left).toEqual([]);
    await service.answer('a');
    expect(left).toEqual(['A', 'B', 'C']);
  });

  it('count against the capacity until they have left', async () => {
    const service = new Service();
    const { harness } = await waiting(service.ask, specialise, { capacity: 2 });
    harness.push('a').push('b');
    await service.answer('b');
    expect(harness.held).toBe(true);
    await service.answer('a');
    expect(harness.held).toBe(false);
  });
});

describe.each(MODES)('$mode unordered results', ({ specialise }) => {
  it('leave as they complete', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { order: 'unordered' });
    harness.push('a').push('b').push('c');
    await service.answer('c');
    await service.answer('b');
    expect(left).toEqual(['C', 'B']);
    await service.answer('a');
    expect(left).toEqual(['C', 'B', 'A']);
  });

  it('never overtake a watermark, nor a watermark them', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { order: 'unordered' });
    harness.push('a').push('b').watermark(1).push('c').push('d').watermark(2).push('e');
    await service.answer('e');
    await service.answer('d');
    await service.answer('b');
    expect(left).toEqual(['B']);
    await service.answer('a');
    expect(left).toEqual(['B', 'A', 'wm 1', 'D']);
    await service.answer('c');
    expect(left).toEqual(['B', 'A', 'wm 1', 'D', 'C', 'wm 2', 'E']);
  });
});

describe.each(MODES)('$mode time limit', ({ specialise }) => {
  it('fails the job when nobody answers for the record, naming record and time', async () => {
    const service = new Service();
    const { harness } = await waiting(service.ask, specialise, { timeoutMs: 5_000 });
    harness.push('a').advance(4_999).push('b');
    const error = thrownBy(() => harness.advance(1));
    expect(error).toMatchObject({ code: 'TIMEOUT', message: 'no answer within 5 s', place: { record: `'a'` } });
    expect((error as { hint: string }).hint).toContain('onTimeout');
    expect(operatorLabelOf(error)).toBe(LABEL);
  });

  it('aborts the call and lets a handler answer; what comes late is ignored', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { timeoutMs: 10, onTimeout: (value) => [`${value}?`] });
    harness.push('a').advance(5).push('b').advance(5);
    const { signal } = service.context('a');
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError', message: 'no answer within 10 ms' });
    await turnOfTheLoop();
    expect(left).toEqual(['a?']);
    await service.answer('a');
    expect(service.context('b').signal.aborted).toBe(false);
    await service.answer('b');
    expect(left).toEqual(['a?', 'B']);
  });

  it('waits for a handler that answers later, and fails with its error', async () => {
    const [service, stock] = [new Service(), new Service()];
    const { harness, left } = await waiting(service.ask, specialise, { timeoutMs: 10, onTimeout: stock.ask });
    harness.push('a').push('b').advance(10);
    await service.answer('a', 'too late');
    await stock.answer('a', 'from stock');
    expect(left).toEqual(['from stock']);
    await stock.reject('b', new Error('out of stock'));
    expect(thrownBy(() => harness.push('c'))).toMatchObject({ message: 'Error: out of stock', place: { record: `'b'` } });
  });

  it('is not reached by calls that were answered in time', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { timeoutMs: 10 });
    harness.push('a');
    await service.answer('a');
    harness.advance(5).push('b').advance(6);
    await service.answer('b');
    harness.advance(100);
    expect(left).toEqual(['A', 'B']);
    expect(harness.clock.scheduled).toBe(0);
  });

  it('runs for each call by itself', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { timeoutMs: 10, onTimeout: (value) => `${value}?` });
    harness.push('a').advance(5).push('b');
    await service.answer('a');
    harness.advance(5);
    expect(service.context('b').signal.aborted).toBe(false);
    harness.advance(5);
    await turnOfTheLoop();
    expect(left).toEqual(['A', 'b?']);
  });

  it('does not count the time a record waits in line', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { timeoutMs: 10, capacity: 1 });
    harness.push('a').push('b').advance(9);
    await service.answer('a');
    harness.advance(9);
    await service.answer('b');
    expect(left).toEqual(['A', 'B']);
  });
});

describe.each(MODES)('$mode AsyncFunction of Flink’s form', ({ specialise }) => {
  class Lookup extends RichAsyncFunction<string, string> {
    opened = false;
    override open(): void {
      this.opened = this.getRuntimeContext().getNumberOfParallelSubtasks() === 1;
    }
    asyncInvoke(value: string, resultFuture: ResultFuture<string>): void {
      setImmediate(() => (value === 'bad' ? resultFuture.completeExceptionally(new Error('bad')) : resultFuture.complete([value, `${this.opened}`])));
    }
  }

  it('completes its future, once', async () => {
    const futures: ResultFuture<string>[] = [];
    const { harness } = await waiting({ asyncInvoke: (_, future) => void futures.push(future as ResultFuture<string>) }, specialise);
    harness.push('a').push('b');
    futures[1]?.complete(['B']);
    futures[0]?.complete([]);
    futures[0]?.complete(['A']);
    futures[1]?.completeExceptionally(new Error('too late'));
    await turnOfTheLoop();
    expect(harness.values).toEqual(['B']);
  });

  it('may be a class with a life cycle', async () => {
    const { harness } = await waiting(Lookup, specialise);
    harness.push('a');
    await harness.end();
    expect(harness.values).toEqual(['a', 'true']);
  });

  it('fails by completing exceptionally', async () => {
    const { harness } = await waiting(Lookup, specialise);
    harness.push('bad');
    await turnOfTheLoop();
    await turnOfTheLoop();
    expect(thrownBy(() => harness.push('b'))).toMatchObject({ message: 'Error: bad', place: { record: `'bad'` } });
  });

  it('may return a promise instead', async () => {
    const { harness } = await waiting({ asyncInvoke: async (value) => value.toUpperCase() }, specialise);
    harness.push('a');
    await harness.end();
    expect(harness.values).toEqual(['A']);
  });

  it('may return a promise of nothing and complete its future meanwhile or later', async () => {
    const { harness } = await waiting({
      async asyncInvoke(value, future) {
        if (value === 'now') future.complete(['now']);
        else setImmediate(() => future.complete(['later']));
      },
    }, specialise);
    harness.push('later').push('now');
    await harness.end();
    expect(harness.values).toEqual(['later', 'now']);
  });

  it('answers for what has run out of time with its timeout method', async () => {
    const { harness } = await waiting({ asyncInvoke: () => undefined, timeout: (value, future) => future.complete([`${value} is late`]) }, specialise, { timeoutMs: 10 });
    harness.push('a').advance(10);
    await harness.end();
    expect(harness.values).toEqual(['a is late']);
  });

  it('as a lambda that takes the future and returns nothing completes it later', async () => {
    const { harness } = await waiting((value, future) => {
      setImmediate(() => (future as ResultFuture<string>).complete([value]));
    }, specialise);
    harness.push('a');
    await harness.end();
    expect(harness.values).toEqual(['a']);
  });
});

it('an operator of asynchronous calls is a yielding one', () => {
  expect(asyncWaitOperator(async () => 1, { call: 'orderedWait', order: 'ordered', timeoutMs: 0, capacity: 1 }).yielding).toBe(true);
});

it('no rejected promise of all these was left unhandled', async () => {
  await turnOfTheLoop();
  expect(unhandled).toEqual([]);
});

function boom(): never {
  throw new Error('boom');
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
