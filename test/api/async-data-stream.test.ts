/** What the compiler infers of asynchronous calls, which arguments they take, and what they become in the graph. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  AsyncDataStream, type AsyncFunction, AsyncRetryStrategies, type ResultFuture, RetryPredicates, RichAsyncFunction, type SingleOutputStreamOperator,
  StreamExecutionEnvironment, TimeUnit,
} from '../../src/index.js';

type Operator<T> = SingleOutputStreamOperator<T>;
interface User {
  id: number;
  name: string;
}
const { orderedWait, unorderedWait, orderedWaitWithRetry, unorderedWaitWithRetry } = AsyncDataStream;
const env = StreamExecutionEnvironment.getExecutionEnvironment();
const ids = env.fromElements(1, 2);
const fetchUser = async (id: number, _options?: { signal: AbortSignal }): Promise<User> => ({ id, name: `user ${id}` });
const findUser = async (id: number): Promise<User | undefined> => (id > 0 ? fetchUser(id) : undefined);
const fetchFriends = async (id: number): Promise<User[]> => [await fetchUser(id)];

class Lookup extends RichAsyncFunction<number, User> {
  asyncInvoke(_id: number, _users: ResultFuture<User>): void {}
}
const lookup: AsyncFunction<number, User> = new Lookup();
const { FixedDelayRetryStrategyBuilder } = AsyncRetryStrategies;

describe('asynchronous calls infer', () => {
  it('from lambdas', () => {
    expectTypeOf(unorderedWait(ids, async (id, { signal }) => fetchUser(id, { signal }), { timeout: '5 s', capacity: 100 })).toEqualTypeOf<Operator<User>>();
    expectTypeOf(orderedWait(ids, async (id) => ({ id, user: await fetchUser(id) }), { timeout: 0 })).toEqualTypeOf<Operator<{ id: number; user: User }>>();
    expectTypeOf(orderedWait(ids, (id) => findUser(id), { timeout: 0 })).toEqualTypeOf<Operator<User>>();
    expectTypeOf(orderedWait(ids, (id) => fetchFriends(id), { timeout: 0 })).toEqualTypeOf<Operator<User>>();
    expectTypeOf(orderedWait(ids, (id) => (id > 1 ? String(id) : fetchUser(id)), { timeout: 0 })).toEqualTypeOf<Operator<string | User>>();
    expectTypeOf(orderedWait(ids, async (id) => [[String(id), id]], { timeout: 0 })).toEqualTypeOf<Operator<[string, number]>>();
    expectTypeOf(orderedWait(ids, fetchUser, 5, TimeUnit.SECONDS, 100)).toEqualTypeOf<Operator<User>>();
    expectTypeOf(orderedWait(ids, fetchFriends, '5 s', 100)).toEqualTypeOf<Operator<User>>();
  });

  it('from objects and classes', () => {
    expectTypeOf(unorderedWait(ids, new Lookup(), 5, TimeUnit.SECONDS)).toEqualTypeOf<Operator<User>>();
    expectTypeOf(unorderedWait(ids, Lookup, '5 s')).toEqualTypeOf<Operator<User>>();
    expectTypeOf(orderedWait(ids, lookup, { timeout: '5 s' })).toEqualTypeOf<Operator<User>>();
    expectTypeOf(orderedWait(ids, { asyncInvoke: async (id: number) => fetchUser(id) }, { timeout: '5 s' })).toEqualTypeOf<Operator<User>>();
  });

  it('what else an answer may be', () => {
    expectTypeOf(orderedWait(ids, fetchUser, { timeout: 1, onTimeout: (id) => `nobody knows ${id.toFixed()}` })).toEqualTypeOf<Operator<User | string>>();
    orderedWait(ids, fetchFriends, { timeout: 1, retry: { retries: 3, delay: '1 s', ifResult: (users) => users.some(({ name }) => name === '') } });
    orderedWait(ids, fetchFriends, { timeout: 1, retry: new FixedDelayRetryStrategyBuilder(3, 100).ifResult(RetryPredicates.EMPTY_RESULT_PREDICATE).build() });
    orderedWaitWithRetry(ids, fetchFriends, 1, TimeUnit.SECONDS, 10, new FixedDelayRetryStrategyBuilder<User>(3, 100).ifResult(([user]) => user?.name === '').build());
    expectTypeOf(unorderedWaitWithRetry(ids, fetchFriends, '1 s', new FixedDelayRetryStrategyBuilder(3, 100).build())).toEqualTypeOf<Operator<User>>();
    expectTypeOf(unorderedWaitWithRetry(ids, Lookup, '1 s', new FixedDelayRetryStrategyBuilder(3, 100).build())).toEqualTypeOf<Operator<User>>();
  });

  it('and refuse what does not fit', () => {
    // @ts-expect-error the stream has numbers
    orderedWait(ids, async (id: string) => id, { timeout: 0 });
    // @ts-expect-error a time limit is to be thought of
    expect(() => orderedWait(ids, fetchUser, {})).toThrow('orderedWait expects a duration');
    // @ts-expect-error as above
    expect(() => orderedWait(ids, fetchUser)).toThrow('orderedWait expects a duration');
  });
});

describe('asynchronous calls refuse', () => {
  const refused = (...rest: unknown[]): unknown => (unorderedWait as (...all: unknown[]) => unknown)(ids, ...rest);

  it.each([
    [[async () => 1, { timeout: '5 parsecs' }], 'unorderedWait expects a duration; got "5 parsecs"'],
    [[async () => 1, { timeout: -1 }], 'unorderedWait expects a duration of at least 0 ms; got -1'],
    [[async () => 1, { timeout: 1, capacity: 0 }], 'unorderedWait expects a capacity: a whole number of at least 1; got 0'],
    [[async () => 1, 1, TimeUnit.SECONDS, 1.5], 'unorderedWait expects a capacity: a whole number of at least 1; got 1.5'],
    [[async () => 1, { timeout: 1, onTimeout: 5 }], 'unorderedWait expects a function as onTimeout; got 5'],
    [[async () => 1, { timeout: 1, retry: { retries: 0 } }], 'a retry strategy expects a number of retries of at least 1; got 0'],
    [[5, { timeout: 1 }], 'unorderedWait takes a function, an object with asyncInvoke(), or a class of such objects; the number 5 came'],
  ])('%j', (rest, message) => expect(() => refused(...rest)).toThrow(message));

  it('what is no stream, and a missing strategy', () => {
    expect(() => (orderedWait as (...all: unknown[]) => unknown)([1], async () => 1, { timeout: 1 })).toThrow('orderedWait expects a DataStream as its first argument; got an array of 1');
    expect(() => (orderedWaitWithRetry as (...all: unknown[]) => unknown)(ids, async () => 1, 5)).toThrow('orderedWaitWithRetry expects a retry strategy as its last argument; got 5');
  });
});

it('asynchronous calls are yielding nodes, and keep their uid and name', () => {
  const environment = StreamExecutionEnvironment.getExecutionEnvironment();
  unorderedWait(environment.fromElements(1), async (id) => id, '1 s').uid('lookup').name('Lookup').print();
  const [, node] = environment.getStreamGraph().nodes;
  expect(node).toMatchObject({ name: 'Lookup', operator: 'async wait operator', kind: 'operator', yielding: true, uid: 'lookup' });
});
