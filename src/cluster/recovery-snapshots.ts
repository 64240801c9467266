/**
 * The snapshots that a job can go back to: keeps them, deals their state out, and deletes what is not needed any more.
 *
 * Invariants:
 * - Nothing that a kept snapshot refers to is deleted, whatever else fails: an error while deleting leaves files, never a
 *   snapshot without them.
 * - As long as there is a snapshot on the disk that the job has left behind, so is a newer one that it has not.
 */
import { dirname } from 'node:path';
import { type AssignedState, assignState, withoutInFlight } from '../checkpoint/assign-state.js';
import type { TaskId } from '../checkpoint/checkpoint-plan.js';
import type { CheckpointStorage, CompletedSnapshot, PendingSnapshot } from '../checkpoint/checkpoint-storage.js';
import { CompletedCheckpoints, deletesAtEnd, type EndedStatus, type ExternalizedRetention, type RetainedSnapshot } from '../checkpoint/completed-checkpoints.js';
import { SharedFiles } from '../checkpoint/shared-files.js';
import { pathOf } from '../checkpoint/snapshot-input.js';
import { type CheckpointName, filesOfSnapshot, isFullyFinished, type SnapshotMetadata } from '../checkpoint/snapshot-metadata.js';
import { checkpointFolder, checkpointNameIn, recoveryFolder } from '../checkpoint/snapshot-path.js';
import type { Clock } from '../core/clock.js';
import type { JobGraph } from '../graph/job-graph.js';
import type { TaskRestore } from '../runtime/deployment.js';
import type { SnapshotFile } from '../state/snapshot-files.js';
import { type Removal, SnapshotRemovals } from './snapshot-removals.js';
import type { EnumeratorStates } from './source-coordinators.js';

export interface RecoverySnapshotsOptions {
  readonly jobGraph: JobGraph;
  readonly storage: CheckpointStorage;
  readonly clock: Clock;
  /** How many are kept. */
  readonly retained: number;
  /** The checkpoint whose records in flight are left out in a restore. */
  readonly ignoredInFlight: number;
  /** Told of each checkpoint whose files are deleted. */
  readonly discarded: (checkpointId: number) => void;
  /** Told how many snapshots are being deleted just now. */
  readonly cleaning: (count: number) => void;
}

export class RecoverySnapshots {
  private readonly kept: CompletedCheckpoints;
  private readonly shared = new SharedFiles();
  private readonly removals: SnapshotRemovals;
  /** Snapshots of earlier runs that were taken over and may still be there. */
  private readonly inherited = new Map<CompletedSnapshot, CheckpointName>();
  private readonly cleanups = new Set<Promise<void>>();
  private jobGraph: JobGraph;

  constructor(private readonly options: RecoverySnapshotsOptions) {
    this.jobGraph = options.jobGraph;
    this.kept = new CompletedCheckpoints(options.retained);
    this.removals = new SnapshotRemovals(options);
  }

  /** The job begins with this one. @param older claimed along with it, oldest first. */
  restoredFrom(snapshot: CompletedSnapshot, claimed: boolean, older: readonly CompletedSnapshot[] = []): void {
    for (const each of [...older, ...(claimed || snapshot.reference !== undefined ? [snapshot] : [])]) {
      const name = this.nameOfInherited(each);
      if (name) this.inherited.set(each, name);
    }
    for (const each of older) this.add({ snapshot: each, owned: each.reference === undefined });
    this.add({ snapshot, owned: claimed });
  }

  /** Sees to it that a recovery finds what the job begins with. Rejects with CHECKPOINT_STORAGE. */
  async announceBeginning(): Promise<void> {
    const { latest } = this.kept;
    if (!latest || this.inherited.has(latest.snapshot)) return;
    const { snapshot } = latest;
    this.kept.replace(latest, { ...latest, snapshot: await this.options.storage.refer(snapshot.metadata.checkpointId, snapshot) });
  }

  /** What a checkpoint says that becomes complete now. */
  predecessors(): Pick<SnapshotMetadata, 'predecessors'> {
    if (this.inherited.size === 0) return {};
    return { predecessors: [...this.inherited.values()] };
  }

