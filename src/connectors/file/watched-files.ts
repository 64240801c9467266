/**
 * The enumerator of a source that goes on looking for files: each that appears is read once (Flink: `FileSource` with
 * `monitorContinuously`), or each time that it has been written to (`readFile` with `PROCESS_CONTINUOUSLY`).
 *
 * Invariants:
 * - A file is known by its path. Once found it is never found again, not even after a restore, unless it is one of those that
 *   are read again and has been written to since.
 * - One search at a time; the next begins an interval after the last has ended.
 * - What cannot be read at the start, or in `PATIENCE` searches one after the other, fails the job: a file may vanish
 *   between its being listed and looked at, but a folder that is gone is no input.
 */
import type { Clock, ScheduledCall } from '../../core/clock.js';
import type { SplitEnumerator, SplitEnumeratorContext } from '../../operators/source.js';
import { SplitQueue } from '../split-queue.js';
import type { FileSplit } from './file-split.js';
import type { FoundFile } from './find-files.js';

export interface WatchedFilesCheckpoint {
  /** Not handed out yet. */
  readonly pending: readonly FileSplit[];
  /** Paths of all files that have been found. */
  readonly known: readonly string[];
  /** When each was last written to as it was found, in the same order; only where files are read again. */
  readonly modified?: readonly number[];
  /** Splits made so far. */
  readonly splits: number;
}

export interface WatchedFilesOptions {
  readonly intervalMs: number;
  readonly clock: Pick<Clock, 'schedule'>;
  /** All files there are at the moment. */
  find(): Promise<FoundFile[]>;
  cut(files: readonly FoundFile[]): FileSplit[];
  /** Bytes that one request is answered with, at most (but at least one split). */
  readonly share: () => number;
  /** Whether a file that has been written to is read again, as a whole. */
  readonly rereads: boolean;
}

const PATIENCE = 3;

export class WatchedFiles implements SplitEnumerator<FileSplit, WatchedFilesCheckpoint> {
  private readonly queue: SplitQueue<FileSplit>;
  /** By path: when it was last written to as it was found; undefined when the snapshot does not say. */
  private readonly known: Map<string, number | undefined>;
  private splits: number;
  private next: ScheduledCall | undefined;
  private failures = 0;
  private closed = false;

  constructor(
    private readonly context: SplitEnumeratorContext<FileSplit>,
    private readonly options: WatchedFilesOptions,
    checkpoint: WatchedFilesCheckpoint | null,
  ) {
    this.known = new Map(checkpoint?.known.map((path, at) => [path, checkpoint.modified?.[at]]));
    this.splits = checkpoint?.splits ?? 0;
    this.queue = new SplitQueue(context, {
      find: () => [], checkpoint: checkpoint?.pending ?? [], endless: true, share: { weigh: (split) => split.end - split.start, limit: options.share },
    });
  }

  async start(): Promise<void> {
    this.found(await this.options.find());
    this.searchLater();
  }

  handleSplitRequest(subtask: number): void {
    this.queue.handleSplitRequest(subtask);
  }

  addSplitsBack(splits: FileSplit[], subtask: number): void {
    this.queue.addSplitsBack(splits, subtask);
  }

  addReader(): void {
    // Readers ask when they are ready.
  }

  snapshotState(checkpointId: number): WatchedFilesCheckpoint {
    const modified = this.options.rereads ? { modified: [...this.known.values()].map((time) => time ?? Number.POSITIVE_INFINITY) } : {};
    return { pending: this.queue.snapshotState(checkpointId) ?? [], known: [...this.known.keys()], ...modified, splits: this.splits };
  }

  close(): void {
    this.closed = true;
    this.next?.cancel();
  }

  private searchLater(): void {
    if (this.closed) return;
    this.next = this.options.clock.schedule(this.options.intervalMs, () => {
      this.context.callAsync(() => this.options.find(), (files, error) => this.searched(files, error));
    });
  }

  private searched(files: readonly FoundFile[] | undefined, error: unknown): void {
    if (this.closed) return;
    if (files) {
      this.failures = 0;
      this.found(files);
    } else if (++this.failures >= PATIENCE) {
      throw error;
    }
    this.searchLater();
  }

  private found(files: readonly FoundFile[]): void {
    const fresh = files.filter((file) => this.isFresh(file));
    for (const { path, modified } of files) if (!this.known.has(path) || this.options.rereads) this.known.set(path, modified);
    if (fresh.length === 0) return;
    this.queue.add(this.options.cut(fresh).map((split) => ({ ...split, id: String(this.splits++) })));
  }
  private isFresh({ path, modified }: FoundFile): boolean {
    if (!this.known.has(path)) return true;
    const before = this.known.get(path);
    return this.options.rereads && before !== undefined && modified > before;
  }
}
