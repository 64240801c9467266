/**
 * What each kind of step does to a record: shared by the simulated job, which calls it through real operators, and
 * by the reference, which calls it in a loop.
 */
import type { Step } from './random-job.js';
import type { Rec } from './records.js';

export function mapped(step: Step, rec: Rec): Rec {
  const n = (rec.n * (step.variant % 5) + step.variant) % 1009;
  const load = step.variant % 3 === 0 ? { text: 'x'.repeat(n % 50), list: [n, String(n), null] } : n % 4 === 0 ? 'y'.repeat(n % 700) : undefined;
  return { id: rec.id, key: step.variant % 2 === 0 ? n % 11 : rec.key, n, ...(load === undefined ? {} : { load }) };
}

export function kept(step: Step, rec: Rec): boolean {
  return (rec.n + rec.id.length) % (2 + (step.variant % 4)) !== 0;
}

/** 0, 1, 2 or 3 records, 1.5 in the mean. */
export function flattened(step: Step, rec: Rec): Rec[] {
  return Array.from({ length: (rec.n + step.variant) % 4 }, (_, copy) => ({ ...rec, id: `${rec.id}.${copy}`, n: rec.n + copy }));
}

/** A record that says nothing but its key, so that counting it does not depend on order. */
export function single(rec: Rec): Rec {
  return { id: String(rec.key), key: rec.key, n: 1 };
}

export function isOdd(step: Step, rec: Rec): boolean {
  return (rec.n + step.variant) % 2 === 1;
}

export function connected(input: number, rec: Rec): Rec {
  return { ...rec, id: `${rec.id}/${input}`, n: rec.n + input };
}

/** The receiving subtask that the custom partitioner chooses. */
export function channelOf(rec: Rec, channels: number): number {
  return rec.id.length % channels;
}

export function sourceRecord(step: Step, split: number, at: number): { rec: Rec; timestamp: number } {
  const n = (split * 31 + at * 17 + step.variant) % 500;
  const key = step.variant % 2 === 0 ? n % 7 : `key ${n % 7}`;
  return { rec: { id: `${step.id}:${split}:${at}`, key, n }, timestamp: 1000 * split + at };
}

/** Whether a record goes round once more: it comes out when its number is a multiple of four. */
export function goesBack(rec: Rec): boolean {
  return rec.n % 4 > 0;
}

export function wentRound(rec: Rec): Rec {
  return { ...rec, n: rec.n - 1 };
}

const BUCKET_MS = 20;

/** Last millisecond of the bucket of a time. */
export function bucketEnd(timestamp: number): number {
  return (Math.floor(timestamp / BUCKET_MS) + 1) * BUCKET_MS - 1;
}

export function bucketed(key: Rec['key'], end: number, n: number): Rec {
  return { id: `${key}@${end}`, key, n };
}
