/**
 * Sinks of the kinds that make their records visible with a checkpoint: by two-phase commit in one function, by a writer
 * and a committer in each subtask, and by writers and one committer for all of them. Every step of theirs may take its time or fail.
 */
import { TwoPhaseCommitSinkFunction } from '../../../src/operators/two-phase-commit-sink-function.js';
import type { CommitRequest, Committer, Sink, SinkWriter } from '../../../src/operators/sink.js';
import type { SimulatedThread } from '../scheduler.js';
import type { RecoveryWorld } from './recovery-world.js';

export class LedgerSink extends TwoPhaseCommitSinkFunction<string, number> {
  constructor(private readonly world: RecoveryWorld, private readonly thread: SimulatedThread) {
    super();
  }

  protected override now(): number {
    return this.thread.clock.now();
  }
  protected async beginTransaction(): Promise<number> {
    await this.world.step('begin', this.thread);
    return this.world.ledger.begin();
  }
  protected invokeTransaction(transaction: number, record: string): void {
    this.world.strike('write');
    this.world.ledger.write(transaction, record);
  }
  protected async preCommit(transaction: number): Promise<void> {
    await this.world.step('prepare', this.thread);
    this.world.ledger.prepare(transaction);
  }
  protected async commit(transaction: number): Promise<void> {
    await this.world.step('commit', this.thread);
    this.world.ledger.commit(transaction);
    this.world.strike('committed');
  }
  protected abort(transaction: number): void {
    this.world.ledger.abort(transaction);
  }
}

export function committingSink(world: RecoveryWorld, thread: SimulatedThread): Sink<string, number> {
  return {
    createWriter: () => new LedgerWriter(world, thread),
    createCommitter: () => new LedgerCommitter(world, thread),
  };
}

/** One committer for all subtasks. */
export function globallyCommittingSink(world: RecoveryWorld, thread: SimulatedThread): Sink<string, number> {
  return {
    createWriter: () => new LedgerWriter(world, thread),
    createGlobalCommitter: () => new LedgerCommitter(world, thread),
  };
}

class LedgerWriter implements SinkWriter<string, number> {
  private transaction: number | undefined;

  constructor(private readonly world: RecoveryWorld, private readonly thread: SimulatedThread) {}

  write(record: string): void {
    this.world.strike('write');
    this.world.ledger.write((this.transaction ??= this.world.ledger.begin()), record);
  }

  flush(): void | Promise<void> {
    return this.world.step('flush', this.thread);
  }

  async prepareCommit(): Promise<readonly number[]> {
    await this.world.step('prepare', this.thread);
    const { transaction } = this;
    if (transaction === undefined) return [];
    this.transaction = undefined;
    this.world.ledger.prepare(transaction);
    return [transaction];
  }

  close(): void {
    if (this.transaction !== undefined) this.world.ledger.abort(this.transaction);
    this.transaction = undefined;
  }
}

class LedgerCommitter implements Committer<number> {
  constructor(private readonly world: RecoveryWorld, private readonly thread: SimulatedThread) {}

  async commit(requests: readonly CommitRequest<number>[]): Promise<void> {
    for (const request of requests) {
      await this.world.step('commit', this.thread);
      this.world.ledger.commit(request.getCommittable());
      this.world.strike('committed');
    }
  }
}
