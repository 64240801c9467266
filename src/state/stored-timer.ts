/**
 * A timer as snapshots have it: an entry of a state of the kind `timers`, under its key and namespace.
 */
import type { PrimitiveKey } from '../core/key.js';
import type { KeyedStateMeta } from './operator-snapshot.js';

/** 1 for event time, 0 for the clock; the time; the namespace, where it is more than what it compares by. */
export type StoredTimer = readonly [isEvent: 0 | 1, timestamp: number, namespace?: unknown];

export function timersMeta(service: string): KeyedStateMeta {
  return { name: service, kind: 'timers', namespaced: true, expiring: false };
}

export function storedTimer(isEvent: boolean, timestamp: number, namespace: unknown, namespacePrimitive: PrimitiveKey): StoredTimer {
  return namespace === namespacePrimitive ? [isEvent ? 1 : 0, timestamp] : [isEvent ? 1 : 0, timestamp, namespace];
}

export function namespaceOf(stored: StoredTimer, namespacePrimitive: PrimitiveKey): unknown {
  return stored.length < 3 ? namespacePrimitive : stored[2];
}
