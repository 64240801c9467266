/**
 * Runs the enumerator of one source on the JobManager and carries what it and its readers tell each other (Flink:
 * `SourceCoordinator`).
 *
 * Invariants:
 * - The enumerator is called from one place at a time, in the order of what happened.
 * - When all readers start again, so does the enumerator, as another one; when some do, it gets back what they had been
 *   given. What an enumerator says or asks for that has been replaced has no effect.
 */
import { FlinkError } from '../core/errors.js';
import type { Source, SplitEnumerator, SplitEnumeratorContext } from '../operators/source.js';

/** Sends to the readers of this source. */
export interface ReaderGateway {
  addSplits(subtask: number, splits: unknown[]): void;
  noMoreSplits(subtask: number): void;
  sourceEvent(subtask: number, event: unknown): void;
}

export class SourceCoordinator {
  private current: RunningEnumerator;
  private closing: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly source: Source<unknown>,
    private readonly name: string,
    private readonly parallelism: number,
    private readonly gateway: ReaderGateway,
    private readonly fail: (error: Error) => void,
  ) {
    this.current = this.enumerate();
  }

  start(): void {
    this.current.start();
  }

  currentParallelism(): number {
    return this.parallelism;
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

  /** All readers start again: enumerating begins anew. */
  reset(): void {
    this.closing = Promise.allSettled([this.closing, this.current.close()]);
    try {
      this.current = this.enumerate();
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

  private enumerate(): RunningEnumerator {
    return new RunningEnumerator(this.source, this.parallelism, this.gateway, (error) => this.fail(enumeratorError(this.name, error)));
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
  /** By reader: the splits it was given. */
  private readonly assigned = new Map<number, unknown[]>();
  /** What happened before the enumerator had started. */
  private started: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(source: Source<unknown>, private readonly parallelism: number, private readonly gateway: ReaderGateway, private readonly fail: (error: unknown) => void) {
    this.enumerator = source.createEnumerator(this);
  }

  start(): void {
    this.started = Promise.resolve().then(() => this.enumerator.start?.());
    this.started.catch((error: unknown) => this.failed(error));
  }

  readerRegistered(subtask: number): void {
    this.whenStarted((enumerator) => {
      this.readers.add(subtask);
      enumerator.addReader(subtask);
    });
  }

  readerReset(subtask: number): void {
    this.whenStarted((enumerator) => {
      this.readers.delete(subtask);
      const splits = this.assigned.get(subtask) ?? [];
      this.assigned.delete(subtask);
      if (splits.length > 0) enumerator.addSplitsBack(splits, subtask);
    });
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
    if (this.closed) return;
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
    const splits = this.assigned.get(subtask);
    if (splits) splits.push(split);
    else this.assigned.set(subtask, [split]);
  }

  private failed(error: unknown): void {
    if (!this.closed) this.fail(error);
  }
}
