/**
 * One LevelDB database in a folder of its own: the few operations that the backend needs.
 *
 * Invariant: `close` waits for the views that are open, and ends those that nobody may ever close.
 */
import { createRequire } from 'node:module';
import { ManifestFollower } from './manifest.js';
import { storeFailed } from './store-failure.js';

const CACHE_BYTES = 32 * 1024 * 1024;
const WRITE_BUFFER_BYTES = 8 * 1024 * 1024;
/** Entries read at a time: what follows is done with them in one go, once in a round of a busy thread's event loop. */
const CHUNK_ENTRIES = 2_000;
/** What they may take; the library's own limit would be 16 KB. */
const CHUNK_BYTES = 1024 * 1024;

export type StoredPair = readonly [text: string, value: Buffer];

/** From this text on, and before that one. */
export interface TextRange {
  readonly gte: string;
  readonly lt: string;
}

/** Changes that are written together. */
export interface StoreBatch {
  /** The bytes are taken before it returns. */
  put(text: string, value: Buffer): unknown;
  del(text: string): unknown;
  write(): Promise<void>;
  close(): Promise<void>;
}

interface Pairs {
  nextv(size: number): Promise<StoredPair[]>;
  close(): Promise<void>;
}

interface Closable {
  close(): Promise<void>;
}

/** What is used of the library. */
interface Database extends Closable {
  open(): Promise<void>;
  getSync(text: string): Buffer | undefined;
  hasMany(texts: readonly string[]): Promise<boolean[]>;
  batch(): StoreBatch;
  snapshot(): Closable;
  iterator(options: Partial<TextRange> & { readonly snapshot?: Closable; readonly highWaterMarkBytes?: number; readonly fillCache?: boolean }): Pairs;
}

type OpenDatabase = new (folder: string, options: Readonly<Record<string, unknown>>) => Database;

/** The database as it was at one moment. */
export interface StoreView {
  /** Entries in order, some at a time. Throws STATE_STORE. */
  chunks(range?: Partial<TextRange>): AsyncGenerator<StoredPair[]>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Where the library is, for a thread that loads it by itself. */
export function libraryPath(): string {
  return createRequire(import.meta.url).resolve('level');
}

export class LevelStore {
  private readonly views = new Set<Promise<void>>();

  /** What its copies are made by. */
  readonly manifest: ManifestFollower;

  private constructor(readonly folder: string, private readonly database: Database) {
    this.manifest = new ManifestFollower(folder);
  }

  /** Opens the database in the folder, or makes one. Rejects with STATE_STORE. */
  static async open(folder: string, writeBufferBytes = WRITE_BUFFER_BYTES): Promise<LevelStore> {
    try {
      const { Level } = (await import('level')) as unknown as { readonly Level: OpenDatabase };
      const database = new Level(folder, {
        keyEncoding: 'utf8', valueEncoding: 'buffer', cacheSize: CACHE_BYTES, writeBufferSize: writeBufferBytes,
        // Another thread of this process may read along.
        multithreading: true,
      });
      await database.open();
      return new LevelStore(folder, database);
    } catch (error) {
      throw storeFailed('opened', folder, error);
    }
  }

  /** Throws STATE_STORE. */
  get(text: string): Buffer | undefined {
    try {
      return this.database.getSync(text);
    } catch (error) {
      throw storeFailed('read', this.folder, error);
    }
  }

  /** How many of these it has; the thread goes on meanwhile. Rejects with STATE_STORE. */
  async count(texts: readonly string[]): Promise<number> {
    try {
      return (await this.database.hasMany(texts)).filter(Boolean).length;
    } catch (error) {
      throw storeFailed('read', this.folder, error);
    }
  }

  batch(): StoreBatch {
    return this.database.batch();
  }

  async write(batch: StoreBatch): Promise<void> {
    try {
      await batch.write();
    } catch (error) {
      throw storeFailed('written', this.folder, error);
    }
  }

  /**
   * The database as it is now; records go on meanwhile.
   * @param awaited false for one that may be left in its middle.
   */
  view(awaited = true): StoreView {
    const { database, folder } = this;
    const snapshot = database.snapshot();
    let closed: (() => void) | undefined;
    const over = new Promise<void>((resolve) => (closed = resolve));
    if (awaited) this.views.add(over);
    let closing: Promise<void> | undefined;
    return {
      async *chunks(range = {}) {
        // Blocks that are read once are not to push out those that records need.
        const pairs = database.iterator({ ...range, snapshot, highWaterMarkBytes: CHUNK_BYTES, fillCache: false });
        const read = (): Promise<StoredPair[]> => {
          const next = pairs.nextv(CHUNK_ENTRIES);
          // Nobody may wait for it any more.
          next.catch(() => {});
          return next;
        };
        try {
          // The next is read while something is done with the last.
          let next = read();
          for (;;) {
            const chunk = await next.catch((error: unknown) => {
              throw storeFailed('read', folder, error);
            });
            if (chunk.length === 0) return;
            next = read();
            yield chunk;
          }
        } finally {
          await pairs.close();
        }
      },
      close: () => (closing ??= snapshot.close().finally(() => {
        this.views.delete(over);
        closed!();
      })),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.views);
    await this.database.close();
  }
}
