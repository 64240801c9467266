/** The source of an object literal with these keys in this order, the fields' values being given as source too. */
export function objectLiteral(keys: readonly string[], valueOf: (index: number) => string): string {
  // A literal's plain `__proto__: x` would set the prototype; computed, it is a key like any other.
  const fields = keys.map((key, i) => `${key === '__proto__' ? '["__proto__"]' : JSON.stringify(key)}: ${valueOf(i)}`);
  return `{ ${fields.join(', ')} }`;
}
