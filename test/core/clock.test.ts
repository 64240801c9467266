/** The machine's own clock. */
import { expect, it, vi } from 'vitest';
import { sleep, systemClock } from '../../src/core/clock.js';

it.each([2 ** 31, 30 * 86_400_000, Number.MAX_SAFE_INTEGER])('a call in %d ms does not come before one in 20 ms, though timers of Node go no further than 24 days', async (far) => {
  const call = vi.fn();
  const scheduled = systemClock.schedule(far, call);
  await sleep(systemClock, 20);
  scheduled.cancel();
  expect(call).not.toHaveBeenCalled();
});

it('a call in months comes when they are over, and not when it was cancelled', () => {
  vi.useFakeTimers();
  try {
    const [call, cancelled] = [vi.fn(), vi.fn()];
    const days = 86_400_000;
    systemClock.schedule(60 * days, call);
    const other = systemClock.schedule(60 * days, cancelled);
    vi.advanceTimersByTime(60 * days - 1);
    expect(call).not.toHaveBeenCalled();
    other.cancel();
    vi.advanceTimersByTime(1);
    expect(call).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(60 * days);
    expect(cancelled).not.toHaveBeenCalled();
  } finally {
    vi.useRealTimers();
  }
});
