/**
 * A map whose keys compare by value: what a map state holds for one key.
 *
 * Invariant: `originals` holds the keys that are no primitives, by the primitive that stands for them.
 */
import { type PrimitiveKey, toPrimitiveKey } from '../core/key.js';
import { ownString, ownStrings } from './own-strings.js';

export class StateMap<K, V> {
  private readonly byKey = new Map<PrimitiveKey, V>();
  private originals: Map<PrimitiveKey, K> | undefined;

  /** From the entries of another one. */
  static of<K, V>(entries: Iterable<readonly [K, V]>): StateMap<K, V> {
    const map = new StateMap<K, V>();
    for (const [key, value] of entries) map.set(key, value);
    return map;
  }

  get size(): number {
    return this.byKey.size;
  }

  get(key: K): V | undefined {
    return this.byKey.get(toPrimitiveKey(key));
  }

  has(key: K): boolean {
    return this.byKey.has(toPrimitiveKey(key));
  }

  set(key: K, value: V): void {
    const primitive = toPrimitiveKey(key);
    const kept = typeof primitive === 'string' ? ownString(primitive) : primitive;
    if ((primitive as unknown) !== key && key === key && !this.byKey.has(primitive)) (this.originals ??= new Map()).set(kept, ownStrings(key));
    this.byKey.set(kept, value);
  }

  delete(key: K): boolean {
    const primitive = toPrimitiveKey(key);
    this.originals?.delete(primitive);
    return this.byKey.delete(primitive);
  }

  *entries(): IterableIterator<[K, V]> {
    for (const [primitive, value] of this.byKey) yield [this.originalOf(primitive), value];
  }

  *keys(): IterableIterator<K> {
    for (const primitive of this.byKey.keys()) yield this.originalOf(primitive);
  }

  values(): IterableIterator<V> {
    return this.byKey.values();
  }

  private originalOf(primitive: PrimitiveKey): K {
    return this.originals?.has(primitive) ? (this.originals.get(primitive) as K) : (primitive as K);
  }
}
