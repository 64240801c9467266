/**
 * Values that every key starts from: equal, of the same classes, and sharing nothing that could be changed.
 */

/**
 * Makes copies of `initial`, which itself is never handed out. Throws what `refused` makes of the cause when it cannot be
 * copied (it holds a function, say).
 */
export function copier<T>(initial: T, refused: (cause: unknown) => Error): () => T {
  if (typeof initial !== 'object' || initial === null) return () => initial;
  try {
    structuredClone(initial);
  } catch (cause) {
    throw refused(cause);
  }
  return () => {
    const copy = structuredClone(initial);
    restoreClasses(copy as object, initial, new Set());
    return copy;
  };
}

/** A clone loses the classes of the value and of its members. */
function restoreClasses(copy: object, original: object, seen: Set<object>): void {
  if (seen.has(original)) return;
  seen.add(original);
  const prototype = Object.getPrototypeOf(original) as object | null;
  if (Object.getPrototypeOf(copy) !== prototype) Object.setPrototypeOf(copy, prototype);
  for (const name of Object.keys(original)) {
    const [copied, member] = [(copy as Record<string, unknown>)[name], (original as Record<string, unknown>)[name]];
    if (isObject(copied) && isObject(member)) restoreClasses(copied, member, seen);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
