/**
 * A channel through a file: what a subtask of a batch job has made for one of those after it, which begins when the
 * subtask has finished and may read it again after a failure (Flink: a blocking `ResultPartition`).
 *
 * Layout: frames, each a head of twelve bytes (length and kind of what follows, its CRC-32) and an encoded batch or an
 * event as JSON. The last frame is the event `end-of-partition`.
 * Invariants:
 * - A file without its last frame is not whole; neither is one of which a byte is not as it was written. Whoever reads
 *   such a file gets `ResultLost`, never fewer or other records.
 * - No file is held open, however many channels there are.
 */
import { appendFileSync, closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { FlinkError } from '../../core/errors.js';
import type { ClassRegistry } from '../../core/serialization/class-registry.js';
import type { BatchPool } from './batch-pool.js';
import type { InputChannel, OutputChannel, RecordBatch, StreamEvent } from './channel.js';
import { decodeBatch, encodeBatch } from './encoded-batch.js';

const HEAD_BYTES = 12;
const CHUNK_BYTES = 64 * 1024;
const READ_BYTES = 256 * 1024;
const BATCH = 0;
const EVENT = 1;
/** A watermark may be infinite, which JSON has no word for. */
const WATERMARK = 2;

/** The attempt that has made a result. */
export interface ResultProducer {
  readonly vertexId: string;
  readonly subtask: number;
  readonly attempt: number;
}

/** A result that is gone or damaged: its producer has to run again. */
export class ResultLost extends FlinkError {
  constructor(readonly producer: ResultProducer, path: string, what: string) {
    super('RESULT_STORE', `expected in ${path} the whole result of subtask ${producer.subtask} of vertex ${producer.vertexId}, got ${what}`);
  }
}

/** The producer whose result was lost, when that is what the error, or what it came from, says. */
export function lostResult(error: unknown): ResultProducer | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof ResultLost) return cause.producer;
  return undefined;
}

export class ResultOutput implements OutputChannel {
  readonly writable = true;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #over = false;

  constructor(private readonly path: string, private readonly classes: ClassRegistry, private readonly pool?: Pick<BatchPool, 'give'>) {}

  send(batch: RecordBatch): number {
    if (this.#over || batch.count === 0) return 0;
    const bytes = new Uint8Array(encodeBatch(batch, this.classes));
    this.pool?.give(batch);
    this.#add(BATCH, bytes);
    return bytes.length;
  }

  sendEvent(event: StreamEvent): void {
    if (this.#over) return;
    if (event.type === 'watermark') this.#add(WATERMARK, new Uint8Array(Float64Array.of(event.timestamp).buffer));
    else this.#add(EVENT, Buffer.from(JSON.stringify(event)));
    if (event.type !== 'end-of-partition') return;
    this.#write();
    this.#over = true;
  }

  drain(): boolean {
    return true;
  }

  /** What has not come to its end is of no use to anybody. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#chunks = [];
    rmSync(this.path, { force: true });
  }

  #add(kind: number, payload: Uint8Array): void {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt32LE(payload.length, 0);
    head.writeUInt32LE(kind, 4);
    head.writeUInt32LE(crc32(payload, kind), 8);
    this.#chunks.push(head, payload);
    this.#bytes += HEAD_BYTES + payload.length;
    if (this.#bytes >= CHUNK_BYTES) this.#write();
  }

  #write(): void {
    try {
      appendFileSync(this.path, Buffer.concat(this.#chunks), { mode: 0o600 });
    } catch (cause) {
      throw new FlinkError('RESULT_STORE', `the result of a task could not be written to ${this.path}: ${(cause as Error).message}`, { cause });
    }
    this.#chunks = [];
    this.#bytes = 0;
  }
}

export class ResultInput implements InputChannel {
  readonly announced = 0;
  #chunk: Buffer = Buffer.alloc(0);
  /** Where in the chunk the next frame begins, and where in the file the chunk ends. */
  #at = 0;
  #read = 0;
  #over = false;

  constructor(private readonly path: string, private readonly producer: ResultProducer, private readonly classes: ClassRegistry) {}

  /** True when the end has been read. */
  get empty(): boolean {
    return this.#over;
  }

  poll(): RecordBatch | StreamEvent | undefined {
    if (this.#over) return undefined;
    this.#require(HEAD_BYTES);
    const [length, kind, checksum] = [0, 4, 8].map((at) => this.#chunk.readUInt32LE(this.#at + at)) as [number, number, number];
    this.#require(HEAD_BYTES + length);
    const begin = this.#at + HEAD_BYTES;
    const payload = this.#chunk.subarray(begin, begin + length);
    if (crc32(payload, kind) !== checksum) throw this.#lost('other bytes than were written');
    this.#at = begin + length;
    if (kind === EVENT) return this.#event(payload);
    // Both are read where they are aligned: in memory of their own.
    const bytes = new Uint8Array(payload).buffer;
    return kind === WATERMARK ? { type: 'watermark', timestamp: new Float64Array(bytes)[0]! } : decodeBatch(bytes, this.classes);
  }

  close(): void {
    this.#over = true;
    this.#chunk = Buffer.alloc(0);
  }

  #event(payload: Buffer): StreamEvent {
    const event = JSON.parse(payload.toString()) as StreamEvent;
    if (event.type === 'end-of-partition') this.close();
    return event;
  }

  /** Reads on until so many bytes follow. */
  #require(bytes: number): void {
    const left = this.#chunk.length - this.#at;
    if (left >= bytes) return;
    let file: number | undefined;
    try {
      file = openSync(this.path, 'r');
      const inFile = fstatSync(file).size - this.#read;
      if (left + inFile < bytes) throw this.#lost('a file that ends too early');
      const next = Buffer.alloc(left + Math.min(inFile, Math.max(READ_BYTES, bytes - left)));
      this.#chunk.copy(next, 0, this.#at);
      for (let at = left; at < next.length; ) {
        const count = readSync(file, next, at, next.length - at, this.#read);
        if (count === 0) throw this.#lost('a file that ends too early');
        at += count;
        this.#read += count;
      }
      this.#chunk = next;
      this.#at = 0;
    } catch (error) {
      throw error instanceof ResultLost ? error : this.#lost((error as Error).message);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  #lost(what: string): ResultLost {
    return new ResultLost(this.producer, this.path, what);
  }
}
