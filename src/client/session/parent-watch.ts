/**
 * Ends this process when the one that started it has gone, or has lost the lease of its jobs, even while this thread does
 * something that never ends: a thread of its own looks.
 */
import { Worker } from 'node:worker_threads';
import type { LeaseWatch } from '../../dispatcher/lease-file.js';

const LOOK_MS = 250;

/** Runs in the thread: nothing of this file is there. The lease's file may be read while it is written, so it is asked twice. */
const WATCH = `
const { workerData: { parent, lookMs, lease } } = require('node:worker_threads');
const { readFileSync } = require('node:fs');
const cell = new Int32Array(new SharedArrayBuffer(4));
const wait = (ms) => Atomics.wait(cell, 0, 0, ms);
function expired() {
  try {
    return lease !== undefined && process.hrtime.bigint() > BigInt(readFileSync(lease, 'utf8'));
  } catch {
    return true;
  }
}
while (process.ppid === parent && !(expired() && wait(5) && expired())) wait(lookMs);
process.kill(process.pid, 'SIGKILL');
`;

export interface ParentWatch {
  /** Whether the parent is still there. */
  present(): boolean;
}

/** @param lease says until when the jobs are its; absent where nobody else may have them. */
export function watchParent(lease?: LeaseWatch): ParentWatch {
  const parent = process.ppid;
  const end = (): void => void process.kill(process.pid, 'SIGKILL');
  process.on('disconnect', end);
  if (!process.connected) end();
  new Worker(WATCH, { eval: true, workerData: { parent, lookMs: lease?.lookMs ?? LOOK_MS, lease: lease?.path }, stdout: false, stderr: false }).unref();
  return { present: () => process.ppid === parent };
}
