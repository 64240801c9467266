/**
 * Path patterns: `*` and `?` within a name, `[abc]` and `[!a-z]` for one character, `{a,b}` for alternatives, `**` for
 * any number of folders.
 *
 * Invariant: like in a shell, a name that begins with `.` matches only a pattern that begins with `.`; as in Flink the
 * same holds for `_`.
 */

/** Whether a path is a pattern rather than a name. */
export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/** `a/{b,c}/d` becomes `a/b/d` and `a/c/d`; braces nest. */
export function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf('{');
  const close = open < 0 ? -1 : matchingBrace(pattern, open);
  if (close < 0) return [pattern];
  const head = pattern.slice(0, open);
  const tails = expandBraces(pattern.slice(close + 1));
  return splitAlternatives(pattern.slice(open + 1, close)).flatMap((part) => expandBraces(part).flatMap((middle) => tails.map((tail) => head + middle + tail)));
}

function matchingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

function splitAlternatives(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

/** Whether a single name (no slash) matches a single segment of a pattern (no braces, not `**`). */
export function segmentMatcher(segment: string): (name: string) => boolean {
  let source = '';
  for (let at = 0; at < segment.length; at++) {
    const char = segment[at]!;
    const close = char === '[' ? segment.indexOf(']', at + 2) : -1;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (close > 0) {
      const members = segment.slice(at + 1, close).replace(/[\\\]^]/g, '\\$&');
      source += `[${members.startsWith('!') ? `^${members.slice(1)}` : members}]`;
      at = close;
    } else source += char.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  }
  const pattern = new RegExp(`^${source}$`, 'su');
  const hidden = isHidden(segment);
  return (name) => (hidden || !isHidden(name)) && pattern.test(name);
}

/** Names that Flink's file sources pass over. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_');
}
