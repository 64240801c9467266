/**
 * Keys in LevelDB: key group, state, key and namespace in one text.
 *
 * Layout: two characters of key group (big-endian), one of the state's number, then the key; in states with namespaces
 * the length of the key, a colon, the key and the namespace.
 * Invariants:
 * - Two entries have the same text exactly when group, state, key and namespace are the same.
 * - A run of key groups is a run of texts in LevelDB's order, which is that of code points.
 * - Every text is well-formed, so that it survives UTF-8.
 */
import type { PrimitiveKey } from '../../core/key.js';

/** What the backend says of its own database; beyond every key group. */
export const FACTS_KEY = '\u2000facts';

/** As many states as an operator may have in one database. */
export const STATES_MAX = 0xd000;

const LONE_SURROGATE = /\p{Surrogate}/u;

/** First of all texts of a key group. */
export function groupPrefix(group: number): string {
  return String.fromCharCode(group >> 7, group & 127);
}

export function statePrefix(state: number): string {
  return String.fromCharCode(state);
}

/** The number of the state of an entry. */
export function stateOfText(text: string): number {
  return text.charCodeAt(2);
}

/** What follows group and state in a state without namespaces. */
export function keyText(key: PrimitiveKey): string {
  switch (typeof key) {
    case 'string':
      return LONE_SURROGATE.test(key) ? `u${Buffer.from(key, 'utf16le').toString('hex')}` : `s${key}`;
    case 'number':
      return `n${key}`;
    case 'bigint':
      return `i${key}`;
    default:
      return key ? 't' : 'f';
  }
}

/** What follows group and state in a state with namespaces. */
export function spacedText(key: PrimitiveKey, namespace: PrimitiveKey): string {
  const text = keyText(key);
  return `${text.length}:${text}${keyText(namespace)}`;
}

/** The key of an entry, and its namespace where it has one. */
export function entryOfText(text: string, namespaced: boolean): { readonly key: PrimitiveKey; readonly namespace: PrimitiveKey } {
  if (!namespaced) return { key: keyOfText(text.slice(3)), namespace: '' };
  const colon = text.indexOf(':', 3);
  const end = colon + 1 + Number(text.slice(3, colon));
  return { key: keyOfText(text.slice(colon + 1, end)), namespace: keyOfText(text.slice(end)) };
}

function keyOfText(text: string): PrimitiveKey {
  const rest = text.slice(1);
  switch (text[0]) {
    case 's':
      return rest;
    case 'u':
      return Buffer.from(rest, 'hex').toString('utf16le');
    case 'n':
      return Number(rest);
    case 'i':
      return BigInt(rest);
    default:
      return text === 't';
  }
}
