/**
 * Operations that take longer than a request: begun by one, asked after by others (Flink: `AsynchronousOperation…`).
 *
 * Invariants:
 * - Beginning an operation again under a trigger id that is known does nothing: a request that was repeated because its
 *   answer was lost has no second effect.
 * - A result can be asked for until it is `storeMs` old, or until the server ends after it was told.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import { RestStoreDuration } from '../core/options.js';
import { type Random, randomHex } from '../core/random.js';
import { failureCause, RestError } from './rest-error.js';

type Outcome = { readonly operation: Record<string, unknown> };

interface Operation {
  outcome: Outcome | undefined;
  told: boolean;
  forget: ScheduledCall | undefined;
}

export interface OperationStatus {
  readonly status: { id: 'IN_PROGRESS' | 'COMPLETED' };
  /** Null while it is in progress. */
  readonly operation: Record<string, unknown> | null;
}

export class AsynchronousOperations {
  private readonly operations = new Map<string, Operation>();
  private readonly running = new Set<Promise<void>>();
  private waiting: (() => void)[] = [];

  /** @param storeMs Flink's `rest.async.store-duration`. */
  constructor(private readonly clock: Clock, private readonly random: Random, private readonly storeMs: number = RestStoreDuration.defaultValue) {}

  /**
   * @param failureKey under which an error stands in the answer, which Flink spells differently from operation to operation.
   * @returns the trigger id.
   */
  begin(triggerId: string | null | undefined, run: () => Promise<object>, failureKey = 'failure-cause'): string {
    const id = triggerId ?? randomHex(this.random, 32);
    if (this.operations.has(id)) return id;
    const operation: Operation = { outcome: undefined, told: false, forget: undefined };
    this.operations.set(id, operation);
    const ended = run().then(
      (result) => this.ended(id, operation, { operation: { ...result } }),
      (error: unknown) => this.ended(id, operation, { operation: { [failureKey]: failureCause(error) } }),
    ).finally(() => this.running.delete(ended));
    this.running.add(ended);
    return id;
  }

  status(triggerId: string): OperationStatus {
    const operation = this.operations.get(triggerId);
    if (!operation) throw new RestError(404, `There is no operation with the trigger id ${triggerId}, or its result is no longer kept.`);
    if (!operation.outcome) return { status: { id: 'IN_PROGRESS' }, operation: null };
    operation.told = true;
    this.wakeWaiting();
    return completed(operation.outcome);
  }

  /** What came of those that have ended, by trigger id. Those under way are waited for, but no longer than `patienceMs`. */
  async outcomes(patienceMs: number): Promise<ReadonlyMap<string, OperationStatus>> {
    let patience: ScheduledCall | undefined;
    await Promise.race([Promise.all(this.running), new Promise<void>((resolve) => (patience = this.clock.schedule(patienceMs, resolve)))]);
    patience?.cancel();
    return new Map([...this.operations].flatMap(([id, { outcome }]) => (outcome ? [[id, completed(outcome)] as const] : [])));
  }

  /** Resolves when everybody who began an operation knows how it ended, or after `patienceMs`. */
  async settled(patienceMs: number): Promise<void> {
    if (this.allTold) return;
    let patience: ScheduledCall | undefined;
    await new Promise<void>((resolve) => {
      patience = this.clock.schedule(patienceMs, resolve);
      this.waiting.push(() => this.allTold && resolve());
    });
    patience?.cancel();
  }

  close(): void {
    for (const { forget } of this.operations.values()) forget?.cancel();
    this.operations.clear();
  }

  private get allTold(): boolean {
    return [...this.operations.values()].every(({ told }) => told);
  }

  private ended(id: string, operation: Operation, outcome: Outcome): void {
    operation.outcome = outcome;
    operation.forget = this.clock.schedule(this.storeMs, () => void this.operations.delete(id));
  }

  private wakeWaiting(): void {
    for (const look of this.waiting) look();
  }
}

function completed(outcome: Outcome): OperationStatus {
  return { status: { id: 'COMPLETED' }, ...outcome };
}
