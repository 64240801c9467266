/**
 * Reads a LevelDB MANIFEST: which tables are part of the database, and from which log on records are not in tables yet.
 *
 * A MANIFEST is a log of changes: records in blocks of 32 KB, each with checksum (4 bytes), length (2) and a type that
 * says whether it is whole or the first, a middle or the last piece of one.
 */
import { FlinkError } from '../../core/errors.js';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;

const WHOLE = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

export interface Manifest {
  /** Numbers of the tables. */
  readonly tables: ReadonlySet<number>;
  /** Logs from this number on count, and the one before. */
  readonly log: number;
  readonly previousLog: number;
  /** False when the last record is not whole: it is being written. */
  readonly complete: boolean;
}

/** Throws STATE_STORE for what is no MANIFEST. */
export function parseManifest(bytes: Buffer): Manifest {
  const { records, complete } = recordsOf(bytes);
  const found = { tables: new Set<number>(), log: 0, previousLog: 0 };
  for (const record of records) applyEdit(new Fields(record), found);
  return { ...found, complete };
}

function recordsOf(bytes: Buffer): { readonly records: Buffer[]; readonly complete: boolean } {
  const records: Buffer[] = [];
  let pieces: Buffer[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    const length = bytes.readUInt16LE(at + 4);
    const type = bytes[at + 6]!;
    // What is left of a block is zeros when no header fits, or when nothing more was put there.
    if (left < HEADER_BYTES || (type === 0 && length === 0)) {
      at += left;
      continue;
    }
    const end = at + HEADER_BYTES + length;
    if (end > bytes.length) break;
    if (unmasked(bytes.readUInt32LE(at)) !== crc32c(bytes.subarray(at + 6, end))) throw damaged(`a record at byte ${at} has another checksum`);
    const data = bytes.subarray(at + HEADER_BYTES, end);
    at = end;
    if (type === WHOLE) records.push(data);
    else if (type === FIRST) pieces = [data];
    else if (type === MIDDLE) pieces.push(data);
    else if (type === LAST) records.push(Buffer.concat([...pieces.splice(0), data]));
    else throw damaged(`a record of type ${type}`);
  }
  const padding = BLOCK_BYTES - (at % BLOCK_BYTES) < HEADER_BYTES;
  return { records, complete: (at >= bytes.length || padding) && pieces.length === 0 };
}

class Fields {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get over(): boolean {
    return this.at >= this.bytes.length;
  }

  number(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw damaged('a number is cut off');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  skipText(): void {
    const length = this.number();
    this.at += length;
  }
}

/** One change; tags are LevelDB's. */
function applyEdit(fields: Fields, found: { tables: Set<number>; log: number; previousLog: number }): void {
  while (!fields.over) {
    const tag = fields.number();
    switch (tag) {
      case 1: // the comparator
        fields.skipText();
        break;
      case 2:
        found.log = fields.number();
        break;
      case 3: // the next file's number
      case 4: // the last sequence number
        fields.number();
        break;
      case 5: // where the compaction of a level goes on
        fields.number();
        fields.skipText();
        break;
      case 6:
        fields.number();
        found.tables.delete(fields.number());
        break;
      case 7: {
        fields.number();
        const table = fields.number();
        fields.number();
        fields.skipText();
        fields.skipText();
        found.tables.add(table);
        break;
      }
      case 9:
        found.previousLog = fields.number();
        break;
      default:
        throw damaged(`a change of the unknown kind ${tag}`);
    }
  }
}

function damaged(what: string): FlinkError {
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
function unmasked(stored: number): number {
  const rotated = (stored - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
