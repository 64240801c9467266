/**
 * A sink whose records become visible with the checkpoint that covers them, and once only (Flink:
 * `TwoPhaseCommitSinkFunction`).
 *
 * Invariants:
 * - A record is written into the transaction that is open when it comes. At a checkpoint that transaction is prepared
 *   (`preCommit`) and remembered under the checkpoint's id, and the next one is opened.
 * - A prepared transaction is committed when its checkpoint, or a later one, is complete; or, when the job goes on from
 *   a snapshot that remembers it, before anything else. It may have been committed before: committing again must do no
 *   harm.
 * - Transactions are committed in the order of their checkpoints. An error of one does not keep back the others; the
 *   first one fails the task.
 */
import { systemClock } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import { type DurationLike, toMillis } from '../core/time.js';
import { ListStateDescriptor } from '../state/state-descriptor.js';
import type { ListState } from '../state/state.js';
import type { CheckpointedFunction, FunctionInitializationContext, FunctionSnapshotContext } from './checkpointed-function.js';
import type { CheckpointListener } from './checkpoint-listener.js';
import { RichSinkFunction } from './legacy-functions.js';
import type { SinkContext } from './sink.js';

/** A transaction, and since when it is open. */
interface TransactionHolder<TXN> {
  readonly handle: TXN;
  /** Epoch milliseconds. */
  readonly startTime: number;
}

interface PendingTransaction<TXN> extends TransactionHolder<TXN> {
  readonly checkpointId: number;
}

/** What one subtask keeps in a snapshot. */
interface StoredTransactions<TXN, CONTEXT> {
  readonly pending: readonly PendingTransaction<TXN>[];
  /** Null once the input has ended. */
  readonly current: TransactionHolder<TXN> | null;
  readonly context: CONTEXT | null;
}

/**
 * @typeParam TXN what names a transaction; plain data, for it is stored with the checkpoint.
 * @typeParam CONTEXT what the subtask keeps beside its transactions; plain data.
 */
export abstract class TwoPhaseCommitSinkFunction<IN, TXN, CONTEXT = null> extends RichSinkFunction<IN> implements CheckpointedFunction, CheckpointListener {
  private current: TransactionHolder<TXN> | undefined;
  private pending: PendingTransaction<TXN>[] = [];
  private userContext: CONTEXT | null = null;
  private state!: ListState<StoredTransactions<TXN, CONTEXT>>;
  private transactionTimeoutMs = Number.POSITIVE_INFINITY;
  private warningRatio: number | undefined;
  private forgivesTimeouts = false;
  private finished = false;

  /** Opens a transaction for the records to come. */
  protected abstract beginTransaction(): TXN | Promise<TXN>;
  /** Writes a record into the open transaction (Flink: `invoke(transaction, value, context)`). */
  protected abstract invokeTransaction(transaction: TXN, value: IN, context: SinkContext): void | Promise<void>;
  /** Makes a transaction ready to be committed whatever happens: flushes it, closes it. Nothing is written to it after. */
  protected abstract preCommit(transaction: TXN): void | Promise<void>;
  /** Makes a prepared transaction visible. It may have been committed already. */
  protected abstract commit(transaction: TXN): void | Promise<void>;
  /** Drops a transaction that will not be committed. */
  protected abstract abort(transaction: TXN): void | Promise<void>;

  /** Commits a transaction that a snapshot remembers; it must succeed in the end, or data is lost. Default: `commit`. */
  protected recoverAndCommit(transaction: TXN): void | Promise<void> {
    return this.commit(transaction);
  }

  /** Drops the transaction that was open when a snapshot was taken. Default: `abort`. */
  protected recoverAndAbort(transaction: TXN): void | Promise<void> {
    return this.abort(transaction);
  }

  /** What the subtask is to keep beside its transactions, asked for once when there is none yet. Default: nothing. */
  protected initializeUserContext(): CONTEXT | null {
    return null;
  }

  /** All transactions of one old subtask have been recovered: the place to clear up after them, by its user context. */
  protected finishRecoveringContext(_handled: readonly TXN[]): void | Promise<void> {}

  /** All input has ended: the last transaction is committed with the last checkpoint. */
  protected finishProcessing(_transaction: TXN): void | Promise<void> {}

  protected getUserContext(): CONTEXT | null {
    return this.userContext;
  }

  protected currentTransaction(): TXN | undefined {
    return this.current?.handle;
  }

