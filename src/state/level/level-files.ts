/**
 * A snapshot of a backend in LevelDB as files of its database, and back.
 *
 * At the barrier everything that memory has is put into a batch; when that has been written the database's files are
 * linked into a folder beside it, from which they are stored while the database goes on.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import type { BackendFile, NativeKeyedState } from '../operator-snapshot.js';
import type { SnapshotFile, SnapshotOutput, SnapshotReader, SnapshotStreams } from '../snapshot-files.js';
import type { BackendFiles, BackendSnapshot } from '../state-backend.js';
import type { LinkedDatabase } from './link-database.js';
import { storeFailed } from './store-failure.js';
import type { StoreFacts } from './write-behind.js';

/**
 * Files stored at the same time. Each waits for the disk on a thread of those few with which Node does all such work: the
 * database, which writes on them, too, must not find all taken.
 */
const UPLOADS = 2;
const COPY_BYTES = 256 * 1024;
const READ_BYTES = 4 * 1024 * 1024;

export interface FilesSnapshotOptions {
  readonly backend: string;
  /** Resolves when the files of the moment are linked, with what the database says of itself. */
  readonly linked: Promise<LinkedDatabase & { readonly facts: StoreFacts }>;
  readonly streams: SnapshotStreams;
  /** Where tables go: `shared` only when later checkpoints may use them again. */
  readonly scope: 'exclusive' | 'shared';
  /** The file of a table that is stored already. */
  readonly reusable: (table: string) => SnapshotFile | undefined;
  /** All tables are stored. */
  readonly stored: (tables: ReadonlyMap<string, SnapshotFile>) => void;
  /** Takes the folder over when everything has been stored; it is deleted otherwise. */
  readonly keep?: ((folder: string) => Promise<void>) | undefined;
}

export function filesSnapshot(options: FilesSnapshotOptions): BackendSnapshot {
  const { linked } = options;
  const upload = new Upload(options);
  // Heard by `finish`.
  linked.catch(() => {});
  let finishing: Promise<BackendFiles> | undefined;
  let abandoned = false;
  const remove = async (): Promise<void> => {
    await finishing?.catch(() => {});
    const folder = await linked.then((made) => made.folder, () => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  return {
    step: () => true,
    abandon: () => {
      abandoned = true;
      upload.abandon();
      void remove();
    },
    finish: async () => {
      finishing = linked.then((made) => upload.store(made));
      try {
        const files = await finishing;
        // Without it a restart reads the checkpoint.
        if (!abandoned) await options.keep?.((await linked).folder).catch(() => {});
        return files;
      } finally {
        void remove();
      }
    },
  };
}

class Upload {
  private readonly open = new Set<SnapshotOutput>();
  /** Finished files, which nobody else knows of yet. */
  private readonly made: SnapshotFile[] = [];
  private abandoned = false;

  constructor(private readonly options: FilesSnapshotOptions) {}

  /** Tables that later checkpoints may use are files of their own; the others lie one behind the other in a few. */
  async store({ folder, tables, others, facts }: LinkedDatabase & { readonly facts: StoreFacts }): Promise<BackendFiles> {
    const { backend, scope, stored } = this.options;
    const files: BackendFile[] = [];
    const work = scope === 'shared'
      ? [[...others], ...tables.map((table) => [table])]
      : Array.from({ length: UPLOADS }, (_, lane) => [...others, ...tables].filter((_name, at) => at % UPLOADS === lane));
    const lane = async (): Promise<void> => {
      for (let next = work.shift(); next && !this.abandoned; next = work.shift()) {
        files.push(...(scope === 'shared' && tables.includes(next[0]!) ? [await this.storeTable(folder, next[0]!)] : await this.storeTogether(folder, next)));
      }
    };
    await Promise.all(Array.from({ length: UPLOADS }, lane));
    if (this.abandoned) throw givenUp();
    stored(new Map(files.flatMap(({ name, file }) => (tables.includes(name) ? [[name, file] as const] : []))));
    return { backend, keyType: facts.keyType, entries: facts.entries, files };
  }

  abandon(): void {
    this.abandoned = true;
    for (const output of this.open) void output.discard();
    this.forget();
  }

  /** Files of the snapshot's own go with its folder; those that others might have shared would stay. */
  private forget(): void {
    for (const file of this.made.splice(0)) void this.options.streams.forget?.(file);
  }

  private async storeTable(folder: string, name: string): Promise<BackendFile> {
    const known = this.options.reusable(name);
    if (known) return { name, file: known };
    const file = await this.written('shared', (output) => this.copy(join(folder, name), output));
    this.made.push(file);
    if (this.abandoned) this.forget();
    return { name, file };
  }

  private async storeTogether(folder: string, names: readonly string[]): Promise<BackendFile[]> {
    const parts: { name: string; offset: number; length: number }[] = [];
    const file = await this.written('exclusive', async (output) => {
      for (const name of names) {
        const offset = output.position;
        await this.copy(join(folder, name), output);
        parts.push({ name, offset, length: output.position - offset });
      }
    });
    return parts.map(({ name, offset, length }) =>
      file.kind === 'inline' ? { name, file: { kind: 'inline', bytes: file.bytes.slice(offset, offset + length) } } : { name, file, part: { offset, length } });
  }

  private async written(scope: 'exclusive' | 'shared', fill: (output: SnapshotOutput) => Promise<void>): Promise<SnapshotFile> {
    const output = this.options.streams.open(scope);
    this.open.add(output);
    try {
      await fill(output);
      return await output.finish();
    } catch (error) {
      await output.discard();
      throw error;
    } finally {
      this.open.delete(output);
    }
  }

  private async copy(path: string, output: SnapshotOutput): Promise<void> {
    for await (const chunk of createReadStream(path, { highWaterMark: COPY_BYTES })) {
      if (this.abandoned) throw givenUp();
      output.write(chunk as Uint8Array);
    }
    await output.settled?.();
  }
}

function givenUp(): FlinkError {
  return new FlinkError('CHECKPOINT_FAILED', 'the snapshot was given up while it was stored');
}

/** Writes the files of a snapshot into a new folder, which is then a database. Rejects with STATE_STORE, or as the reader does. */
export async function fetchFiles({ files }: NativeKeyedState, reader: SnapshotReader, folder: string): Promise<void> {
  const onDisk = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => {
    throw storeFailed('made of the files of a snapshot', folder, error);
  });
  await onDisk(mkdir(folder, { recursive: true }));
  for (const each of files) {
    const handle = await onDisk(open(join(folder, each.name), 'w'));
    try {
      const { file, offset, length } = bytesOf(each);
      for (let at = 0; at < length; at += READ_BYTES) {
        const bytes = await reader.read(file, offset + at, Math.min(READ_BYTES, length - at));
        await onDisk(handle.writeFile(bytes));
      }
    } finally {
      await handle.close();
    }
  }
}

/** Where the bytes of a file of a backend are. */
export function bytesOf({ file, part }: BackendFile): { readonly file: SnapshotFile; readonly offset: number; readonly length: number } {
  return { file, offset: part?.offset ?? 0, length: part?.length ?? (file.kind === 'inline' ? file.bytes.length : file.size) };
}
