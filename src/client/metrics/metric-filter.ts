/**
 * Which metrics a person means by some words: a word that is part of a name, in any case, or a pattern with `*` for the
 * whole of it.
 */

/** Without words every name is meant. */
export function metricFilter(words: readonly string[]): (name: string) => boolean {
  const patterns = words.map((word) => {
    const literal = word.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*');
    return new RegExp(word.includes('*') ? `^${literal}$` : literal, 'i');
  });
  return (name) => patterns.length === 0 || patterns.some((pattern) => pattern.test(name));
}
