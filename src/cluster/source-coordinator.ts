/**
 * Runs the enumerator of one source on the JobManager and carries what it and its readers tell each other (Flink:
 * `SourceCoordinator`).
 *
 * Invariants:
 * - The enumerator is called from one place at a time, in the order of what happened.
 * - When all readers start again, so does the enumerator, as another one; when some do, it gets back what they had been
 *   given. What an enumerator says or asks for that has been replaced has no effect.
 */
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import type { MetricGroup } from '../operators/metric-group.js';
import type { Source, SplitEnumerator, SplitEnumeratorContext } from '../operators/source.js';
import { SubtaskMetricGroup } from '../runtime/subtask-metric-group.js';

/** Sends to the readers of this source. */
export interface ReaderGateway {
  addSplits(subtask: number, splits: unknown[]): void;
  noMoreSplits(subtask: number): void;
  sourceEvent(subtask: number, event: unknown): void;
  /** The source works through a backlog, or does not any more. */
  backlog?(isBacklog: boolean): void;
}

/** What an enumerator keeps in a checkpoint; any value. */
export interface KeptState {
  readonly state: unknown;
}

/** Splits handed to a reader since the checkpoint with this number was taken; 0: since the enumerator was made. */
interface Assignment {
  readonly after: number;
  readonly split: unknown;
}

export class SourceCoordinator {
  private current: RunningEnumerator;
  private closing: Promise<unknown> = Promise.resolve();
  /** Of the enumerator. */
  readonly metrics = new SubtaskMetricGroup().addGroup('enumerator');

  constructor(
    private readonly source: Source<unknown>,
    private readonly name: string,
    private parallelism: number,
    private readonly gateway: ReaderGateway,
    private readonly fail: (error: Error) => void,
    restored?: KeptState,
    private readonly fileSystems?: Configuration,
  ) {
    this.current = this.enumerate(restored);
  }

  start(): void {
    this.current.start();
  }

  currentParallelism(): number {
    return this.parallelism;
  }

  /** As many readers there will be after the next `reset`, which follows. */
  rescaled(parallelism: number): void {
    this.parallelism = parallelism;
  }

  readerRegistered(subtask: number): void {
    this.current.readerRegistered(subtask);
  }

  splitRequested(subtask: number): void {
    this.current.whenStarted((enumerator) => enumerator.handleSplitRequest(subtask));
  }

  sourceEvent(subtask: number, event: unknown): void {
    this.current.whenStarted((enumerator) => enumerator.handleSourceEvent?.(subtask, event));
  }

  /** What there is to remember; see `RunningEnumerator`. */
  snapshot(checkpointId: number): KeptState | undefined {
    return this.current.snapshot(checkpointId);
  }

  checkpointCompleted(checkpointId: number): void {
    this.current.checkpointCompleted(checkpointId);
  }

  checkpointAborted(checkpointId: number): void {
    this.current.checkpointAborted(checkpointId);
  }

  /** All readers start again: enumerating goes on from what was kept, or begins anew. */
  reset(kept?: KeptState): void {
    this.closing = Promise.allSettled([this.closing, this.current.close()]);
    try {
      this.current = this.enumerate(kept);
      this.current.start();
    } catch (error) {
      this.fail(enumeratorError(this.name, error));
    }
  }

  /** One reader starts again, the others go on. */
  resetReader(subtask: number): void {
    this.current.readerReset(subtask);
  }

  async close(): Promise<void> {
    await Promise.all([this.current.close(), this.closing]);
  }

  private enumerate(kept: KeptState | undefined): RunningEnumerator {
    this.metrics.close();
    return new RunningEnumerator(this.source, this.parallelism, this.gateway, (error) => this.fail(enumeratorError(this.name, error)), kept, this.fileSystems, this.metrics);
  }
}

function enumeratorError(name: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof FlinkError ? error : new FlinkError('USER_FUNCTION', `the enumerator of "${name}" threw: ${message}`, { cause: error, place: { operator: name } });
}

/** One enumerator, from its making to its end. */
class RunningEnumerator implements SplitEnumeratorContext<unknown> {
  private readonly enumerator: SplitEnumerator<unknown>;
  private readonly readers = new Set<number>();
  /** Readers that start again and have not registered yet. */
  private readonly restarting = new Set<number>();
  /** By reader: the splits it was given that are in no completed checkpoint. */
  private readonly assigned = new Map<number, Assignment[]>();
  private lastCheckpoint = 0;
  /** What happened before the enumerator had started waits for it. */
  private started: Promise<void> = Promise.resolve();
  private running = false;
  private closed = false;
  private backlog = false;

