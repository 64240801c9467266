/**
 * Pending timers in order of time: a heap of the distinct times, and for each time the timers that share it.
 *
 * Invariants:
 * - No two timers agree in time, key and namespace.
 * - A time is in the heap exactly once while `buckets` knows it; it may have lost all its timers meanwhile.
 * - `fireUpTo` calls back one timer at a time, the smallest time first, and removes it before; timers added or removed
 *   by a callback count at once.
 * - A timer is preserved for the snapshots under way before it goes.
 */
import type { PrimitiveKey } from '../core/key.js';
import { EntryEpochs } from './entry-epochs.js';
import type { Timer } from './keyed-context.js';
import type { SnapshotWalk } from './snapshot-walk.js';
import { TimeHeap } from './time-heap.js';
import { TimeTable } from './time-table.js';

export class PendingTimer<N> implements Timer<N> {
  /** Another timer of the same time (in a bucket by keys: and the same key). */
  next: PendingTimer<N> | undefined = undefined;
  /** See `EntryEpochs`. */
  epoch = 0;

  constructor(
    readonly timestamp: number,
    readonly key: unknown,
    readonly primitive: PrimitiveKey,
    readonly namespace: N,
    readonly namespacePrimitive: PrimitiveKey,
  ) {}

  /** NaN is a key like any other. */
  is(primitive: PrimitiveKey, namespacePrimitive: PrimitiveKey): boolean {
    return this.namespacePrimitive === namespacePrimitive && (this.primitive === primitive || Object.is(this.primitive, primitive));
  }
}

/** The first timer of each key, by the key. */
type KeyBucket<N> = Map<PrimitiveKey, PendingTimer<N>>;
/** The timers of one time: none any more, a chain of a few, or, when they are many, chains by key. */
type Bucket<N> = null | PendingTimer<N> | KeyBucket<N>;

/** A chain is searched; a Map for each of many times costs more than that. */
const CHAIN_MAX = 8;

/** Below so many times without timers it does not pay to clear them out. */
const VACANT_MIN = 1024;

export class TimerQueue<N> {
  private readonly heap = new TimeHeap();
  private readonly epochs = new EntryEpochs<PendingTimer<N>>();
  private readonly buckets = new TimeTable<Bucket<N>>();
  private pending = 0;
  /** Times that have lost all their timers. */
  private vacant = 0;
  private firing = false;

  get size(): number {
    return this.pending;
  }

  /** Whether a timer with this time was added that was not there. */
  add(timestamp: number, key: unknown, primitive: PrimitiveKey, namespace: N, namespacePrimitive: PrimitiveKey): boolean {
    const bucket = this.buckets.get(timestamp);
    const first = chainOf(bucket, primitive);
    let last: PendingTimer<N> | undefined;
    let length = 0;
    for (let timer = first; timer !== undefined; timer = timer.next) {
      if (timer.is(primitive, namespacePrimitive)) return false;
      last = timer;
      length += 1;
    }
    const added = new PendingTimer(timestamp, key, primitive, namespace, namespacePrimitive);
    added.epoch = this.epochs.current;
    this.pending += 1;
    if (bucket instanceof Map) addByKey(bucket, added);
    else if (last === undefined) this.open(timestamp, bucket as null | undefined, added);
    else if (length < CHAIN_MAX) last.next = added;
    else this.buckets.set(timestamp, byKey(first, added));
    return true;
  }

  private open(timestamp: number, bucket: null | undefined, added: PendingTimer<N>): void {
    if (bucket === undefined) this.heap.push(timestamp);
    else this.vacant -= 1;
    this.buckets.set(timestamp, added);
  }

  /** Whether there was such a timer. */
  remove(timestamp: number, primitive: PrimitiveKey, namespacePrimitive: PrimitiveKey): boolean {
    const bucket = this.buckets.get(timestamp);
    let before: PendingTimer<N> | undefined;
    let timer = chainOf(bucket, primitive);
    while (timer !== undefined && !timer.is(primitive, namespacePrimitive)) {
      before = timer;
      timer = timer.next;
    }
    if (timer === undefined) return false;
    if (before !== undefined) {
      this.epochs.preserve(timer);
      before.next = timer.next;
      this.pending -= 1;
    } else {
      this.removeFirst(bucket!, timer);
    }
    if (!this.firing && this.vacant > VACANT_MIN && this.vacant * 2 > this.heap.size) this.clearVacant();
    return true;
  }

