/**
 * Counts who refers to the files that checkpoints share, and says when one may be deleted (Flink:
 * `SharedStateRegistry`).
 *
 * Invariants:
 * - A file that a registered snapshot refers to is never given up.
 * - Nor is one that a checkpoint under way may still refer to: tasks build on snapshots that were complete when the
 *   checkpoint began, so what loses its last reference waits for the checkpoints that had begun by then.
 */

export class SharedFiles {
  /** Snapshots that refer to a file, by its path. */
  private readonly users = new Map<string, Set<string>>();
  /** Files without a snapshot, and the checkpoints under way that may turn out to use them. */
  private readonly unused = new Map<string, Set<number>>();
  private readonly underWay = new Set<number>();

  /** A checkpoint has begun: it may refer to whatever is there now. */
  begun(checkpointId: number): void {
    this.underWay.add(checkpointId);
  }

  /** A snapshot is complete, or known from an earlier run: it needs these files. */
  register(snapshot: string, paths: Iterable<string>): void {
    for (const path of paths) {
      this.unused.delete(path);
      const users = this.users.get(path);
      if (users) users.add(snapshot);
      else this.users.set(path, new Set([snapshot]));
    }
  }

  /** A snapshot is no more. Answers with the files to delete now. */
  release(snapshot: string): string[] {
    for (const [path, users] of this.users) {
      if (users.delete(snapshot) && users.size === 0) {
        this.users.delete(path);
        this.unused.set(path, new Set(this.underWay));
      }
    }
    return this.due();
  }

  /** Files of a checkpoint that came to nothing: what no snapshot refers to can go as soon as nobody builds on it. */
  abandon(paths: Iterable<string>): string[] {
    for (const path of paths) if (!this.users.has(path) && !this.unused.has(path)) this.unused.set(path, new Set(this.underWay));
    return this.due();
  }

  /** A checkpoint has completed (and is registered) or come to nothing. Answers with the files to delete now. */
  settled(checkpointId: number): string[] {
    this.underWay.delete(checkpointId);
    for (const waiting of this.unused.values()) waiting.delete(checkpointId);
    return this.due();
  }

  private due(): string[] {
    const due = [...this.unused].filter(([, waiting]) => waiting.size === 0).map(([path]) => path);
    for (const path of due) this.unused.delete(path);
    return due;
  }
}
