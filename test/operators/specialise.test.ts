import { describe, expect, it } from 'vitest';
import { attributeError, guardedUserFunction, operatorLabelFromStack, operatorLabelOf, sharedKernels, sharedSpecialiser, specialiser } from '../../src/operators/specialise.js';

function callKernel(apply: () => unknown): () => unknown {
  return function call() {
    return apply();
  };
}

function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const fail = (): never => {
  throw new Error('by the user');
};

describe('a specialiser', () => {
  it('makes a working copy of a kernel, another one each time', () => {
    const specialise = specialiser(3);
    const copy = specialise(callKernel);
    expect(copy).not.toBe(callKernel);
    expect(specialise(callKernel)).not.toBe(copy);
    expect(copy(() => 42)()).toBe(42);
  });

  it('hands back a kernel that a coverage tool has written into', () => {
    const cov_123 = (): { f: number[] } => ({ f: [0] });
    const instrumented = (): number => {
      cov_123().f[0]!++;
      return 1;
    };
    expect(specialiser(3)(instrumented)).toBe(instrumented);
  });

  it('hands back a kernel whose text is no expression', () => {
    const { method } = { method() { return 1; } };
    expect(specialiser(3)(method)).toBe(method);
  });

  it('labels errors of user functions that a copy calls', () => {
    const error = thrown(specialiser(12)(callKernel)(fail));
    expect(operatorLabelOf(error)).toBe(12);
  });

  it('labels an error with the innermost operator when operators call each other', () => {
    const inner = specialiser(2)(callKernel)(fail);
    const outer = specialiser(1)(callKernel)(inner);
    expect(operatorLabelOf(thrown(outer))).toBe(2);
  });

  it('costs user functions no guard', () => {
    expect(guardedUserFunction(specialiser(1), fail)).toBe(fail);
    expect(guardedUserFunction(sharedKernels, fail)).toBe(fail);
  });
});

describe('a specialiser of shared kernels', () => {
  it('hands back kernels as they are', () => {
    expect(sharedSpecialiser(3)(callKernel)).toBe(callKernel);
    expect(sharedKernels(callKernel)).toBe(callKernel);
  });

  it('labels errors of user functions by their guard, the innermost operator first', () => {
    const inner = guardedUserFunction(sharedSpecialiser(2), fail);
    const outer = guardedUserFunction(sharedSpecialiser(1), () => inner());
    const error = thrown(callKernel(outer));
    expect((error as Error).message).toBe('by the user');
    expect(operatorLabelOf(error)).toBe(2);
  });

  it('passes arguments and result through the guard', () => {
    const guarded = guardedUserFunction(sharedSpecialiser(2), (a: number, b: number, c: number) => a + b + c);
    expect(guarded(1, 2, 3)).toBe(6);
  });
});

describe('the label of an error', () => {
  it('can be given where no stack tells, once', () => {
    const error = new Error('from a promise');
    attributeError(specialiser(5), error);
    attributeError(specialiser(6), error);
    expect(operatorLabelOf(error)).toBe(5);
  });

  it('does not exist for errors from elsewhere, and for things thrown that are no errors', () => {
    expect(operatorLabelOf(new Error('flink-operator-3-1: only in the message'))).toBeUndefined();
    expect(operatorLabelOf('text')).toBeUndefined();
    expect(operatorLabelOf(undefined)).toBeUndefined();
    attributeError(specialiser(5), 'text');
    attributeError(sharedKernels, new Error('x'));
  });

  it('is read from frames, not from the message', () => {
    expect(operatorLabelFromStack('Error: at flink-operator-9-9:1:1\n    at f (job.js:1:1)\n    at map (flink-operator-4-17:3:5)\n    at flink-operator-3-16:3:5')).toBe(4);
    expect(operatorLabelFromStack('Error: x\n    at flink-operator-3-16:3:5')).toBe(3);
    expect(operatorLabelFromStack(undefined)).toBeUndefined();
  });

  it('survives an await inside the user function', async () => {
    const failLater = async (): Promise<never> => {
      await Promise.resolve();
      throw new Error('later');
    };
    const specialise = specialiser(8);
    const error = await (specialise(callKernel)(failLater)() as Promise<never>).catch((reason: unknown) => reason);
    attributeError(specialise, error);
    expect(operatorLabelOf(error)).toBe(8);
  });
});
