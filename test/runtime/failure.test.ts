import { describe, expect, it } from 'vitest';
import { FlinkError } from '../../src/core/errors.js';
import type { Specialise } from '../../src/operators/operator.js';
import { guardedUserFunction, sharedSpecialiser, specialiser } from '../../src/operators/specialise.js';
import { mapKernel } from '../../src/operators/map.js';
import { forgetLabels, labelOperator, locateFailure } from '../../src/runtime/failure.js';

const head = { operator: 'Source', subtask: 1, parallelism: 2 };

function thrownBy(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Two maps called from each other, the second of which throws. */
function chainThatThrows(specialise: (label: number) => Specialise): unknown {
  const first = specialise(labelOperator({ operator: 'First', subtask: 0, parallelism: 1 }));
  const second = specialise(labelOperator({ operator: 'Second', subtask: 3, parallelism: 4 }));
  const fail = (): never => {
    throw new RangeError('too large');
  };
  const inner = second(mapKernel)(guardedUserFunction(second, fail), () => {});
  const outer = first(mapKernel)(guardedUserFunction(first, (value: unknown) => value), inner as never);
  return thrownBy(() => outer(7 as never, 0));
}

describe('where a failure comes from', () => {
  it.each([['specialised', specialiser], ['shared', sharedSpecialiser]] as const)('is the innermost operator whose function threw, kernels being %s', (_, specialise) => {
    expect(locateFailure(chainThatThrows(specialise), head)).toMatchObject({ code: 'USER_FUNCTION', message: 'RangeError: too large', place: { operator: 'Second', subtask: 3, parallelism: 4 } });
  });

  it('is the head of the chain when nothing else is known', () => {
    expect(locateFailure(new Error('x'), head).place).toEqual(head);
  });

  it('is the head again for an operator that has been forgotten', () => {
    const label = labelOperator({ operator: 'Gone', subtask: 0, parallelism: 1 });
    const error = thrownBy(() => (specialiser(label)(mapKernel)(() => JSON.parse('{'), () => {}) as (value: unknown, timestamp: number) => void)(1, 0));
    expect(locateFailure(error, head).place!.operator).toBe('Gone');
    forgetLabels([label]);
    expect(locateFailure(error, head).place!.operator).toBe('Source');
  });

  it('keeps the error as its cause, and the place that an error has already', () => {
    const cause = new Error('x');
    expect(locateFailure(cause, head).cause).toBe(cause);
    const placed = new FlinkError('KEY_INVALID', 'no key', { place: { operator: 'Reduce' } });
    expect(locateFailure(placed, head)).toBe(placed);
  });

  it('is added to an error of the engine that has none, whose code and hint stay', () => {
    const error = new FlinkError('OUTPUT_UNWRITABLE', 'disk full', { hint: 'Make room.' });
    expect(locateFailure(error, head)).toMatchObject({ code: 'OUTPUT_UNWRITABLE', message: 'disk full', hint: 'Make room.', place: head });
  });

  it('shows the record, shortened to a line', () => {
    const shown = locateFailure(new Error('x'), head, { value: { text: 'a\nb', long: 'y'.repeat(500) } }).place!.record!;
    expect(shown).toMatch(/^\{ text: 'a\\nb', long: 'y+/);
    expect([shown.length < 200, shown.includes('\n')]).toEqual([true, false]);
  });

  it('shows a record that is undefined, and even one that cannot be shown', () => {
    expect(locateFailure(new Error('x'), head, { value: undefined }).place!.record).toBe('undefined');
    const hostile = { get [Symbol.toStringTag]() { throw new Error('no'); } };
    expect(locateFailure(new Error('x'), head, { value: hostile }).place!.record).toContain('cannot be shown');
  });

  it('says what was thrown when that is no error', () => {
    expect(locateFailure('just a text', head).message).toBe("threw 'just a text', which is not an Error");
    expect(locateFailure(undefined, head).message).toBe('threw undefined, which is not an Error');
    expect(locateFailure('just a text', head).hint).toContain('The operator named is the first of its chain');
  });
});
