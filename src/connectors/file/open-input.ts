/**
 * Opens the input of a split in the way its form asks for.
 *
 * Invariant: nothing here waits; an input that takes time to open answers "none now" until it is open.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { FlinkError } from '../../core/errors.js';
import { FileBytes, StreamBytes, type ByteInput } from './byte-input.js';
import type { FileSplit } from './file-split.js';
import { openStandardInput } from './standard-input.js';
import { unreadable } from './unreadable.js';

/** Opens the input of a split so that the first byte read is `firstByte`. */
export function openInput(split: FileSplit, firstByte: number): ByteInput {
  switch (split.form) {
    case 'plain':
      return new FileBytes(split.path, firstByte);
    case 'gzip':
    case 'deflate':
      return new StreamBytes(split.path, unpack(split), firstByte);
    case 'pipe':
      return new PendingBytes(openPipe(split.path));
    case 'stdin':
      return openStandardInput();
  }
}

/** An input whose opening takes time. */
class PendingBytes implements ByteInput {
  private input: ByteInput | undefined;
  private failure: unknown;
  private closed = false;
  private readonly opened: Promise<void>;

  constructor(opening: Promise<ByteInput>) {
    this.opened = opening.then(
      (input) => {
        this.input = input;
        if (this.closed) input.close();
      },
      (error) => void (this.failure = error),
    );
  }

  read(target: Buffer, offset: number, length: number): number | undefined {
    if (this.failure !== undefined) throw this.failure;
    return this.input?.read(target, offset, length);
  }

  available(): Promise<void> {
    return this.input ? this.input.available() : this.opened;
  }

  close(): void {
    this.closed = true;
    this.input?.close();
  }
}

function unpack(split: FileSplit): Readable {
  const packed = createReadStream(split.path, { highWaterMark: 256 * 1024 });
  const unpacked = split.form === 'gzip' ? createGunzip({ chunkSize: 64 * 1024 }) : createInflate({ chunkSize: 64 * 1024 });
  // A failure of either side reaches the reader through the unpacked stream.
  pipeline(packed, unpacked, () => {});
  return unpacked;
}

/** Opening a named pipe waits for its writer, so it is done off the thread. */
async function openPipe(path: string): Promise<ByteInput> {
  try {
    const handle = await open(path, 'r');
    const isPipe = (await handle.stat()).isFIFO();
    if (!isPipe) return new StreamBytes(path, handle.createReadStream());
    return new StreamBytes(path, new Socket({ fd: handle.fd, readable: true, writable: false }));
  } catch (cause) {
    throw cause instanceof FlinkError ? cause : unreadable(path, cause);
  }
}
