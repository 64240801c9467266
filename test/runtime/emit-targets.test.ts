import { describe, expect, it } from 'vitest';
import type { Specialise } from '../../src/operators/operator.js';
import type { Emit } from '../../src/operators/output.js';
import { sharedKernels, specialiser } from '../../src/operators/specialise.js';
import { combineTargets, deepFreeze } from '../../src/runtime/emit-targets.js';

const modes: [string, Specialise][] = [['shared', sharedKernels], ['copied', specialiser(1)]];

describe.each(modes)('the targets of an output, kernels %s', (_, specialise) => {
  function emitInto(targets: number, frozen = false, value: unknown = 'x'): string[] {
    const log: string[] = [];
    const emits = Array.from({ length: targets }, (__, at): Emit => (record, timestamp) => void log.push(`${at}:${String(record)}@${timestamp}`));
    combineTargets(emits, specialise, frozen)(value, 3);
    return log;
  }

  it.each([0, 1, 2, 3, 5])('of which there are %i all get the record, in order', (targets) => {
    expect(emitInto(targets)).toEqual(Array.from({ length: targets }, (__, at) => `${at}:x@3`));
  });

  it('are called without anything in between when there is one', () => {
    const only: Emit = () => {};
    expect(combineTargets([only], specialise, false)).toBe(only);
  });

  it('get an immutable record when objects are not reused', () => {
    const record = { tags: ['a'], inner: { n: 1 } };
    emitInto(2, true, record);
    expect([record, record.tags, record.inner].map(Object.isFrozen)).toEqual([true, true, true]);
    expect(() => (record.inner.n = 2)).toThrow(TypeError);
  });

  it('get the record as it is otherwise', () => {
    const record = { n: 1 };
    emitInto(1, false, record);
    expect(Object.isFrozen(record)).toBe(false);
  });
});

describe('deep freezing', () => {
  it('leaves views of bytes alone, which cannot be frozen', () => {
    const record = { bytes: new Uint8Array(2), buffer: Buffer.from('x') };
    deepFreeze(record);
    record.bytes[0] = 1;
    expect([Object.isFrozen(record), record.bytes[0]]).toEqual([true, 1]);
  });

  it('ends on a record that contains itself', () => {
    const record: { self?: unknown } = {};
    record.self = record;
    deepFreeze(record);
    expect(Object.isFrozen(record)).toBe(true);
  });

  it('takes records that are no objects', () => {
    for (const value of [1, 'x', null, undefined, true, 1n]) expect(() => deepFreeze(value)).not.toThrow();
  });
});
