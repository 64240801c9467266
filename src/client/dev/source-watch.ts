/**
 * Tells when a file that a job is made of has been saved. Folders are watched, not files: editors put a new file in
 * the old one's place.
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock, ScheduledCall } from '../../core/clock.js';

/** An editor writes a file in several steps, and a person saves several files at once. */
const SETTLES_AFTER_MS = 40;

export class SourceWatch {
  private readonly folders = new Map<string, FSWatcher>();
  private files: ReadonlySet<string> = new Set();
  private everything = false;
  private settling: ScheduledCall | undefined;

  /** @param saved is called once for changes that follow each other closely. */
  constructor(private readonly clock: Clock, private readonly saved: () => void) {}

  /**
   * Watches these files, and no others.
   *
   * @param files absolute paths.
   * @param everything whether any file beside them counts, too: the one that an import misses may be made next.
   */
  watch(files: readonly string[], everything: boolean): void {
    this.files = new Set(files);
    this.everything = everything;
    const wanted = new Set(files.map((file) => dirname(file)));
    for (const [folder, watcher] of this.folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.folders.delete(folder);
    }
    for (const folder of wanted) if (!this.folders.has(folder)) this.open(folder);
  }

  close(): void {
    this.settling?.cancel();
    for (const watcher of this.folders.values()) watcher.close();
    this.folders.clear();
  }

  private open(folder: string): void {
    const watcher = watch(folder, (_, name) => this.changed(folder, name));
    // A folder that is deleted is watched again with the next version that has files in it.
    watcher.on('error', () => {
      watcher.close();
      this.folders.delete(folder);
    });
    this.folders.set(folder, watcher);
  }

  private changed(folder: string, name: string | null): void {
    const counts = name === null || this.everything || [...this.files].some((file) => basename(file) === name && dirname(file) === folder);
    if (!counts) return;
    this.settling?.cancel();
    this.settling = this.clock.schedule(SETTLES_AFTER_MS, this.saved);
  }
}
