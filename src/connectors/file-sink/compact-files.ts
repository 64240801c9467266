/**
 * Stands between the writers of a file sink and its committer: gathers the part files of each bucket and puts them
 * together when there are enough (Flink: `CompactCoordinator`, `CompactorOperator`).
 *
 * Invariants:
 * - A file that waits is in this operator's state, and in no other; one that has been put together is no longer here, but in the
 *   committer's, with the names of those that it replaces. These go when it has been committed.
 * - What comes of waiting files is named after the first of them: an attempt that failed is written over, never added to.
 * - Every summary is answered by one of the same subtask and checkpoint, at once.
 */
import { existsSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import type { Collector } from '../../operators/collector.js';
import type { CheckpointedFunction, FunctionInitializationContext } from '../../operators/checkpointed-function.js';
import { type CommittableMessage, committableMessages, type CommittableSummary, END_OF_INPUT_CHECKPOINT } from '../../operators/committable-message.js';
import { ProcessFunction, type ProcessContext } from '../../operators/process-functions.js';
import type { ListState } from '../../state/state.js';
import { ListStateDescriptor } from '../../state/state-descriptor.js';
import type { FileCompactStrategy } from './file-compact-strategy.js';
import type { FileCompactor } from './file-compactors.js';
import { PartFile } from './part-file.js';
import type { PendingFile } from './part-files.js';

export interface Compaction {
  readonly strategy: FileCompactStrategy;
  readonly compactor: FileCompactor;
}

type Message = CommittableMessage<PendingFile>;

/** Files of a bucket that wait to be put together. */
interface WaitingFiles {
  readonly bucket: string;
  files: PendingFile[];
  /** How many checkpoints have come since the first of them was finished, and which was the last. */
  checkpoints: number;
  lastCheckpoint: number;
}

/** The messages of one subtask for one checkpoint, as they come. */
interface OpenBatch {
  readonly summary: CommittableSummary;
  readonly files: PendingFile[];
}

export class CompactFiles extends ProcessFunction<Message, Message> implements CheckpointedFunction {
  private readonly waiting = new Map<string, WaitingFiles>();
  private readonly batches = new Map<string, OpenBatch>();
  private state!: ListState<WaitingFiles>;

  /** @param compaction undefined: what still waits is passed on, and everything that comes. */
  constructor(private readonly folder: string, private readonly compaction: Compaction | undefined) {
    super();
  }

  initializeState(context: FunctionInitializationContext): void {
    this.state = context.getOperatorStateStore().getListState(new ListStateDescriptor<WaitingFiles>('waiting-files'));
    for (const waiting of this.state.get()) this.waiting.set(waiting.bucket, { ...waiting, files: [...waiting.files] });
  }

  snapshotState(): void {
    this.state.update([...this.waiting.values()].map((waiting) => ({ ...waiting, files: [...waiting.files] })));
  }

  processElement(message: Message, _context: ProcessContext, out: Collector<Message>): void {
    const id = `${message.subtaskId} ${message.checkpointId}`;
    if (message.kind === 'summary') this.batches.set(id, { summary: message, files: [] });
    const batch = this.batches.get(id);
    // Of a snapshot in which the sink was one operator: its summary went with it.
    if (!batch) return out.collect(message);
    if (message.kind === 'committable') batch.files.push(message.committable);
    if (batch.files.length < batch.summary.numberOfCommittables) return;
    this.batches.delete(id);
    for (const answer of committableMessages(this.due(batch), batch.summary)) out.collect(answer);
  }

  /** What can be committed now that these files have come. */
  private due({ summary: { checkpointId }, files }: OpenBatch): PendingFile[] {
    const single: PendingFile[] = [];
    for (const file of files) {
      if (file.upload) single.push(file);
      else this.bucket(dirname(file.final)).files.push(file);
    }
    return [...single, ...[...this.waiting.values()].flatMap((waiting) => this.taken(waiting, checkpointId).flatMap((group) => this.together(waiting.bucket, group)))];
  }

  private bucket(bucket: string): WaitingFiles {
    const waiting = this.waiting.get(bucket) ?? { bucket, files: [], checkpoints: 0, lastCheckpoint: Number.NEGATIVE_INFINITY };
    this.waiting.set(bucket, waiting);
    return waiting;
  }

  /** Takes what is to wait no longer, in groups that become one file each. */
  private taken(waiting: WaitingFiles, checkpointId: number): PendingFile[][] {
    const { groups, rest } = this.compaction ? this.compaction.strategy.cut(waiting.files) : { groups: [], rest: waiting.files };
    // What is left came last.
    if (groups.length > 0) waiting.checkpoints = 0;
    if (checkpointId > waiting.lastCheckpoint || groups.length > 0) waiting.checkpoints += 1;
    waiting.lastCheckpoint = Math.max(checkpointId, waiting.lastCheckpoint);
    const all = !this.compaction || checkpointId === END_OF_INPUT_CHECKPOINT || this.compaction.strategy.isDueAfter(waiting.checkpoints);
    waiting.files = all ? [] : rest;
    if (waiting.files.length === 0) this.waiting.delete(waiting.bucket);
    return all && rest.length > 0 ? [...groups, rest] : groups;
  }

  private together(bucket: string, files: readonly PendingFile[]): readonly PendingFile[] {
    if (!this.compaction || files.length < 2) return files;
    const name = `compacted-${basename(files[0]!.final)}`;
    const [pending, final] = [join(bucket, `.${name}.inprogress`), join(bucket, name)];
    const replaces = files.map((file) => file.pending);
    const paths = replaces.map((path) => this.present(path));
    const target = join(this.folder, pending);
    rmSync(target, { force: true });
    const output = PartFile.create(target);
    try {
      this.compaction.compactor.compact(paths, output);
      output.finish();
    } finally {
      output.close();
    }
    return [{ pending, final, size: output.size, replaces }];
  }

  private present(pending: string): string {
    const path = join(this.folder, pending);
    if (existsSync(path)) return path;
    throw new FlinkError('OUTPUT_UNWRITABLE', `Cannot put ${path} together with others: it is not there`, {
      hint: 'Somebody removed it, or it is in a compacted file already, finished after the snapshot that the job went on from. Go on from a newer snapshot.',
    });
  }
}
