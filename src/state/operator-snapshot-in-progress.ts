/**
 * The snapshot of one operator while it is written.
 *
 * Invariant: a snapshot that has failed is over for whoever steps it; the reason comes out of `result`.
 */
import type { KeyedSnapshotWriter } from './keyed-snapshot-writer.js';
import type { KeyedStateHandle, OperatorSubtaskState, SnapshotInProgress } from './operator-snapshot.js';
import type { OperatorStateWriter } from './operator-state-items.js';
import type { BackendSnapshot } from './state-backend.js';

/** What a step counts as one entry, in bytes: a list of thousands is no small entry. */
const ENTRY_BYTES = 256;
/** Entries between two looks at the bytes written. */
const CHUNK = 8;

export class OperatorSnapshot implements SnapshotInProgress {
  /** Every entry has been written. */
  private walked = false;
  private drained = false;

  constructor(
    private readonly operator: OperatorStateWriter,
    private readonly keyed: { readonly writer: KeyedSnapshotWriter; readonly walk: BackendSnapshot } | undefined,
  ) {}

  step(entries: number): boolean {
    if (!this.keyed || this.drained) return true;
    const { writer, walk } = this.keyed;
    if (this.walked) {
      this.drained = writer.drain(entries * ENTRY_BYTES);
      return this.drained;
    }
    const limit = writer.bytes + entries * ENTRY_BYTES;
    for (let left = entries; left > 0 && !this.walked && writer.bytes < limit; left -= CHUNK) this.walked = walk.step(Math.min(left, CHUNK)) || writer.failed;
    return false;
  }

  async result(): Promise<OperatorSubtaskState | undefined> {
    try {
      const keyed = await this.keyedResult();
      const operator = await this.operator.finish();
      return keyed || operator ? { keyed: keyed ? [keyed] : [], operator: operator ? [operator] : [] } : undefined;
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  abandon(): void {
    this.walked = true;
    this.drained = true;
    this.keyed?.walk.abandon();
    this.keyed?.writer.discard();
    this.operator.discard();
  }

  private async keyedResult(): Promise<KeyedStateHandle | undefined> {
    if (!this.keyed) return undefined;
    const { walk, writer } = this.keyed;
    const files = writer.failed ? undefined : await walk.finish?.();
    const canonical = await writer.finish();
    if (!files) return canonical;
    const { keyGroups, windows, states } = writer.facts;
    return { format: 'native', ...files, keyGroups, windows, states, ...(canonical && { canonical }) };
  }
}
