/**
 * Ctrl-C and its relatives: the first asks, the second does not wait.
 */
import { EXIT } from './exit-codes.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type Interrupt = (typeof SIGNALS)[number];

/** What the listener needs of a process. */
export interface SignalTarget {
  on(signal: Interrupt, listener: (signal: Interrupt) => void): unknown;
  off(signal: Interrupt, listener: (signal: Interrupt) => void): unknown;
  exit(code: number): void;
}

/** Calls `first` for the first signal and ends the process for the second. Returns what stops the listening. */
export function onInterrupt(first: (signal: Interrupt) => void, target: SignalTarget = process): () => void {
  let asked = false;
  const listener = (signal: Interrupt): void => {
    if (asked) return target.exit(EXIT.cancelled);
    asked = true;
    first(signal);
  };
  for (const signal of SIGNALS) target.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) target.off(signal, listener);
  };
}
