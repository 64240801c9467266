/**
 * "Did you mean": the names closest to one that does not exist.
 */
import { distance } from 'fastest-levenshtein';

/**
 * Up to `limit` candidates that could be a slip of the keyboard for `given`, best first. A name may differ in a
 * third of its letters, but always in two (swapped neighbours) when it has three; one that starts the same way counts too.
 */
export function nearest(given: string, candidates: Iterable<string>, limit = 1): string[] {
  const lower = given.toLowerCase();
  const scored: { name: string; score: number }[] = [];
  for (const name of new Set(candidates)) {
    const other = name.toLowerCase();
    const edits = distance(lower, other);
    const letters = Math.max(lower.length, other.length);
    const allowed = Math.max(letters < 3 ? 1 : 2, Math.floor(letters / 3));
    if (edits <= allowed && edits < letters) scored.push({ name, score: edits });
    else if (lower.length >= 3 && other.startsWith(lower)) scored.push({ name, score: allowed + 1 });
  }
  scored.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1));
  return scored.slice(0, limit).map(({ name }) => name);
}

/** `Did you mean "x"?`, or nothing when nothing is near. */
export function didYouMean(given: string, candidates: Iterable<string>): string | undefined {
  const [name] = nearest(given, candidates);
  return name === undefined ? undefined : `Did you mean "${name}"?`;
}
