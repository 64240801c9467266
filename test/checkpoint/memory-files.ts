/**
 * A file store in memory, for tests: files survive nothing, and `fails` may make any operation fail.
 */
import { FlinkError } from '../../src/core/errors.js';
import type { FileStore, FileUpload } from '../../src/checkpoint/file-store.js';

type Operation = 'create' | 'append' | 'publish' | 'size' | 'read' | 'makeFolder' | 'list' | 'remove';

export class MemoryFiles implements FileStore {
  readonly files = new Map<string, Uint8Array>();
  readonly folders = new Set<string>();
  /** Every operation, as it was asked for. */
  readonly log: string[] = [];
  fails: (operation: Operation, path: string) => boolean = () => false;

  async create(path: string): Promise<FileUpload> {
    await this.begin('create', path);
    const parts: Uint8Array[] = [];
    let over = false;
    return {
      append: async (bytes) => {
        await this.begin('append', path);
        parts.push(Uint8Array.from(bytes));
      },
      publish: async () => {
        await this.begin('publish', path);
        if (!over) this.files.set(path, Uint8Array.from(Buffer.concat(parts)));
        over = true;
      },
      discard: async () => void (over = true),
    };
  }

  async size(path: string): Promise<number | undefined> {
    await this.begin('size', path);
    return this.files.get(path)?.length;
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    await this.begin('read', path);
    const file = this.files.get(path);
    if (!file) throw new FlinkError('CHECKPOINT_STORAGE', `checkpoint storage could not read ${path}: not there`);
    return file.slice(offset, offset + length);
  }

  async makeFolder(path: string): Promise<void> {
    await this.begin('makeFolder', path);
    this.folders.add(path);
  }

  async list(folder: string): Promise<string[]> {
    await this.begin('list', folder);
    const below = [...this.files.keys(), ...this.folders].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(below.map((path) => path.slice(folder.length + 1).split('/')[0]!))].sort();
  }

  async remove(path: string): Promise<void> {
    await this.begin('remove', path);
    for (const known of [this.files, this.folders]) {
      for (const name of known.keys()) if (name === path || name.startsWith(`${path}/`)) known.delete(name);
    }
  }

  private async begin(operation: Operation, path: string): Promise<void> {
    this.log.push(`${operation} ${path}`);
    await Promise.resolve();
    if (this.fails(operation, path)) throw new FlinkError('CHECKPOINT_STORAGE', `checkpoint storage could not ${operation} ${path}: told to fail`);
  }
}