  /** The smallest time that has a timer, +Infinity when there is none. */
  earliest(): number {
    while (this.heap.size > 0) {
      const time = this.heap.peek();
      if (this.buckets.get(time) !== null || this.firing) return time;
      this.drop(time);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Removes every timer up to and including `limit` and calls back with each. */
  fireUpTo(limit: number, fire: (timer: PendingTimer<N>) => void): void {
    this.firing = true;
    try {
      while (this.heap.size > 0 && this.heap.peek() <= limit) this.fireEarliest(fire);
    } finally {
      this.firing = false;
    }
  }

  forEach(call: (timer: Timer<N>) => void): void {
    const all: PendingTimer<N>[] = [];
    this.buckets.forEach((bucket) => {
      for (const first of bucket instanceof Map ? bucket.values() : [bucket]) {
        for (let timer = first ?? undefined; timer !== undefined; timer = timer.next) all.push(timer);
      }
    });
    all.forEach(call);
  }

  /** Begins a snapshot of the timers that wait now; not to be called from a timer. */
  snapshot(write: (timer: PendingTimer<N>) => void): SnapshotWalk {
    return this.epochs.begin(this.waiting(), write, this.pending);
  }

  /** Over all timers of now, while timers come and go. A chain is read whole: one that goes loses its place in it. */
  private *waiting(): IterableIterator<PendingTimer<N>> {
    for (const time of this.heap.times()) {
      const bucket = this.buckets.get(time);
      for (const first of bucket instanceof Map ? bucket.values() : [bucket]) {
        const chain: PendingTimer<N>[] = [];
        for (let timer = first ?? undefined; timer !== undefined; timer = timer.next) chain.push(timer);
        yield* chain;
      }
    }
  }

  clear(): void {
    if (this.epochs.active) for (const timer of this.waiting()) this.epochs.preserve(timer);
    this.heap.filter(() => false);
    this.buckets.clear();
    this.pending = 0;
    this.vacant = 0;
  }

  /** Fires all timers of the smallest time; a callback may add timers of this time, and of smaller ones. */
  private fireEarliest(fire: (timer: PendingTimer<N>) => void): void {
    const time = this.heap.peek();
    for (let bucket = this.buckets.get(time); bucket; bucket = this.buckets.get(time)) {
      if (bucket instanceof Map) this.fireKeys(time, bucket, fire);
      else this.fireOne(time, bucket, bucket, fire);
    }
    this.drop(time);
  }

  /** An iterator of a Map goes on with what is added while it runs, and passes over what is deleted. */
  private fireKeys(time: number, bucket: KeyBucket<N>, fire: (timer: PendingTimer<N>) => void): void {
    for (const primitive of bucket.keys()) {
      for (let timer = bucket.get(primitive); timer !== undefined; timer = bucket.get(primitive)) this.fireOne(time, bucket, timer, fire);
    }
  }

  private fireOne(time: number, bucket: KeyBucket<N> | PendingTimer<N>, timer: PendingTimer<N>, fire: (timer: PendingTimer<N>) => void): void {
    this.removeFirst(bucket, timer);
    fire(timer);
    while (this.heap.peek() < time) this.fireEarliest(fire);
  }

  private removeFirst(bucket: KeyBucket<N> | PendingTimer<N>, timer: PendingTimer<N>): void {
    this.epochs.preserve(timer);
    const { next } = timer;
    timer.next = undefined;
    this.pending -= 1;
    if (bucket instanceof Map) {
      if (next !== undefined) {
        bucket.set(timer.primitive, next);
        return;
      }
      bucket.delete(timer.primitive);
      if (bucket.size > 0) return;
    } else if (next !== undefined) {
      this.buckets.set(timer.timestamp, next);
      return;
    }
    this.buckets.set(timer.timestamp, null);
    this.vacant += 1;
  }

  /** Forgets the smallest time, which has no timers left. */
  private drop(time: number): void {
    this.heap.pop();
    this.buckets.delete(time);
    this.vacant -= 1;
  }

  private clearVacant(): void {
    const vacant: number[] = [];
    this.buckets.forEach((bucket, time) => {
      if (bucket === null) vacant.push(time);
    });
    for (const time of vacant) this.buckets.delete(time);
    this.heap.filter((time) => this.buckets.get(time) !== undefined);
    this.vacant = 0;
  }
}

/** The chain that holds the timers of a key, if there are any. */
function chainOf<N>(bucket: Bucket<N> | undefined, primitive: PrimitiveKey): PendingTimer<N> | undefined {
  return bucket instanceof Map ? bucket.get(primitive) : (bucket ?? undefined);
}

function byKey<N>(chain: PendingTimer<N> | undefined, added: PendingTimer<N>): KeyBucket<N> {
  const bucket: KeyBucket<N> = new Map();
  for (let timer = chain; timer !== undefined;) {
    const { next } = timer;
    timer.next = undefined;
    addByKey(bucket, timer);
    timer = next;
  }
  addByKey(bucket, added);
  return bucket;
}

function addByKey<N>(bucket: KeyBucket<N>, added: PendingTimer<N>): void {
  const first = bucket.get(added.primitive);
  if (first === undefined) {
    bucket.set(added.primitive, added);
    return;
  }
  added.next = first.next;
  first.next = added;
}
