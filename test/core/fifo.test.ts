import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fifo } from '../../src/core/fifo.js';

it('a queue gives what an array would, however it is pushed and shifted', () => {
  fc.assert(fc.property(fc.array(fc.option(fc.integer(), { nil: undefined, freq: 3 }), { maxLength: 200 }), (steps) => {
    const [queue, array] = [new Fifo<number>(), [] as number[]];
    for (const step of steps) {
      if (step === undefined) {
        expect(queue.peek()).toBe(array[0]);
        expect(queue.shift()).toBe(array.shift());
      } else {
        queue.push(step);
        array.push(step);
      }
      expect(queue.length).toBe(array.length);
    }
    queue.clear();
    expect([queue.length, queue.shift()]).toEqual([0, undefined]);
  }));
});
