/**
 * Standard input as a worker thread can read it: by its descriptor, since a worker's `process.stdin` would go through
 * the main thread.
 *
 * Invariant: waiting for input never holds a thread of Node's pool, so cancelling ends at once.
 */
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty, ReadStream } from 'node:tty';
import { FileBytes, StreamBytes, type ByteInput } from './byte-input.js';
import { unreadable } from './unreadable.js';

const STDIN = 0;
const PATH = '-';

export function openStandardInput(): ByteInput {
  try {
    if (isatty(STDIN)) return new StreamBytes(PATH, new ReadStream(STDIN));
    const stat = fstatSync(STDIN);
    if (stat.isFIFO() || stat.isSocket()) return new StreamBytes(PATH, new Socket({ fd: STDIN, readable: true, writable: false }));
    return new FileBytes(PATH, undefined, STDIN);
  } catch (cause) {
    throw unreadable(PATH, cause);
  }
}
