import { describe, expect, it } from 'vitest';
import { ExclusiveCalls } from '../../src/runtime/exclusive-calls.js';

const calls = (): ExclusiveCalls => new ExclusiveCalls({ gate: { hold: () => {}, release: () => {} }, wake: () => {}, fail: () => {} });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a task that ends while a function of it prepares or commits', () => {
  it.each([
    ['comes to its end', (end: () => void) => end()],
    ['fails', (_: () => void, fail: (error: Error) => void) => fail(new Error('no'))],
  ])('waits until the call %s, and calls no other', async (_, settle) => {
    const called: string[] = [];
    const exclusive = calls();
    const pending = new Promise<void>((resolve, reject) => {
      exclusive.run([() => new Promise<void>((end, fail) => settle(() => setImmediate(() => void (called.push('first'), end())), (error) => setImmediate(() => void (called.push('first'), fail(error))))), () => void called.push('second')]);
      exclusive.stop().then(() => (called.push('stopped'), resolve()), reject);
    });
    await settled();
    await pending;
    expect(called).toEqual(['first', 'stopped']);
  });

  it('does not wait when there is none', async () => {
    await calls().stop();
  });
});
