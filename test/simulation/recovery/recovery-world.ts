/**
 * What one run of a job that is made to fail knows beyond the cluster's own state: the outside world, and how many
 * faults of which kind are still to come.
 *
 * Invariant: faults are counted beforehand. When they are used up the job must come to its end.
 */
import type { Random } from '../../../src/core/random.js';
import { randomInt } from '../../../src/core/random.js';
import type { Scheduler, SimulatedThread } from '../scheduler.js';
import { TransactionLedger } from './transaction-ledger.js';

/** Where a function of the job throws. */
const PLACES = {
  'source start': 0.1, 'source record': 0.01, record: 0.005, timer: 0.01, open: 0.1, begin: 0.1, write: 0.01, flush: 0.05, prepare: 0.1, commit: 0.1, committed: 0.1,
} as const;

export type Place = keyof typeof PLACES;

/** How many faults of each kind may happen, and how likely each is where it can. */
export interface FaultPlan {
  readonly crashes: number;
  /** A crash happens here, or anywhere. */
  readonly crashPlace: Place | undefined;
  readonly storageErrors: number;
  readonly lostMessages: number;
  readonly lateMessages: number;
  /** How long an operation of the disk takes at most, in virtual milliseconds. */
  readonly diskMs: number;
  /** How long it takes, besides, to bring a file to the disk. */
  readonly fsyncMs: number;
  /** How long a call of the outside world takes at most. */
  readonly outsideMs: number;
}

export function randomFaults(random: Random): FaultPlan {
  const some = (probability: number, most: number): number => (random.next() < probability ? 1 + randomInt(random, most) : 0);
  const places = Object.keys(PLACES) as Place[];
  return {
    crashes: some(0.5, 4),
    crashPlace: random.next() < 0.7 ? places[randomInt(random, places.length)]! : undefined,
    storageErrors: some(0.35, 5),
    lostMessages: some(0.35, 5),
    lateMessages: some(0.35, 8),
    diskMs: [0, 2, 20, 200][randomInt(random, 4)]!,
    fsyncMs: [0, 0, 0, 300][randomInt(random, 4)]!,
    outsideMs: [0, 2, 20][randomInt(random, 3)]!,
  };
}

type Budget = 'crashes' | 'storageErrors' | 'lostMessages' | 'lateMessages';

export class RecoveryWorld {
  readonly ledger: TransactionLedger;
  private readonly left: Record<Budget, number>;

  constructor(readonly scheduler: Scheduler, readonly faults: FaultPlan) {
    this.ledger = new TransactionLedger((what) => scheduler.violated(what));
    const { crashes, storageErrors, lostMessages, lateMessages } = faults;
    this.left = { crashes, storageErrors, lostMessages, lateMessages };
  }

  /** Throws when a crash is due here. */
  strike(place: Place): void {
    const { crashPlace } = this.faults;
    if (this.left.crashes === 0 || (crashPlace !== undefined && crashPlace !== place) || !this.spend('crashes', PLACES[place])) return;
    this.scheduler.note(`fault: ${place} throws`);
    throw new Error(`injected into ${place}`);
  }

  /** A call of the outside world, which takes its time and may fail. */
  step(place: Place, thread: SimulatedThread): void | Promise<void> {
    const { scheduler, faults } = this;
    if (faults.outsideMs === 0 || scheduler.chance(0.5)) return this.strike(place);
    return new Promise<void>((resolve) => thread.clock.schedule(scheduler.random.next() * faults.outsideMs, resolve)).then(() => this.strike(place));
  }

  /** Whether a fault of that kind happens now. */
  spend(budget: Budget, probability: number): boolean {
    if (this.left[budget] === 0 || !this.scheduler.chance(probability)) return false;
    this.left[budget] -= 1;
    return true;
  }

  /** Nothing more goes wrong by itself. */
  calm(): void {
    for (const budget of Object.keys(this.left) as Budget[]) this.left[budget] = 0;
  }
}
