/**
 * Opens the input of a split in the way its form asks for.
 *
 * Invariant: neither opening nor waiting for input holds this thread or a thread of Node's pool, so that cancelling
 * ends at once. Standard input is read by its descriptor, for a worker's `process.stdin` goes through the main thread.
 */
import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { createGunzip, createInflate } from 'node:zlib';
import type { Configuration } from '../../core/configuration.js';
import { isS3Path } from '../../s3/s3-location.js';
import { FileBytes, StreamBytes, type ByteInput } from './byte-input.js';
import type { FileSplit } from './file-split.js';
import { openObject } from './open-object.js';
import { unreadable } from './unreadable.js';

const STDIN = 0;

/** Opens the input of a split so that the first byte read is `firstByte`. @param fileSystems how others than this machine's are reached. */
export function openInput(split: FileSplit, firstByte: number, fileSystems?: Configuration): ByteInput {
  if (isS3Path(split.path)) return openObject(split, firstByte, fileSystems);
  switch (split.form) {
    case 'plain':
      return new FileBytes(split.path, firstByte);
    case 'gzip':
    case 'deflate':
      return new StreamBytes(split.path, unpack(split), firstByte);
    case 'pipe':
      return openDescriptor(split.path, openWithoutWaiting(split.path));
    case 'stdin':
      return openDescriptor(split.path, STDIN);
  }
}

function unpack(split: FileSplit): Readable {
  const packed = createReadStream(split.path, { highWaterMark: 256 * 1024 });
  const unpacked = split.form === 'gzip' ? createGunzip({ chunkSize: 64 * 1024 }) : createInflate({ chunkSize: 64 * 1024 });
  // A failure of either side reaches the reader through the unpacked stream.
  pipeline(packed, unpacked, () => {});
  return unpacked;
}

/** A plain `open` of a named pipe would wait for its writer. */
function openWithoutWaiting(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** A pipe, socket, terminal, device or file that is open already. */
function openDescriptor(path: string, descriptor: number): ByteInput {
  try {
    if (isatty(descriptor)) return new StreamBytes(path, new ReadStream(descriptor));
    const facts = fstatSync(descriptor);
    if (facts.isFIFO() || facts.isSocket()) return new StreamBytes(path, new Socket({ fd: descriptor, readable: true, writable: false }));
    return new FileBytes(path, undefined, descriptor);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
