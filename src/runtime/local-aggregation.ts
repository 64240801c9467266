/**
 * Puts records of one key together before they leave on a keyed edge, for an operator that gives one result a key (see
 * `operators/local-aggregate.ts`). WordCount then sends a word once, not a million times.
 *
 * Invariants:
 * - Memory is bounded: so many keys are kept, and records of further ones travel as they are.
 * - Records of one key leave in their order: whatever was kept of a key leaves before a record of it that is not added.
 * - It is given up for good when a record cannot be added, and for a while when few can.
 */
import { hashKey, type PrimitiveKey, toPrimitiveKey } from '../core/key.js';
import { NO_TIMESTAMP } from '../core/timestamp.js';
import { type KeyTable, keyTable } from '../state/key-table.js';
import type { LocalAggregate, MakeLocalAggregate } from '../operators/local-aggregate.js';
import type { Specialise } from '../operators/operator.js';
import type { Emit, HashedEmit } from '../operators/output.js';

/** How much is kept, and when it is worth it. Counts of keys and records. */
export interface LocalAggregationLimits {
  readonly keys: number;
  /** After so many records that found no place it is judged whether the kept keys are the right ones. */
  readonly review: number;
  /** How many records pass before it is tried again. */
  readonly rest: number;
}

/** So many keys stay in a core's own cache, and hold three of four words of a text with 50 k different ones. */
const LIMITS: LocalAggregationLimits = { keys: 4_096, review: 16_384, rest: 4_000_000 };

/** To keep a record that is added to no other costs about half of what sending it costs. */
const WORTH_IT = 0.5;

export class LocalAggregation {
  readonly emit: Emit;
  private readonly kept: KeyTable<unknown>;
  private readonly tally: Tally;
  private poorBefore = false;

  constructor(
    make: MakeLocalAggregate, keyOf: (value: never) => unknown, private readonly send: HashedEmit, specialise: Specialise, private readonly limits: LocalAggregationLimits = LIMITS,
  ) {
    this.kept = keyTable(specialise);
    this.tally = { added: 0, passed: 0, resting: 0 };
    const primitiveKeyOf = specialise(primitiveKeyKernel)(keyOf, toPrimitiveKey);
    this.emit = specialise(localAggregationKernel)(
      primitiveKeyOf, hashKey, this.kept, make(specialise, primitiveKeyOf), limits.keys, limits.review, send, this.tally, () => this.review(), () => this.giveUp(Number.POSITIVE_INFINITY),
    );
  }

  /** Sends whatever is kept. */
  flush(): void {
    const entries = this.kept.slots().filter((entry) => entry !== undefined);
    for (const { key, hash, value } of entries) {
      this.kept.delete(key, hash);
      this.send(value, NO_TIMESTAMP, hash);
    }
  }

  /** Few records were added: other keys are kept, and when that did not help either the next time, none for a while. */
  private review(): void {
    const { tally, limits } = this;
    const poor = tally.added < tally.passed * WORTH_IT;
    tally.added = tally.passed = 0;
    if (poor && this.poorBefore) this.giveUp(limits.rest);
    else if (poor) this.flush();
    this.poorBefore = poor;
  }

  private giveUp(records: number): void {
    this.flush();
    this.tally.resting = records;
  }
}

/** Records since the last review, and how many are still to pass before the next attempt. */
interface Tally {
  added: number;
  passed: number;
  resting: number;
}

function primitiveKeyKernel(keyOf: (value: never) => unknown, toPrimitive: (key: unknown) => PrimitiveKey): (value: unknown) => PrimitiveKey {
  return (value) => toPrimitive(keyOf(value as never));
}

function localAggregationKernel(
  keyOf: (value: unknown) => PrimitiveKey,
  hashOf: (key: PrimitiveKey) => number,
  { find, enter, size }: KeyTable<unknown>,
  { start, add }: LocalAggregate,
  keys: number,
  reviewAfter: number,
  send: HashedEmit,
  tally: Tally,
  review: () => void,
  giveUp: () => void,
): Emit {
  /** Whether the record is kept, alone or added to others. */
  function keep(key: PrimitiveKey, hash: number, value: unknown): boolean {
    const entry = find(key, hash);
    if (entry === undefined && size() === keys) {
      if (++tally.passed === reviewAfter) review();
      return false;
    }
    const kept = entry === undefined ? start(value) : add(entry.value, value, entry.key);
    if (kept === undefined) {
      giveUp();
      return false;
    }
    if (entry !== undefined) tally.added++;
    (entry ?? enter(key, hash, key)).value = kept;
    return true;
  }
  return function sendAggregated(value, timestamp) {
    const key = keyOf(value);
    const hash = hashOf(key);
    if (tally.resting > 0) tally.resting--;
    else if (keep(key, hash, value)) return;
    send(value, timestamp, hash);
  };
}
