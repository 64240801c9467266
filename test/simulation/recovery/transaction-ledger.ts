/**
 * The outside world that sinks write to: transactions that outlive every thread and process, and what must be true of
 * each.
 *
 * Invariants held to:
 * - Records are written into open transactions only; what is committed was prepared before.
 * - What was committed is never dropped, and what was dropped never committed. Committing twice does no harm.
 */
type Stage = 'open' | 'prepared' | 'committed' | 'aborted';

interface Transaction {
  stage: Stage;
  readonly records: string[];
}

export class TransactionLedger {
  private readonly transactions: Transaction[] = [];

  constructor(private readonly violated: (what: string) => void) {}

  begin(): number {
    return this.transactions.push({ stage: 'open', records: [] }) - 1;
  }

  write(id: number, record: string): void {
    const transaction = this.at(id);
    this.expect(transaction.stage === 'open', id, `was written to while ${transaction.stage}`);
    transaction.records.push(record);
  }

  prepare(id: number): void {
    this.move(id, ['open'], 'prepared');
  }

  commit(id: number): void {
    this.move(id, ['prepared', 'committed'], 'committed');
  }

  abort(id: number): void {
    this.move(id, ['open', 'prepared', 'aborted'], 'aborted');
  }

  /** What a reader of the outside world sees. */
  visible(): string[] {
    return this.transactions.filter(({ stage }) => stage === 'committed').flatMap(({ records }) => records);
  }

  /** How many are neither prepared nor over. */
  get open(): number {
    return this.transactions.filter(({ stage }) => stage === 'open').length;
  }

  private move(id: number, from: readonly Stage[], to: Stage): void {
    const transaction = this.at(id);
    this.expect(from.includes(transaction.stage), id, `became ${to} when it was ${transaction.stage}`);
    transaction.stage = to;
  }

  private at(id: number): Transaction {
    return this.transactions[id]!;
  }

  private expect(holds: boolean, id: number, otherwise: string): void {
    if (!holds) this.violated(`transaction ${id} ${otherwise}`);
  }
}
