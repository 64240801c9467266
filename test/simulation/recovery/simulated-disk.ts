/**
 * The disk of a simulated machine: it outlives threads and processes, takes its time, and fails in every way in which a
 * file system can keep its promises and yet not answer.
 *
 * - An operation may fail before it has done anything, or after it has done everything.
 * - A file that is being written when its thread dies is not there: `FileStore` promises so. Nor is one whose folder is
 *   deleted meanwhile, for it is written in there under another name.
 *
 * Invariant held to: while a snapshot's metadata is there, so is every file that it refers to.
 */
import type { FileStore, FileUpload } from '../../../src/checkpoint/file-store.js';
import { decodeMetadata } from '../../../src/checkpoint/metadata-file.js';
import { pathOf } from '../../../src/checkpoint/snapshot-input.js';
import { filesOfSnapshot } from '../../../src/checkpoint/snapshot-metadata.js';
import { snapshotIn } from '../../../src/checkpoint/snapshot-path.js';
import { FlinkError } from '../../../src/core/errors.js';
import type { SimulatedThread } from '../scheduler.js';
import type { RecoveryWorld } from './recovery-world.js';

const METADATA = '/_metadata';

export class SimulatedDisk {
  readonly files = new Map<string, Uint8Array>();
  readonly folders = new Set<string>();
  /** By metadata file: the files that it refers to. */
  readonly referred = new Map<string, ReadonlySet<string>>();
  /** Something was refused: what was to be deleted may have been left. */
  failed = false;
  /** A savepoint is complete, or was, with which the input of the job ended early: even if the job failed then, and went on from there. */
  drained = false;
  private readonly writing = new Set<{ readonly path: string; lost: boolean }>();

  constructor(private readonly world: RecoveryWorld) {}

  /** Files that were begun by threads that live, and neither published nor forgotten. */
  get uploads(): number {
    return this.writing.size;
  }

  /** Whether a recovery would find anything below a folder. */
  anyCheckpoint(folder: string): boolean {
    return [...this.files.keys()].some((path) => path.startsWith(`${folder}/`) && /\/(_metadata|_reference)$/.test(path));
  }

  /** The savepoint below a folder that was completed last. */
  lastSavepoint(folder: string): string | undefined {
    return [...this.files.keys()].findLast((path) => path.startsWith(`${folder}/`) && path.endsWith(METADATA))?.slice(0, -METADATA.length);
  }

  /** The disk as a thread sees it. */
  on(thread: SimulatedThread): FileStore {
    const does = <R>(what: string, work: () => R): Promise<R> => this.operation(thread, what, work);
    return {
      create: (path) => does(`create ${path}`, () => this.upload(thread, path)),
      size: (path) => does(`size ${path}`, () => this.files.get(path)?.length),
      read: (path, offset, length) => does(`read ${path}`, () => {
        const file = this.files.get(path);
        if (!file) throw new FlinkError('CHECKPOINT_STORAGE', `checkpoint storage could not read ${path}: not there`);
        return file.slice(offset, offset + length);
      }),
      makeFolder: (path) => does(`make ${path}`, () => void this.folders.add(path)),
      list: (folder) => does(`list ${folder}`, () => this.list(folder)),
      remove: (path) => does(`remove ${path}`, () => this.remove(path)),
    };
  }

  private async operation<R>(thread: SimulatedThread, what: string, work: () => R): Promise<R> {
    const { scheduler, faults } = this.world;
    const slow = faults.diskMs + (what.startsWith('publish') ? faults.fsyncMs : 0);
    if (slow > 0 && scheduler.chance(0.5)) await new Promise<void>((resolve) => thread.clock.schedule(scheduler.random.next() * slow, resolve));
    else await Promise.resolve();
    if (!this.world.spend('storageErrors', 0.05)) return work();
    // A file that was begun and that nobody got is no file.
    const done = !what.startsWith('create') && scheduler.chance(0.5);
    this.failed = true;
    scheduler.note(`fault: ${what} fails ${done ? 'after' : 'before'} it was done`);
    if (done) work();
    throw new FlinkError('CHECKPOINT_STORAGE', `checkpoint storage could not ${what}: injected`);
  }

  private upload(thread: SimulatedThread, path: string): FileUpload {
    const parts: Uint8Array[] = [];
    const begun = { path, lost: false };
    let over = false;
    const end = (): void => {
      if (!over && thread.alive) this.writing.delete(begun);
      over = true;
    };
    this.writing.add(begun);
    thread.whenKilled(end);
    return {
      append: (bytes) => this.operation(thread, `append to ${path}`, () => void parts.push(Uint8Array.from(bytes))),
      publish: () => this.operation(thread, `publish ${path}`, () => {
        if (over) return;
        end();
        if (begun.lost) throw new FlinkError('CHECKPOINT_STORAGE', `checkpoint storage could not write ${path}: its folder is gone`);
        this.publish(path, Uint8Array.from(Buffer.concat(parts)));
      }),
      discard: async () => end(),
    };
  }

  private publish(path: string, bytes: Uint8Array): void {
    this.files.set(path, bytes);
    if (!path.endsWith(METADATA)) return;
    const folder = path.slice(0, -METADATA.length);
    void decodeMetadata(bytes, path).then((metadata) => {
      if (metadata.stop === 'drain') this.drained = true;
      if (this.files.get(path) !== bytes) return;
      const { folders } = snapshotIn(folder, metadata);
      const files = filesOfSnapshot(metadata).flatMap((file) => (file.kind === 'file' ? [pathOf(folders, file)] : []));
      this.referred.set(path, new Set(files));
      this.check();
    });
  }

  private list(folder: string): string[] {
    const below = [...this.files.keys(), ...this.folders].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(below.map((path) => path.slice(folder.length + 1).split('/')[0]!))].sort();
  }

  private remove(path: string): void {
    for (const known of [this.files, this.folders, this.referred]) {
      for (const name of known.keys()) if (name === path || name.startsWith(`${path}/`)) known.delete(name);
    }
    for (const begun of this.writing) if (begun.path.startsWith(`${path}/`)) begun.lost = true;
    this.check();
  }

  private check(): void {
    for (const [metadata, files] of this.referred) {
      for (const file of files) if (!this.files.has(file)) this.world.scheduler.violated(`${metadata} refers to ${file}, which is not there`);
    }
  }
}
