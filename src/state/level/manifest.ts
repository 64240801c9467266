/**
 * What LevelDB's MANIFEST says of a database: which tables are part of it, and from which log on records are not in tables
 * yet. The file is a log of changes that grows for as long as the database is open.
 *
 * Invariant: what `toBytes` answers means the same as all changes so far, in as little room as its tables need.
 */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { damaged, logOf, recordsOf } from './manifest-log.js';

/** The tags of LevelDB. */
const COMPARATOR = 1;
const LOG = 2;
const NEXT_FILE = 3;
const LAST_SEQUENCE = 4;
const COMPACTION = 5;
const REMOVED_TABLE = 6;
const TABLE = 7;
const PREVIOUS_LOG = 9;

interface Table {
  readonly level: number;
  readonly size: number;
  readonly smallest: Buffer;
  readonly largest: Buffer;
}

export class Manifest {
  private comparator: Buffer = Buffer.alloc(0);
  private nextFile = 0;
  private lastSequence = 0;
  /** Logs from this number on count, and the one before. */
  log = 0;
  previousLog = 0;
  /** By level: where its compaction goes on. */
  private readonly compactions = new Map<number, Buffer>();
  /** By number. */
  readonly tables = new Map<number, Table>();
  /** Bytes of the file that have been taken in. */
  length = 0;

  /**
   * Takes in what follows the first `length` bytes of the file. False when the last change is not whole: it is being
   * written. Throws STATE_STORE for what is no MANIFEST.
   */
  append(bytes: Buffer): boolean {
    const { records, length, complete } = recordsOf(bytes, this.length);
    for (const record of records) this.apply(new Fields(record));
    this.length += length;
    return complete;
  }

  /** A MANIFEST of one change. */
  toBytes(): Buffer {
    const edit = new Edit();
    edit.number(COMPARATOR).text(this.comparator).number(LOG).number(this.log).number(PREVIOUS_LOG).number(this.previousLog);
    edit.number(NEXT_FILE).number(this.nextFile).number(LAST_SEQUENCE).number(this.lastSequence);
    for (const [level, key] of this.compactions) edit.number(COMPACTION).number(level).text(key);
    for (const [number, { level, size, smallest, largest }] of this.tables) edit.number(TABLE).number(level).number(number).number(size).text(smallest).text(largest);
    return logOf(edit.bytes());
  }

  private apply(fields: Fields): void {
    while (!fields.over) {
      const tag = fields.number();
      switch (tag) {
        case COMPARATOR:
          this.comparator = fields.text();
          break;
        case LOG:
          this.log = fields.number();
          break;
        case NEXT_FILE:
          this.nextFile = fields.number();
          break;
        case LAST_SEQUENCE:
          this.lastSequence = fields.number();
          break;
        case COMPACTION:
          this.compactions.set(fields.number(), fields.text());
          break;
        case REMOVED_TABLE:
          fields.number();
          this.tables.delete(fields.number());
          break;
        case TABLE: {
          const level = fields.number();
          this.tables.set(fields.number(), { level, size: fields.number(), smallest: fields.text(), largest: fields.text() });
          break;
        }
        case PREVIOUS_LOG:
          this.previousLog = fields.number();
          break;
        default:
          throw damaged(`a change of the unknown kind ${tag}`);
      }
    }
  }
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

  /** A copy: the bytes belong to a file of any size. */
  text(): Buffer {
    const length = this.number();
    const end = this.at + length;
    if (end > this.bytes.length) throw damaged('a text is cut off');
    const text = Buffer.from(this.bytes.subarray(this.at, end));
    this.at = end;
    return text;
  }
}

class Edit {
  private readonly parts: Buffer[] = [];

  number(value: number): this {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    bytes.push(rest);
    this.parts.push(Buffer.from(bytes));
    return this;
  }

  text(bytes: Buffer): this {
    this.number(bytes.length);
    this.parts.push(bytes);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

/** Follows the MANIFEST of an open database: what was read once is not read again. */
export class ManifestFollower {
  private current: Buffer = Buffer.alloc(0);
  private manifest = new Manifest();
  /** Of the file, when it was read. */
  private size = 0;

  constructor(private readonly folder: string) {}

  /** The file's name. */
  get name(): string {
    return this.current.toString().trim();
  }

  /** What the file says now; undefined while a change is being written. Throws as the file system does, or STATE_STORE. */
  read(): Manifest | undefined {
    const current = readFileSync(join(this.folder, 'CURRENT'));
    if (!current.equals(this.current)) {
      this.current = current;
      this.manifest = new Manifest();
    }
    const appended = this.appended();
    this.size = this.manifest.length + appended.length;
    return this.manifest.append(appended) ? this.manifest : undefined;
  }

  /** Whether it says more by now, or another file counts. */
  changed(): boolean {
    return !readFileSync(join(this.folder, 'CURRENT')).equals(this.current) || statSync(join(this.folder, this.name)).size !== this.size;
  }

  private appended(): Buffer {
    const file = openSync(join(this.folder, this.name), 'r');
    try {
      const { length } = this.manifest;
      const bytes = Buffer.alloc(Math.max(0, statSync(join(this.folder, this.name)).size - length));
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, length));
    } finally {
      closeSync(file);
    }
  }
}
