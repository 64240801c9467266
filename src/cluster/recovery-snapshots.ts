/**
 * The snapshots that a job can go back to: keeps them, deals their state out, and deletes what is not needed any more.
 *
 * Invariant: nothing that a kept snapshot refers to is deleted, whatever else fails: an error while deleting leaves
 * files, never a snapshot without them.
 */
import { type AssignedState, assignState } from '../checkpoint/assign-state.js';
import type { TaskId } from '../checkpoint/checkpoint-plan.js';
import type { CheckpointStorage, CompletedSnapshot, PendingSnapshot } from '../checkpoint/checkpoint-storage.js';
import { CompletedCheckpoints, type EndedStatus, type ExternalizedRetention, type RetainedSnapshot } from '../checkpoint/completed-checkpoints.js';
import { SharedFiles } from '../checkpoint/shared-files.js';
import { pathOf } from '../checkpoint/snapshot-input.js';
import { filesOfSnapshot, isFullyFinished } from '../checkpoint/snapshot-metadata.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { TaskRestore } from '../runtime/deployment.js';
import type { SnapshotFile } from '../state/snapshot-files.js';
import type { EnumeratorStates } from './source-coordinators.js';

export interface RecoverySnapshotsOptions {
  readonly jobGraph: JobGraph;
  readonly storage: CheckpointStorage;
  /** How many are kept. */
  readonly retained: number;
  /** Told of each checkpoint whose files are deleted. */
  readonly discarded: (checkpointId: number) => void;
  /** Told how many snapshots are being deleted just now. */
  readonly cleaning: (count: number) => void;
}

export class RecoverySnapshots {
  private readonly kept: CompletedCheckpoints;
  private readonly shared = new SharedFiles();
  private readonly cleanups = new Set<Promise<void>>();

  constructor(private readonly options: RecoverySnapshotsOptions) {
    this.kept = new CompletedCheckpoints(options.retained);
  }

  /** The job begins with this one. */
  restoredFrom(snapshot: CompletedSnapshot, claimed: boolean): void {
    this.add({ snapshot, owned: claimed });
  }

  begun(checkpointId: number): void {
    this.shared.begun(checkpointId);
  }

  completed(snapshot: CompletedSnapshot): void {
    this.add({ snapshot, owned: snapshot.metadata.kind === 'checkpoint' });
    this.deleteShared(this.shared.settled(snapshot.metadata.checkpointId));
  }

  /** The checkpoint came to nothing, or is a savepoint that nobody goes back to. */
  settled(checkpointId: number): void {
    this.deleteShared(this.shared.settled(checkpointId));
  }

  /** Deletes what a checkpoint that came to nothing has left. Resolves when its own files are gone. */
  abandon(place: PendingSnapshot | undefined, files: readonly SnapshotFile[]): Promise<void> {
    const folder = place?.location.storage === 'directory' ? place.location.shared : undefined;
    if (folder !== undefined) this.deleteShared(this.shared.abandon(sharedPaths({ exclusive: undefined, shared: folder }, files)));
    return place ? this.clean(() => this.options.storage.discard(place)) : Promise.resolve();
  }

  latestRestore(): ((task: TaskId) => TaskRestore) | undefined {
    const snapshot = this.kept.latest?.snapshot;
    if (!snapshot) return undefined;
    const { vertices, edges } = this.options.jobGraph;
    const assigned = new Map<string, AssignedState[]>();
    return ({ vertexId, subtask }) => {
      const states = assigned.get(vertexId) ?? assignState(snapshot.metadata, vertices.find(({ id }) => id === vertexId)!, edges);
      assigned.set(vertexId, states);
      return { checkpointId: snapshot.metadata.checkpointId, ...snapshot.folders, ...states[subtask]! };
    };
  }

  enumeratorStates(): EnumeratorStates {
    return new Map(this.latestOperators().flatMap(({ operatorId, enumerator }) => (enumerator ? [[operatorId, enumerator] as const] : [])));
  }

  /** Operators that have finished by the latest snapshot, and so do nothing after a restore. */
  finishedOperators(): ReadonlySet<string> {
    return new Set(this.latestOperators().filter(isFullyFinished).map(({ operatorId }) => operatorId));
  }

  /** The job has ended. Resolves when everything that goes with it is deleted. */
  async close(status: EndedStatus, retention: ExternalizedRetention): Promise<void> {
    for (const entry of this.kept.end(status, retention)) this.drop(entry);
    while (this.cleanups.size > 0) await Promise.all(this.cleanups);
    await this.options.storage.close().catch(() => {});
  }

  private latestOperators(): CompletedSnapshot['metadata']['operators'] {
    return this.kept.latest?.snapshot.metadata.operators ?? [];
  }

  private add(entry: RetainedSnapshot): void {
    this.shared.register(nameOf(entry.snapshot), sharedPaths(entry.snapshot.folders, filesOfSnapshot(entry.snapshot.metadata)));
    for (const dropped of this.kept.add(entry)) this.drop(dropped);
  }

  private drop({ snapshot }: RetainedSnapshot): void {
    this.options.discarded(snapshot.metadata.checkpointId);
    // The snapshot goes before what it refers to.
    void this.clean(async () => {
      await this.options.storage.discard(snapshot);
      this.deleteShared(this.shared.release(nameOf(snapshot)));
    });
  }

  private deleteShared(paths: readonly string[]): void {
    if (paths.length > 0) void this.clean(() => this.options.storage.discardShared(paths));
  }

  /** What cannot be deleted stays: the job does not suffer from it. */
  private clean(work: () => Promise<void>): Promise<void> {
    const cleanup = work().catch(() => {}).then(() => {
      this.cleanups.delete(cleanup);
      this.options.cleaning(this.cleanups.size);
    });
    this.cleanups.add(cleanup);
    this.options.cleaning(this.cleanups.size);
    return cleanup;
  }
}

function nameOf(snapshot: CompletedSnapshot): string {
  return `${snapshot.metadata.jobId}/${snapshot.metadata.kind}/${snapshot.metadata.checkpointId}`;
}

function sharedPaths(folders: CompletedSnapshot['folders'], files: readonly SnapshotFile[]): Set<string> {
  return new Set(files.flatMap((file) => (file.kind === 'file' && file.scope === 'shared' ? [pathOf(folders, file)] : [])));
}
