import { describe, expect, it } from 'vitest';
import type { ResultFuture } from '../../../src/operators/async/async-function.js';
import { AsyncRetryStrategies, type AsyncRetryStrategy, RetryPredicates, retryStrategy } from '../../../src/operators/async/retry-strategy.js';
import { OutputTag } from '../../../src/operators/output-tag.js';
import { MODES } from '../modes.js';
import { Service, turnOfTheLoop, waiting } from './service.js';

const { FixedDelayRetryStrategyBuilder, ExponentialBackoffDelayRetryStrategyBuilder, NO_RETRY_STRATEGY } = AsyncRetryStrategies;
const delays = (strategy: AsyncRetryStrategy<never>): number[] => {
  const found: number[] = [];
  for (let attempt = 1; strategy.canRetry(attempt); attempt++) found.push(strategy.getBackoffTimeMillis(attempt));
  return found;
};

describe('a retry strategy', () => {
  it('of a fixed delay waits the same before each of its retries', () => expect(delays(new FixedDelayRetryStrategyBuilder(3, 100).build())).toEqual([100, 100, 100]));

  it('of exponential backoff multiplies the wait up to the longest', () => {
    expect(delays(new ExponentialBackoffDelayRetryStrategyBuilder(5, '100 ms', '1 s', 2).build())).toEqual([100, 200, 400, 800, 1000]);
  });

  it('written as data says the same', () => {
    expect(delays(retryStrategy({ retries: 3, delay: '1 s', multiplier: 1.5, maxDelay: '2 s' }))).toEqual([1000, 1500, 2000]);
    expect(delays(retryStrategy({ retries: 2 }))).toEqual([0, 0]);
  });

  it('may be none', () => expect(delays(NO_RETRY_STRATEGY)).toEqual([]));

  it('of a builder without conditions tries nothing again, one written as data every error', () => {
    expect(new FixedDelayRetryStrategyBuilder(3, 100).build().getRetryPredicate()).toEqual({});
    expect(retryStrategy({ retries: 1 }).getRetryPredicate().exceptionPredicate?.(new Error('any'))).toBe(true);
  });

  it.each([
    [{ retries: 0 }, 'a number of retries of at least 1; got 0'],
    [{ retries: 1, multiplier: 0.5 }, 'a multiplier of at least 1; got 0.5'],
    [{ retries: 1, delay: -1 }, 'a delay of at least 0; got -1'],
    [{ retries: 1, delay: 10, maxDelay: 5 }, 'a longest delay that is not below the first one; got 5'],
  ])('refuses %j', (options, message) => expect(() => retryStrategy(options)).toThrow(message));
});

