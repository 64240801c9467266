/** Looks again and again until nothing is thrown, however slow the machine is: the limit is for what never comes. */
import { vi } from 'vitest';

export function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: 50_000, interval: 10 });
}
