/**
 * How explanations write numbers.
 */
import { formatDuration } from '../../core/time.js';

/** Whole seconds: nobody needs more. */
export function lasting(ms: number): string {
  return formatDuration(Math.round(Math.max(0, ms) / 1000) * 1000).replace(/^0 ms$/, '0 s');
}

/** A share of time from 0 to 1. */
export function share(of: number): string {
  return `${Math.round(of * 100)} %`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
