import { beforeEach, describe, expect, it } from 'vitest';
import { Feedback } from '../../src/runtime/feedback.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

let clock: ManualClock;
let wakes: number;
let feedback: Feedback;
let taken: string[];

beforeEach(() => {
  clock = new ManualClock(500);
  wakes = 0;
  feedback = new Feedback(clock, () => (wakes += 1));
  taken = [];
});

const consume = (): void => feedback.consume((value, timestamp) => void taken.push(`${String(value)}@${timestamp}`));

describe('the feedback of an iteration', () => {
  it('delivers records in order, with their timestamps', () => {
    consume();
    feedback.push('a', 1);
    feedback.push('b', 2);
    expect([feedback.deliver(), feedback.deliver()]).toEqual([true, false]);
    expect(taken).toEqual(['a@1', 'b@2']);
  });

  it('keeps records until somebody consumes them', () => {
    feedback.push('a', 1);
    expect(feedback.deliver()).toBe(false);
    consume();
    expect(feedback.deliver()).toBe(true);
  });

  it('wakes its task for the first record that waits, not for every one', () => {
    consume();
    feedback.push('a', 1);
    feedback.push('b', 1);
    expect(wakes).toBe(1);
    feedback.deliver();
    feedback.push('c', 1);
    expect(wakes).toBe(2);
  });

  it('leaves records that come back meanwhile for the next time, so that a loop without an end gives way', () => {
    feedback.consume((value) => feedback.push((value as number) + 1, 0));
    feedback.push(0, 0);
    expect(feedback.deliver()).toBe(true);
    expect(feedback.deliver()).toBe(true);
    expect(feedback.idleMs()).toBe(0);
  });

  it('delivers a long queue in pieces and loses nothing', () => {
    consume();
    for (let at = 0; at < 3000; at++) feedback.push(at, 0);
    let deliveries = 0;
    while (feedback.deliver()) deliveries++;
    expect([deliveries > 1, taken.length, taken.at(-1)]).toEqual([true, 3000, '2999@0']);
  });

  it('says how long nothing has come, which is no time while something waits', () => {
    consume();
    clock.advance(30);
    expect(feedback.idleMs()).toBe(30);
    feedback.push('a', 1);
    expect(feedback.idleMs()).toBe(0);
    feedback.deliver();
    clock.advance(10);
    expect(feedback.idleMs()).toBe(10);
  });
});
