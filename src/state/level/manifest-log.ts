/**
 * The form in which LevelDB writes its MANIFEST: records in blocks of 32 KB, each with checksum (4 bytes), length (2) and
 * a type that says whether it is whole or the first, a middle or the last piece of one.
 */
import { FlinkError } from '../../core/errors.js';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;

const WHOLE = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

export interface LogRecords {
  readonly records: readonly Buffer[];
  /** How many bytes they take, from the first. */
  readonly length: number;
  /** False when the last record is not whole: it is being written. */
  readonly complete: boolean;
}

/**
 * @param start where in the file the bytes begin: behind a record.
 * Throws STATE_STORE for what is no such file.
 */
export function recordsOf(bytes: Buffer, start = 0): LogRecords {
  const records: Buffer[] = [];
  let pieces: Buffer[] = [];
  let [at, whole] = [0, 0];
  const leftInBlock = (): number => BLOCK_BYTES - ((start + at) % BLOCK_BYTES);
  while (at + HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt16LE(at + 4);
    const type = bytes[at + 6]!;
    // What is left of a block is zeros when no header fits, or when nothing more was put there.
    if (leftInBlock() < HEADER_BYTES || (type === 0 && length === 0)) {
      at += leftInBlock();
      continue;
    }
    const end = at + HEADER_BYTES + length;
    if (end > bytes.length) break;
    if (unmasked(bytes.readUInt32LE(at)) !== crc32c(bytes.subarray(at + 6, end))) throw damaged(`a record at byte ${start + at} has another checksum`);
    const data = bytes.subarray(at + HEADER_BYTES, end);
    at = end;
    if (type === FIRST) pieces = [data];
    else if (type === MIDDLE) pieces.push(data);
    else if (type === WHOLE || type === LAST) records.push(type === WHOLE ? data : Buffer.concat([...pieces.splice(0), data]));
    else throw damaged(`a record of type ${type}`);
    if (pieces.length === 0) whole = at;
  }
  const complete = (at >= bytes.length || leftInBlock() < HEADER_BYTES) && pieces.length === 0;
  return { records, length: whole, complete };
}

/** A file with this one record. */
export function logOf(record: Buffer): Buffer {
  const parts: Buffer[] = [];
  const room = BLOCK_BYTES - HEADER_BYTES;
  for (let at = 0; at === 0 || at < record.length; at += room) {
    const piece = record.subarray(at, at + room);
    const [first, last] = [at === 0, at + room >= record.length];
    const typed = Buffer.concat([Buffer.from([first && last ? WHOLE : first ? FIRST : last ? LAST : MIDDLE]), piece]);
    const header = Buffer.alloc(HEADER_BYTES - 1);
    header.writeUInt32LE(masked(crc32c(typed)), 0);
    header.writeUInt16LE(piece.length, 4);
    parts.push(header, typed);
  }
  return Buffer.concat(parts);
}

export function damaged(what: string): FlinkError {
  return new FlinkError('STATE_STORE', `expected a LevelDB MANIFEST, found ${what}`);
}

const CRC32C = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC32C[(crc ^ byte) & 255]! ^ (crc >>> 8)) >>> 0;
  return (crc ^ 0xffffffff) >>> 0;
}

/** LevelDB stores checksums rotated and moved by a constant. */
const MASK = 0xa282ead8;

function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0;
}

function unmasked(stored: number): number {
  const rotated = (stored - MASK) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