  /** Epoch milliseconds; to be overridden by tests. */
  protected now(): number {
    return systemClock.now();
  }

  /** Where warnings go; to be overridden by functions with a log of their own. */
  protected warn(text: string): void {
    process.emitWarning(text);
  }

  /** After so long the outside world gives a transaction up. Needed by the two settings below. */
  protected setTransactionTimeout(timeout: DurationLike): this {
    this.transactionTimeoutMs = toMillis(timeout);
    return this;
  }

  /** When a recovered transaction is older than the timeout, an error of its commit is logged, not thrown: its data is lost. */
  protected ignoreFailuresAfterTransactionTimeout(): this {
    this.forgivesTimeouts = true;
    return this;
  }

  /** Warns when a commit comes later than this share (0 to 1) of the timeout. */
  protected enableTransactionTimeoutWarnings(ratio: number): this {
    if (!(ratio >= 0 && ratio <= 1)) throw new FlinkError('INVALID_ARGUMENT', `enableTransactionTimeoutWarnings takes a share from 0 to 1; ${ratio} came`);
    this.warningRatio = ratio;
    return this;
  }

  /** Called by the runtime. */
  invoke(value: IN, context: SinkContext): void | Promise<void> {
    return this.invokeTransaction(this.current!.handle, value, context);
  }

  /** Called by the runtime. */
  async initializeState(context: FunctionInitializationContext): Promise<void> {
    this.state = context.getOperatorStateStore().getListState(new ListStateDescriptor<StoredTransactions<TXN, CONTEXT>>('state'));
    if (context.isRestored()) for (const stored of this.state.get()) await this.recover(stored);
    this.userContext ??= this.initializeUserContext();
    await this.begin();
  }

  /** Called by the runtime. */
  async snapshotState(context: FunctionSnapshotContext): Promise<void> {
    const { current } = this;
    if (current) {
      await this.preCommit(current.handle);
      this.pending.push({ ...current, checkpointId: context.getCheckpointId() });
      this.current = undefined;
      if (!this.finished) await this.begin();
    }
    this.state.update([{ pending: [...this.pending], current: this.current ?? null, context: this.userContext }]);
  }

  /** Called by the runtime. */
  async notifyCheckpointComplete(checkpointId: number): Promise<void> {
    const due = this.pending.filter((transaction) => transaction.checkpointId <= checkpointId);
    let failure: { readonly error: unknown } | undefined;
    for (const transaction of due) {
      this.warnWhenLate(transaction);
      try {
        await this.commit(transaction.handle);
        this.pending = this.pending.filter((other) => other !== transaction);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }

  /** Called by the runtime. */
  override async finish(): Promise<void> {
    this.finished = true;
    if (this.current) await this.finishProcessing(this.current.handle);
  }

  /** Drops what is open; what was prepared is left for the job to recover. */
  override async close(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    if (current) await this.abort(current.handle);
  }

  private async begin(): Promise<void> {
    this.current = { handle: await this.beginTransaction(), startTime: this.now() };
  }

  private async recover({ pending, current, context }: StoredTransactions<TXN, CONTEXT>): Promise<void> {
    this.userContext = context;
    for (const transaction of pending) await this.recoverPending(transaction);
    if (current) await this.recoverAndAbort(current.handle);
    await this.finishRecoveringContext([...pending, ...(current ? [current] : [])].map(({ handle }) => handle));
  }

  private async recoverPending(transaction: PendingTransaction<TXN>): Promise<void> {
    this.warnWhenLate(transaction);
    try {
      await this.recoverAndCommit(transaction.handle);
    } catch (error) {
      const age = this.now() - transaction.startTime;
      if (!this.forgivesTimeouts || age <= this.transactionTimeoutMs) throw error;
      this.warn(`a transaction of checkpoint ${transaction.checkpointId} could not be committed and is given up, for it is ${age} ms old and the timeout is ${this.transactionTimeoutMs} ms: its records are lost. ${String(error)}`);
    }
  }

  private warnWhenLate({ startTime, checkpointId }: PendingTransaction<TXN>): void {
    const age = this.now() - startTime;
    if (this.warningRatio === undefined || age <= this.transactionTimeoutMs * this.warningRatio) return;
    this.warn(`a transaction of checkpoint ${checkpointId} has been open for ${age} ms; after ${this.transactionTimeoutMs} ms it is given up and its records are lost.`);
  }
}
