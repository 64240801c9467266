/**
 * Runs the enumerator of one source on the JobManager and carries what it and its readers tell each other (Flink:
 * `SourceCoordinator`).
 *
 * Invariant: the enumerator is called from one place at a time, in the order of what happened.
 */
import { FlinkError } from '../core/errors.js';
import type { Source, SplitEnumerator, SplitEnumeratorContext } from '../operators/source.js';

/** Sends to the readers of this source. */
export interface ReaderGateway {
  addSplits(subtask: number, splits: unknown[]): void;
  noMoreSplits(subtask: number): void;
  sourceEvent(subtask: number, event: unknown): void;
}

export class SourceCoordinator implements SplitEnumeratorContext<unknown> {
  private readonly enumerator: SplitEnumerator<unknown>;
  private readonly readers = new Set<number>();
  /** What happened before the enumerator had started. */
  private started: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    source: Source<unknown>,
    private readonly name: string,
    private readonly parallelism: number,
    private readonly gateway: ReaderGateway,
    private readonly fail: (error: Error) => void,
  ) {
    this.enumerator = source.createEnumerator(this);
  }

  start(): void {
    this.started = Promise.resolve().then(() => this.enumerator.start?.());
    this.started.catch((error: unknown) => this.failed(error));
  }

  readerRegistered(subtask: number): void {
    this.whenStarted(() => {
      this.readers.add(subtask);
      this.enumerator.addReader(subtask);
    });
  }

  splitRequested(subtask: number): void {
    this.whenStarted(() => this.enumerator.handleSplitRequest(subtask));
  }

  sourceEvent(subtask: number, event: unknown): void {
    this.whenStarted(() => this.enumerator.handleSourceEvent?.(subtask, event));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.enumerator.close?.();
  }

  currentParallelism(): number {
    return this.parallelism;
  }

  registeredReaders(): readonly number[] {
    return [...this.readers];
  }

  assignSplit(split: unknown, subtask: number): void {
    this.gateway.addSplits(subtask, [split]);
  }

  signalNoMoreSplits(subtask: number): void {
    this.gateway.noMoreSplits(subtask);
  }

  sendEventToSourceReader(subtask: number, event: unknown): void {
    this.gateway.sourceEvent(subtask, event);
  }

  callAsync<R>(work: () => Promise<R>, handle: (result: R | undefined, error: unknown) => void): void {
    work().then(
      (result) => this.whenStarted(() => handle(result, undefined)),
      (error: unknown) => this.whenStarted(() => handle(undefined, error)),
    );
  }

  private whenStarted(call: () => void): void {
    void this.started.then(
      () => {
        if (this.closed) return;
        try {
          call();
        } catch (error) {
          this.failed(error);
        }
      },
      () => {},
    );
  }

  private failed(error: unknown): void {
    if (this.closed) return;
    const message = error instanceof Error ? error.message : String(error);
    this.fail(error instanceof FlinkError ? error : new FlinkError('USER_FUNCTION', `the enumerator of "${this.name}" threw: ${message}`, { cause: error, place: { operator: this.name } }));
  }
}
