/**
 * What backends keep as values, in the form in which snapshots have them: a map state's map as pairs, everything else
 * as it is.
 */
import { ownStrings } from './own-strings.js';
import type { KeyedStateMeta } from './operator-snapshot.js';
import { StateMap } from './state-map.js';

export function portable(kind: KeyedStateMeta['kind'], value: unknown): unknown {
  return kind === 'map' ? [...(value as StateMap<unknown, unknown>).entries()] : value;
}

/** What `portable` was given, sharing no text with what it was read from. */
export function fromPortable(kind: KeyedStateMeta['kind'], value: unknown): unknown {
  const own = ownStrings(value);
  return kind === 'map' ? StateMap.of(own as readonly (readonly [unknown, unknown])[]) : own;
}
