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
import type { NativeKeyedState } from '../operator-snapshot.js';
import type { SnapshotFile, SnapshotOutput, SnapshotReader, SnapshotStreams } from '../snapshot-files.js';
import type { BackendFiles, BackendSnapshot } from '../state-backend.js';
import type { LinkedDatabase } from './link-database.js';
import { storeFailed } from './store-failure.js';
import type { StoreFacts } from './write-behind.js';

/** Files stored at the same time. */
const UPLOADS = 4;
const READ_BYTES = 4 * 1024 * 1024;

export interface FilesSnapshotOptions {
  readonly backend: string;
  /** Resolves when the files of the moment are linked. */
  readonly linked: Promise<LinkedDatabase>;
  readonly facts: StoreFacts;
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

  async store({ folder, tables, others }: LinkedDatabase): Promise<BackendFiles> {
    const { backend, facts, scope, reusable, stored } = this.options;
    const files = new Map<string, SnapshotFile>();
    const waiting = [...others.map((name) => ({ name, scope: 'exclusive' as const })), ...tables.map((name) => ({ name, scope }))];
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next && !this.abandoned; next = waiting.pop()) {
        const known = next.scope === 'shared' ? reusable(next.name) : undefined;
        files.set(next.name, known ?? (await this.storeFile(join(folder, next.name), next.scope)));
      }
    };
    await Promise.all(Array.from({ length: UPLOADS }, work));
    if (this.abandoned) throw givenUp();
    stored(new Map(tables.map((table) => [table, files.get(table)!])));
    return { backend, keyType: facts.keyType, entries: facts.entries, files: [...files].map(([name, file]) => ({ name, file })) };
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

  private async storeFile(path: string, scope: 'exclusive' | 'shared'): Promise<SnapshotFile> {
    const output = this.options.streams.open(scope);
    this.open.add(output);
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
        if (this.abandoned) throw givenUp();
        output.write(chunk as Uint8Array);
      }
      const file = await output.finish();
      if (scope === 'shared') this.made.push(file);
      if (this.abandoned) this.forget();
      return file;
    } catch (error) {
      await output.discard();
      throw error;
    } finally {
      this.open.delete(output);
    }
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
  for (const { name, file } of files) {
    const handle = await onDisk(open(join(folder, name), 'w'));
    try {
      const size = file.kind === 'inline' ? file.bytes.length : file.size;
      for (let at = 0; at < size; at += READ_BYTES) {
        const bytes = await reader.read(file, at, Math.min(READ_BYTES, size - at));
        await onDisk(handle.writeFile(bytes));
      }
    } finally {
      await handle.close();
    }
  }
}
