import { describe, expectTypeOf, it } from 'vitest';
import type { Collector, FilterFunctionLike, FlatMapFunctionLike, MapFunctionLike, ProcessContext, ProcessFunctionLike, SinkFunctionLike } from '../../src/operators/functions.js';
import { ProcessFunction, RichFlatMapFunction, RichMapFunction } from '../../src/operators/functions.js';

interface Event { readonly user: string; readonly n: number }

/** A stream's methods as the API declares them, to see what the compiler infers. */
declare const stream: {
  map<OUT>(fn: MapFunctionLike<Event, OUT>): OUT;
  flatMap<OUT>(fn: FlatMapFunctionLike<Event, OUT>): OUT;
  filter(fn: FilterFunctionLike<Event>): Event;
  process<OUT>(fn: ProcessFunctionLike<Event, OUT>): OUT;
  addSink(fn: SinkFunctionLike<Event>): void;
};

class Users extends RichMapFunction<Event, string> {
  map(value: Event): string {
    return value.user;
  }
}

class Twice extends RichFlatMapFunction<Event, number> {
  flatMap(value: Event, out: Collector<number>): void {
    out.collect(value.n);
    out.collect(value.n);
  }
}

class Late extends ProcessFunction<Event, bigint> {
  processElement(value: Event, _context: ProcessContext, out: Collector<bigint>): void {
    out.collect(BigInt(value.n));
  }
}

describe('what the compiler infers of a user function', () => {
  it('is the result of a lambda, an object, an instance and a class', () => {
    expectTypeOf(() => stream.map((event) => event.n)).returns.toEqualTypeOf<number>();
    expectTypeOf(() => stream.map({ map: (event) => event.user, open() {} })).returns.toEqualTypeOf<string>();
    expectTypeOf(() => stream.map(new Users())).returns.toEqualTypeOf<string>();
    expectTypeOf(() => stream.map(Users)).returns.toEqualTypeOf<string>();
    expectTypeOf(() => stream.map((event) => [event.user, event.n] as const)).returns.toEqualTypeOf<readonly [string, number]>();
  });

  it('is the member of what a flatMap returns, or what it collects', () => {
    expectTypeOf(() => stream.flatMap((event) => event.user.split(' '))).returns.toEqualTypeOf<string>();
    expectTypeOf(() => stream.flatMap((event) => new Set([event.n]))).returns.toEqualTypeOf<number>();
    expectTypeOf(() => stream.flatMap(function* (event) { yield event.n; })).returns.toEqualTypeOf<number>();
    expectTypeOf(() => stream.flatMap((event, out: Collector<boolean>) => { out.collect(event.n > 0); })).returns.toEqualTypeOf<boolean>();
    expectTypeOf(() => stream.flatMap<number>((event, out) => out.collect(event.n))).returns.toEqualTypeOf<number>();
    expectTypeOf(() => stream.flatMap(Twice)).returns.toEqualTypeOf<number>();
  });

  it('is what a process function collects', () => {
    expectTypeOf(() => stream.process(Late)).returns.toEqualTypeOf<bigint>();
    expectTypeOf(() => stream.process(new Late())).returns.toEqualTypeOf<bigint>();
    expectTypeOf(() => stream.process((event, _context, out: Collector<string>) => out.collect(event.user))).returns.toEqualTypeOf<string>();
  });

  it('lets filters and sinks be lambdas and objects', () => {
    expectTypeOf(() => stream.filter((event) => event.n > 0)).returns.toEqualTypeOf<Event>();
    expectTypeOf(() => stream.addSink({ async invoke(event) { await Promise.resolve(event.user); } })).returns.toEqualTypeOf<void>();
    expectTypeOf(() => stream.addSink((event, context) => void [event.n, context.timestamp()])).returns.toEqualTypeOf<void>();
  });

  it('refuses functions of other records', () => {
    // @ts-expect-error -- an event has no such field
    expectTypeOf(() => stream.map((event) => event.missing)).toBeFunction();
    // @ts-expect-error -- a filter answers a boolean
    expectTypeOf(() => stream.filter((event) => event.user)).toBeFunction();
    // @ts-expect-error -- the method has another name
    expectTypeOf(() => stream.map({ mapp: (event: Event) => event.n })).toBeFunction();
  });
});
