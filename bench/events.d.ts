/**
 * The types of events.js, for the jobs that import it.
 */
export declare function event(number: number, keys: number, perMs: number): { key: number; at: number; amount: number };
export declare const LATE_MS: number;
export declare const WATERMARK_EVERY: number;
