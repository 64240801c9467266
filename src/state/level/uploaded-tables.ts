/**
 * Which tables of a database are in the storage of checkpoints already, and in which files.
 *
 * Invariants:
 * - A file is used again only when a checkpoint that is complete has it.
 * - Nor is it when a later checkpoint has the table in another file: if that one is complete by now, the file of the
 *   earlier may be gone.
 */
import type { SnapshotFile } from '../snapshot-files.js';

type Tables = ReadonlyMap<string, SnapshotFile>;

export class UploadedTables {
  private base: { readonly checkpointId: number; readonly tables: Tables } | undefined;
  private readonly later = new Map<number, Tables>();

  /** The file that a new checkpoint may use for a table. */
  reusable(table: string): SnapshotFile | undefined {
    const file = this.base?.tables.get(table);
    if (file === undefined) return undefined;
    for (const tables of this.later.values()) if ((tables.get(table) ?? file) !== file) return undefined;
    return file;
  }

  /** All tables of a checkpoint are stored. */
  stored(checkpointId: number, tables: Tables): void {
    if (this.base === undefined || checkpointId > this.base.checkpointId) this.later.set(checkpointId, tables);
  }

  /** The checkpoint is complete. */
  completed(checkpointId: number): void {
    const tables = this.later.get(checkpointId);
    if (tables) this.base = { checkpointId, tables };
    for (const id of this.later.keys()) if (id <= checkpointId) this.later.delete(id);
  }
}
