import { describe, expect, it } from 'vitest';
import { Duration, Time, TimeUnit, toMillis } from '../../src/core/time.js';

describe('a duration', () => {
  it('is made of a number and a unit', () => {
    const made = [Time.of(250, TimeUnit.MILLISECONDS), Time.of(10, TimeUnit.SECONDS), Time.of(5, TimeUnit.MINUTES), Time.of(2, TimeUnit.HOURS), Duration.of(1, TimeUnit.DAYS)];
    expect(made.map(toMillis)).toEqual([250, 10_000, 300_000, 7_200_000, 86_400_000]);
    expect([Time.seconds(3).toMilliseconds(), Duration.ZERO.toMillis()]).toEqual([3_000, 0]);
  });

  it.each(['fortnight', 'seconds', undefined])('is refused in the unit %j', (unit) => {
    expect(() => Time.of(1, unit as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', hint: expect.stringContaining('TimeUnit.SECONDS') }));
  });
});