describe.each(MODES)('$mode retries', ({ specialise }) => {
  it('call again after the delay, in the place of the record', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { retry: retryStrategy({ retries: 2, delay: 100 }) });
    harness.push('a').push('b');
    await service.reject('a');
    await service.answer('b');
    harness.advance(99);
    expect(service.asked).toEqual(['a', 'b']);
    harness.advance(1);
    expect(service.asked).toEqual(['a', 'b', 'a']);
    expect(service.context('a').attempt).toBe(2);
    await service.answer('a');
    expect(left).toEqual(['A', 'B']);
  });

  it('fail with the last error when they are used up', async () => {
    const service = new Service();
    const { harness } = await waiting(service.ask, specialise, { retry: retryStrategy({ retries: 1, delay: 10 }) });
    harness.push('a');
    await service.reject('a', new Error('first'));
    harness.advance(10);
    await service.reject('a', new Error('second'));
    expect(() => harness.push('b')).toThrow('second');
  });

  it('are made for the errors that satisfy the predicate only', async () => {
    const service = new Service();
    const retry = new FixedDelayRetryStrategyBuilder(3, 10).ifException((error) => (error as Error).message === 'busy').build();
    const { harness } = await waiting(service.ask, specialise, { retry });
    harness.push('a');
    await service.reject('a', new Error('busy'));
    harness.advance(10);
    await service.reject('a', new Error('gone'));
    expect(() => harness.push('b')).toThrow('gone');
  });

  it('are made for results that satisfy the predicate; the last such result is emitted', async () => {
    const service = new Service();
    const retry = new FixedDelayRetryStrategyBuilder(1, 10).ifResult(RetryPredicates.EMPTY_RESULT_PREDICATE).ifException(RetryPredicates.HAS_EXCEPTION_PREDICATE).build();
    const { harness, left } = await waiting(service.ask, specialise, { retry });
    harness.push('a').push('b');
    await service.answer('a', []);
    await service.answer('b', undefined);
    harness.advance(10);
    await service.answer('b');
    await service.answer('a', []);
    expect(left).toEqual(['B']);
    expect(service.asked).toEqual(['a', 'b', 'a', 'b']);
  });

  it('take back the side outputs of the attempt before', async () => {
    const tag = new OutputTag<number>('attempts');
    const { harness } = await waiting(async (_, context) => {
      context.output(tag, context.attempt);
      if (context.attempt === 1) throw new Error('once');
      return [];
    }, specialise, { retry: retryStrategy({ retries: 1, delay: 10 }) });
    harness.push('a');
    await turnOfTheLoop();
    harness.advance(10);
    await harness.end();
    expect(harness.sideValues(tag)).toEqual([2]);
  });

  it('do not prolong the time limit', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { timeoutMs: 50, retry: retryStrategy({ retries: 9, delay: 30 }), onTimeout: (value) => `${value}?` });
    harness.push('a');
    await service.reject('a');
    harness.advance(30);
    await service.reject('a');
    harness.advance(20);
    await turnOfTheLoop();
    expect(left).toEqual(['a?']);
    harness.advance(1_000);
    expect(service.asked).toEqual(['a', 'a']);
  });

  it('hear no more of an attempt that was given up', async () => {
    const [rejects, futures]: [((error: unknown) => void)[], ResultFuture<unknown>[]] = [[], []];
    const { harness, left } = await waiting({
      asyncInvoke(_, future) {
        futures.push(future);
        if (future.attempt === 1) future.completeExceptionally(new Error('at once'));
        return new Promise<never>((_resolve, reject) => rejects.push(reject));
      },
    }, specialise, { retry: retryStrategy({ retries: 1, delay: 10 }) });
    harness.push('a').advance(10);
    rejects[0]?.(new Error('late'));
    await turnOfTheLoop();
    futures[1]?.complete(['A']);
    await turnOfTheLoop();
    expect(harness.advance(0) && left).toEqual(['A']);
  });

  it('that wait at the end of the input are made at once, each for the last time', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { retry: retryStrategy({ retries: 9, delay: '1 h', ifResult: RetryPredicates.EMPTY_RESULT_PREDICATE }) });
    harness.push('a').push('b');
    await service.reject('a');
    await service.answer('b', []);
    expect(service.asked).toEqual(['a', 'b']);
    harness.endInput();
    expect(service.asked).toEqual(['a', 'b', 'a', 'b']);
    const finishing = Promise.resolve(harness.operator.finish?.());
    await service.answer('a');
    await service.answer('b', []);
    await finishing;
    expect(left).toEqual(['A']);
    expect(service.asked).toEqual(['a', 'b', 'a', 'b']);
    await harness.close();
  });

  it('are not made for calls that fail after the end of the input: the job fails', async () => {
    const service = new Service();
    const { harness } = await waiting(service.ask, specialise, { retry: retryStrategy({ retries: 9, delay: 10 }) });
    harness.push('a');
    harness.endInput();
    await service.reject('a', new Error('the only answer'));
    expect(() => harness.push('b')).toThrow('the only answer');
    expect(service.asked).toEqual(['a']);
  });

  it('are given up when the task is closed', async () => {
    const service = new Service();
    const { harness, left } = await waiting(service.ask, specialise, { retry: retryStrategy({ retries: 3, delay: 10 }) });
    harness.push('a').push('b');
    await service.reject('a');
    await service.reject('b');
    harness.advance(10);
    await service.answer('a');
    await service.reject('b');
    const finishing = Promise.resolve(harness.operator.finish?.());
    expect(left).toEqual(['A']);
    await harness.close();
    await finishing;
    expect(harness.clock.scheduled).toBe(0);
    expect(service.inFlight).toBe(0);
  });

  it('fail with the error of a predicate that throws', async () => {
    const service = new Service();
    const { harness } = await waiting(service.ask, specialise, {
      retry: retryStrategy({ retries: 1, ifException: () => { throw new Error('in the predicate'); } }),
    });
    harness.push('a');
    await service.reject('a');
    expect(() => harness.push('b')).toThrow('in the predicate');
  });
});
