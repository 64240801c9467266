/**
 * The snapshot of one task for one checkpoint, from the moment it is taken until it is stored.
 *
 * Invariants:
 * - It is reported exactly once, stored or failed, unless it is abandoned.
 * - After `abandon` nothing of it is left, neither in memory nor in files.
 */
import type { CheckpointBarrier, CheckpointFailureReason } from '../core/checkpoint.js';
import type { SnapshotMetrics } from '../checkpoint/snapshot-metrics.js';
import type { OperatorSubtaskState } from '../state/operator-snapshot.js';
import type { SnapshotFile } from '../state/snapshot-files.js';
import type { OperatorSnapshot } from './operator-chain.js';

/** What a task has contributed to a checkpoint. */
export interface StoredSnapshot {
  readonly checkpointId: number;
  /** By operator id; operators without state are not named. */
  readonly operators: Readonly<Record<string, OperatorSubtaskState>>;
  readonly metrics: SnapshotMetrics;
  /** All operators had finished before: they are not to run again after a restore. */
  readonly finished: boolean;
}

export interface SnapshotListener {
  stored(snapshot: StoredSnapshot): void;
  failed(checkpointId: number, reason: CheckpointFailureReason, error: Error): void;
}

export interface TaskSnapshotOptions {
  readonly barrier: CheckpointBarrier;
  readonly parts: readonly OperatorSnapshot[];
  /** Names of the files that this snapshot has opened. */
  readonly files: ReadonlySet<string>;
  readonly finished: boolean;
  /** What is known when the snapshot has been taken. */
  readonly metrics: Pick<SnapshotMetrics, 'startDelayMs' | 'alignmentMs' | 'syncMs' | 'unaligned'>;
  readonly clock: { monotonic(): number };
  readonly listener: SnapshotListener;
}

/** Entries written between two looks at the clock. */
const STEP_ENTRIES = 128;

export class TaskSnapshot {
  private next = 0;
  private over = false;
  private readonly takenAt: number;

  constructor(private readonly options: TaskSnapshotOptions) {
    this.takenAt = options.clock.monotonic();
  }

  get checkpointId(): number {
    return this.options.barrier.checkpointId;
  }

  /** Time since it was taken. */
  ageMs(): number {
    return this.options.clock.monotonic() - this.takenAt;
  }

  /** Everything is written; it may not be stored yet. */
  get written(): boolean {
    return this.over || this.next === this.options.parts.length;
  }

  /** Writes on until `until` (monotonic clock); true when everything is written. */
  step(until: number): boolean {
    const { parts, clock } = this.options;
    while (!this.written) {
      if (!parts[this.next]!.progress.step(STEP_ENTRIES)) {
        if (clock.monotonic() >= until) return false;
        continue;
      }
      this.next += 1;
    }
    return true;
  }

  /** Waits for what has been written to be stored, and reports it. */
  async store(): Promise<void> {
    const { parts, listener } = this.options;
    try {
      const states = await Promise.all(parts.map(async ({ operatorId, progress }) => ({ operatorId, state: await progress.result() })));
      if (this.over) return;
      this.over = true;
      const operators: Record<string, OperatorSubtaskState> = {};
      for (const { operatorId, state } of states) if (state) operators[operatorId] = merged(operators[operatorId], state);
      listener.stored({ checkpointId: this.checkpointId, operators, metrics: this.metricsOf(operators), finished: this.options.finished });
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    if (this.over) return;
    this.abandon();
    this.options.listener.failed(this.checkpointId, 'CHECKPOINT_ASYNC_EXCEPTION', error as Error);
  }

  abandon(): void {
    if (this.over) return;
    this.over = true;
    for (const { progress } of this.options.parts) progress.abandon();
  }

  private metricsOf(operators: Readonly<Record<string, OperatorSubtaskState>>): SnapshotMetrics {
    const { metrics, clock, files } = this.options;
    let bytes = 0;
    let fullBytes = 0;
    let inFlightBytes = 0;
    const seen = new Set<SnapshotFile>();
    for (const state of Object.values(operators)) {
      for (const { length } of [...(state.inputChannels ?? []), ...(state.outputChannels ?? [])]) inFlightBytes += length;
      for (const file of filesOf(state)) {
        if (seen.has(file)) continue;
        seen.add(file);
        const size = file.kind === 'inline' ? file.bytes.length : file.size;
        fullBytes += size;
        if (file.kind === 'inline' || files.has(file.name)) bytes += size;
      }
    }
    return { ...metrics, asyncMs: clock.monotonic() - this.takenAt, bytes, fullBytes, inFlightBytes };
  }
}

/** Two parts of one operator's state: what it keeps itself, and the records on their way to it. */
function merged(one: OperatorSubtaskState | undefined, other: OperatorSubtaskState): OperatorSubtaskState {
  return one ? { ...one, ...other, keyed: [...one.keyed, ...other.keyed], operator: [...one.operator, ...other.operator] } : other;
}

function filesOf(state: OperatorSubtaskState): SnapshotFile[] {
  const keyed = [...state.keyed, ...(state.rawKeyed ?? [])].flatMap((handle) =>
    handle.format === 'canonical' ? [handle.file] : [...handle.files.map(({ file }) => file), ...(handle.canonical ? [handle.canonical.file] : [])],
  );
  const others = [...state.operator, ...(state.rawOperator ?? []), ...(state.inputChannels ?? []), ...(state.outputChannels ?? [])];
  return [...keyed, ...others.map(({ file }) => file)];
}
