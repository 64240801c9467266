/**
 * A program's arguments as one text, which requests may give (Flink: `program-args`, `programArgs`).
 */

/** What is in quotes, single or double, is one word. */
export function programWords(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare!);
}
