/**
 * Ends this process when the one that started it has gone, even while this thread does something that never ends: a
 * thread of its own looks.
 */
import { Worker } from 'node:worker_threads';

const LOOK_MS = 250;

/** Runs in the thread: nothing of this file is there. */
const WATCH = `
const { workerData: { parent, lookMs } } = require('node:worker_threads');
const cell = new Int32Array(new SharedArrayBuffer(4));
while (process.ppid === parent) Atomics.wait(cell, 0, 0, lookMs);
process.kill(process.pid, 'SIGKILL');
`;

export interface ParentWatch {
  /** Whether the parent is still there. */
  present(): boolean;
}

export function watchParent(): ParentWatch {
  const parent = process.ppid;
  const end = (): void => void process.kill(process.pid, 'SIGKILL');
  process.on('disconnect', end);
  if (!process.connected) end();
  new Worker(WATCH, { eval: true, workerData: { parent, lookMs: LOOK_MS }, stdout: false, stderr: false }).unref();
  return { present: () => process.ppid === parent };
}