  /** State is dealt out to the subtasks of this graph from now on. */
  rescaled(jobGraph: JobGraph): void {
    this.jobGraph = jobGraph;
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

  /** Deletes what a checkpoint that came to nothing has left. Resolves when that has been tried. */
  abandon(place: PendingSnapshot | undefined, files: readonly SnapshotFile[]): Promise<void> {
    return place ? this.clean(() => this.discard(place, files)) : Promise.resolve();
  }

  /**
   * The same, when its metadata may have been written all the same. Resolves when it is gone: before, nothing older may be
   * gone back to, for a recovery would find this one.
   */
  retract(checkpointId: number, place: PendingSnapshot, files: readonly SnapshotFile[]): Promise<void> {
    const { storage } = this.options;
    const reference = storage.folder === undefined ? undefined : checkpointFolder(storage.folder, checkpointId);
    const work = async (): Promise<void> => {
      if (reference !== undefined && reference !== place.folder) await storage.forget(reference);
      await this.discard(place, files);
    };
    return this.removals.insist({ checkpointId, work });
  }

  /** What a task goes on from; undefined for one of which the snapshot knows no operator: it begins, and is told so. */
  latestRestore(): ((task: TaskId) => TaskRestore | undefined) | undefined {
    const snapshot = this.kept.latest?.snapshot;
    if (!snapshot) return undefined;
    const { jobGraph, options: { ignoredInFlight } } = this;
    const metadata = snapshot.metadata.checkpointId === ignoredInFlight ? withoutInFlight(snapshot.metadata) : snapshot.metadata;
    const known = new Set(metadata.operators.map(({ operatorId }) => operatorId));
    const assigned = new Map<string, AssignedState[]>();
    return ({ vertexId, subtask }) => {
      const vertex = jobGraph.vertices.find(({ id }) => id === vertexId)!;
      if (!vertex.operators.some(({ operatorId }) => known.has(operatorId))) return undefined;
      const states = assigned.get(vertexId) ?? assignState(metadata, vertex, jobGraph);
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

  /** The job has ended; `close` follows when nothing is being stored. */
  end(): void {
    this.removals.end();
  }

  /** The job has ended. Resolves when everything that goes with it is deleted. */
  async close(status: EndedStatus, retention: ExternalizedRetention): Promise<void> {
    const going = this.kept.end(status, retention).map((entry) => this.removalOf(entry));
    if (deletesAtEnd(status, retention)) await this.removals.removeAll(going);
    else await this.removals.removeLeft();
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

  private drop(entry: RetainedSnapshot): void {
    this.removals.remove(this.removalOf(entry));
  }

  private removalOf({ snapshot, owned }: RetainedSnapshot): Removal {
    const { storage, discarded } = this.options;
    const { checkpointId } = snapshot.metadata;
    if (owned) discarded(checkpointId);
    // The snapshot goes before what it refers to.
    const work = async (): Promise<void> => {
      if (snapshot.reference !== undefined) await storage.forget(snapshot.reference);
      if (owned) await storage.discard(snapshot);
      this.inherited.delete(snapshot);
      this.deleteShared(this.shared.release(nameOf(snapshot)));
    };
    return { checkpointId, work };
  }

  private async discard(place: PendingSnapshot, files: readonly SnapshotFile[]): Promise<void> {
    await this.options.storage.discard(place);
    const folder = place.location.storage === 'directory' ? place.location.shared : undefined;
    if (folder !== undefined) this.deleteShared(this.shared.abandon(sharedPaths({ exclusive: undefined, shared: folder }, files)));
  }

  /** By which name a recovery would find it; undefined when it would not. */
  private nameOfInherited(snapshot: CompletedSnapshot): CheckpointName | undefined {
    const [own, place] = [this.options.storage.folder, recoveryFolder(snapshot)];
    return own === undefined || place === undefined ? undefined : checkpointNameIn(dirname(own), place);
  }

  private deleteShared(paths: readonly string[]): void {
    if (paths.length > 0) void this.clean(() => this.options.storage.discardShared(paths));
  }

  /** What cannot be deleted stays: the job does not suffer from it. */
  private clean(work: () => Promise<void>): Promise<void> {
    const cleanup = work().catch(() => {}).finally(() => this.cleanups.delete(cleanup));
    this.cleanups.add(cleanup);
    return cleanup;
  }
}

function nameOf(snapshot: CompletedSnapshot): string {
  return `${snapshot.metadata.jobId}/${snapshot.metadata.kind}/${snapshot.metadata.checkpointId}`;
}

function sharedPaths(folders: CompletedSnapshot['folders'], files: readonly SnapshotFile[]): Set<string> {
  return new Set(files.flatMap((file) => (file.kind === 'file' && file.scope === 'shared' ? [pathOf(folders, file)] : [])));
}
