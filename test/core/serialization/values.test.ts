import { deepStrictEqual } from 'node:assert';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ClassRegistry, registerClass, registeredClasses } from '../../../src/core/serialization/class-registry.js';
import { FlinkError } from '../../../src/core/errors.js';
import { decodeBatch, encodeBatch } from '../../../src/runtime/exchange/encoded-batch.js';
import { batchOf, valuesOf } from '../../runtime/exchange/records.js';

function roundTrip<T>(value: T, classes?: ClassRegistry): T {
  // The second record makes the first one travel among others of another kind, that is escaped.
  const [received] = valuesOf(decodeBatch(encodeBatch(batchOf([value, Symbol.keyFor(Symbol.for('x')), 1]), classes), classes));
  return received as T;
}

function refusal(value: unknown): FlinkError {
  try {
    encodeBatch(batchOf([{ fine: 1 }, value]));
  } catch (error) {
    if (error instanceof FlinkError && error.code === 'RECORD_NOT_SERIALIZABLE') return error;
    throw error;
  }
  throw new Error('Expected a refusal.');
}

describe('values of any kind', () => {
  it.each([
    ['a bigint of any size', [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, -(2n ** 200n)]],
    ['a date', [new Date(0), new Date(8.64e15)]],
    ['unpaired surrogates', ['\ud800', 'a\udc00b', '\udfff\ud800']],
    ['numbers with their sign', [0, -0, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER]],
    ['undefined apart from missing', { a: undefined, b: [undefined] }],
    ['a map with keys of any kind', new Map<unknown, unknown>([[{ a: 1 }, [1]], [new Map([[1, 2]]), null], [Number.NaN, -0]])],
    ['a regular expression in use', Object.assign(/a(b)?/giu, { lastIndex: 3 })],
    ['a very large dictionary', Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key ${i}`, i]))],
    ['a bare dictionary', Object.assign(Object.create(null) as object, { x: 1 })],
  ])('keeps %s', (_, value) => {
    deepStrictEqual(roundTrip(value), value);
  });

  it('keeps an invalid date', () => {
    expect(roundTrip(new Date(Number.NaN)).getTime()).toBeNaN();
  });

  it('keeps errors with their cause and their fields', () => {
    const error = Object.assign(new TypeError('no', { cause: new RangeError('why') }), { code: 'E_NO' });
    const received = roundTrip(error);
    deepStrictEqual(received, error);
    expect([received.stack, (received.cause as Error).stack, Object.keys(received)]).toEqual([error.stack, (error.cause as Error).stack, ['code']]);
  });

  it('takes only the visible part of a buffer, and into memory of its own', () => {
    const whole = new Uint8Array(1000).fill(1);
    const received = roundTrip(whole.subarray(10, 20));
    expect([received.length, received.byteOffset, received.buffer.byteLength]).toEqual([10, 0, 10]);
  });

  it('keeps cycles and what is shared inside a value that has them', () => {
    const node: Record<string, unknown> = { name: 'loop', list: [new Date(1)], map: new Map<unknown, unknown>() };
    node['self'] = node;
    (node['list'] as unknown[]).push(node['list'], new Set([node]), /x/, new Uint8Array(1), Object.assign(new Error('e'), { node }));
    (node['map'] as Map<unknown, unknown>).set(node, node['list']);
    const received = roundTrip({ wrapped: [node] }).wrapped[0]!;
    expect(received['self']).toBe(received);
    const list = received['list'] as [Date, unknown, Set<unknown>, RegExp, Uint8Array, Error & { node: unknown }];
    expect(list[0]).toEqual(new Date(1));
    expect(list[1]).toBe(list);
    expect(list[2].has(received)).toBe(true);
    expect(list[5].node).toBe(received);
    expect((received['map'] as Map<unknown, unknown>).get(received)).toBe(list);
  });

  it('keeps deep nesting without cycles', () => {
    let deep: unknown = 'bottom';
    for (let i = 0; i < 500; i++) deep = i % 2 ? [deep] : { deep };
    deepStrictEqual(roundTrip(deep), deep);
  });
});

describe('instances of classes', () => {
  class Point {
    readonly #hidden = 1;
    constructor(
      readonly x: number,
      readonly y: number,
    ) {
      if (x === undefined) throw new Error('The constructor must not run again.');
    }
    get length(): number {
      return Math.hypot(this.x, this.y) * this.#hidden;
    }
  }
  class Celsius {
    degrees = 1;
    set kelvin(kelvin: number) {
      this.degrees = kelvin - 273.15;
    }
  }

  const classes = new ClassRegistry();
  classes.register('Point', Point);
  classes.register('Celsius', Celsius);

  it('keep their class when it is registered', () => {
    const points = Array.from({ length: 100 }, (_, i) => new Point(i, i * 0.5));
    const received = valuesOf(decodeBatch(encodeBatch(batchOf(points), classes), classes)) as Point[];
    expect(received.every((point) => point instanceof Point)).toBe(true);
    deepStrictEqual({ ...received[7]! }, { x: 7, y: 3.5 });
  });

  it('get their fields without setters being called', () => {
    const odd = Array.from({ length: 100 }, () => Object.defineProperty(new Celsius(), 'kelvin', { value: 5, enumerable: true, writable: true, configurable: true }));
    const received = valuesOf(decodeBatch(encodeBatch(batchOf(odd), classes), classes)) as Celsius[];
    expect(received.every((item) => Object.hasOwn(item, 'kelvin') && item.degrees === 1)).toBe(true);
  });

  it('are refused with advice when it is not', () => {
    const error = refusal({ at: [new Point(1, 2)] });
    expect(error.message).toBe('a record cannot travel between threads: record.at[0] is an instance of the class Point, which is not registered');
    expect(error.hint).toContain("registerClass('Point', Point)");
  });

  it('are refused where the receiving thread does not know the class', () => {
    const bytes = encodeBatch(batchOf([new Point(1, 2)]), classes);
    expect(() => decodeBatch(bytes)).toThrow(/registered as "Point", but the thread that received it/);
  });

  it('cannot be registered when their data is not in fields', () => {
    class Bag extends Map {}
    expect(() => registerClass('Bag', Bag)).toThrow(/Bag extends Map/);
    expect(registeredClasses.prototypeOf('Bag')).toBeUndefined();
  });

  it('take the class that was registered last, when a bundle is loaded twice', () => {
    const twice = new ClassRegistry();
    const [first, second] = [0, 1].map(() => class Order { id = 1; }) as [new () => object, new () => object];
    twice.register('Order', first);
    twice.register('Order', second);
    expect(roundTrip(new first(), twice)).toBeInstanceOf(second);
  });
});

describe('values that cannot travel', () => {
  it.each<[string, unknown, string]>([
    ['a function', { user: { callback: () => 1 } }, 'record.user.callback is a function'],
    ['a symbol', ['a', Symbol('x')], 'record[1] is a symbol'],
    ['a promise', { 'the result': Promise.resolve() }, 'record["the result"] is a Promise'],
    ['a weak map', new Map([['cache', new WeakMap()]]), 'record.get("cache") is a WeakMap'],
    ['a symbol as a key', new Map([[Symbol('k'), 1]]), 'record (key of entry 0) is a symbol'],
    ['a function in a set', { all: new Set([1, () => 1]) }, 'record.all (element 1) is a function'],
    ['a record that is a function', () => 1, 'record is a function'],
    ['a socket', { socket: new Socket() }, 'record.socket is a Socket'],
    ['a map of a class of its own', [new (class Bag extends Map {})()], 'record[0] is a Bag'],
    ['shared memory', { memory: new SharedArrayBuffer(1) }, 'record.memory is a SharedArrayBuffer'],
    ['a field of an error', new Error('x', { cause: { retry: () => 1 } }), 'record.cause.retry is a function'],
    ['an instance that hides its class', { a: Object.create({}) as object }, 'record.a is an instance of the class Object, which is not registered'],
  ])('are refused with the way to them: %s', (_, value, problem) => {
    expect(refusal(value).message).toBe(`a record cannot travel between threads: ${problem}`);
  });

  it('are found in columns too', () => {
    const records: unknown[] = Array.from({ length: 300 }, (_, i) => ({ id: i, name: 'x' }));
    records.push({ id: 301, name: () => 1 });
    expect(() => encodeBatch(batchOf(records))).toThrow(/record\.name is a function/);
  });

  it('are refused when they are nested beyond what a stack holds', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(refusal(deep).message).toMatch(/nested too deeply/);
  });
});