  constructor(
    source: Source<unknown>, private readonly parallelism: number, private readonly gateway: ReaderGateway, private readonly fail: (error: unknown) => void,
    private readonly restored: KeptState | undefined, readonly fileSystems: Configuration | undefined, private readonly metrics: SubtaskMetricGroup,
  ) {
    this.enumerator = restored ? source.restoreEnumerator(this, restored.state) : source.createEnumerator(this);
  }

  start(): void {
    this.started = Promise.resolve().then(() => this.enumerator.start?.()).then(() => void (this.running = true));
    this.started.catch((error: unknown) => this.failed(error));
  }

  readerRegistered(subtask: number): void {
    this.whenStarted((enumerator) => {
      this.readers.add(subtask);
      this.restarting.delete(subtask);
      enumerator.addReader(subtask);
    });
  }

  readerReset(subtask: number): void {
    this.whenStarted((enumerator) => {
      this.readers.delete(subtask);
      this.restarting.add(subtask);
      const splits = (this.assigned.get(subtask) ?? []).map(({ split }) => split);
      this.assigned.delete(subtask);
      if (splits.length > 0) enumerator.addSplitsBack(splits, subtask);
    });
  }

  /**
   * What the enumerator has to remember: what it has handed out is with the readers from here on, what it hands out
   * later is not. Undefined when there is nothing to remember.
   */
  snapshot(checkpointId: number): KeptState | undefined {
    this.lastCheckpoint = checkpointId;
    // Before it has started it has handed out nothing.
    if (!this.running) return this.restored;
    const state = this.enumerator.snapshotState(checkpointId);
    return state === null || state === undefined ? undefined : { state };
  }

  /** Readers that start again have the splits of before. */
  checkpointCompleted(checkpointId: number): void {
    for (const [subtask, assignments] of this.assigned) this.assigned.set(subtask, assignments.filter(({ after }) => after >= checkpointId));
    this.whenStarted((enumerator) => enumerator.notifyCheckpointComplete?.(checkpointId));
  }

  checkpointAborted(checkpointId: number): void {
    this.whenStarted((enumerator) => enumerator.notifyCheckpointAborted?.(checkpointId));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.setIsProcessingBacklog(false);
    this.closed = true;
    await this.enumerator.close?.();
  }

  metricGroup(): MetricGroup {
    return this.metrics;
  }

  currentParallelism(): number {
    return this.parallelism;
  }

  registeredReaders(): readonly number[] {
    return [...this.readers];
  }

  assignSplit(split: unknown, subtask: number): void {
    if (this.closed) return;
    // The answer to a reader that is no more: nobody is there to take it.
    if (this.restarting.has(subtask)) return this.whenStarted((enumerator) => enumerator.addSplitsBack([split], subtask));
    // With one reader all readers restart at once, and nothing is ever handed back.
    if (this.parallelism > 1) this.remember(subtask, split);
    this.gateway.addSplits(subtask, [split]);
  }

  signalNoMoreSplits(subtask: number): void {
    if (!this.closed) this.gateway.noMoreSplits(subtask);
  }

  sendEventToSourceReader(subtask: number, event: unknown): void {
    if (!this.closed) this.gateway.sourceEvent(subtask, event);
  }

  setIsProcessingBacklog(isProcessingBacklog: boolean): void {
    if (this.closed || this.backlog === isProcessingBacklog) return;
    this.backlog = isProcessingBacklog;
    this.gateway.backlog?.(isProcessingBacklog);
  }

  callAsync<R>(work: () => Promise<R>, handle: (result: R | undefined, error: unknown) => void): void {
    work().then(
      (result) => this.whenStarted(() => handle(result, undefined)),
      (error: unknown) => this.whenStarted(() => handle(undefined, error)),
    );
  }

  whenStarted(call: (enumerator: SplitEnumerator<unknown>) => void): void {
    void this.started.then(
      () => {
        if (this.closed) return;
        try {
          call(this.enumerator);
        } catch (error) {
          this.failed(error);
        }
      },
      () => {},
    );
  }

  private remember(subtask: number, split: unknown): void {
    const assignment = { after: this.lastCheckpoint, split };
    const assignments = this.assigned.get(subtask);
    if (assignments) assignments.push(assignment);
    else this.assigned.set(subtask, [assignment]);
  }

  private failed(error: unknown): void {
    if (!this.closed) this.fail(error);
  }
}
