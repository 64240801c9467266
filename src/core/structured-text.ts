/**
 * Lists and maps as one text (Flink: `StructuredOptionsSplitter`): `a;'b;c'`, `key:value,'other:key':"a,b"`.
 *
 * Quotes, single or double, count where they open a part; inside, two of them stand for one. Blanks around a part are not of
 * it, those inside quotes are.
 */

/** The parts between the delimiters, or what is wrong with the text. */
export function splitText(written: string, delimiter: string): { readonly parts: readonly string[] } | { readonly problem: string } {
  const parts: string[] = [];
  let at = 0;
  while (at < written.length) {
    while (written[at]?.trim() === '' && written[at] !== delimiter) at++;
    const quote = written[at];
    if (quote === '\'' || quote === '"') {
      const read = quoted(written, at, quote);
      if (!read) return { problem: 'a quote is not closed' };
      parts.push(read.text);
      at = read.end;
      while (at < written.length && written[at] !== delimiter && written[at]!.trim() === '') at++;
      if (at < written.length && written[at] !== delimiter) return { problem: `illegal quoting at position ${read.end - 1}` };
    } else {
      const end = written.indexOf(delimiter, at);
      parts.push(written.slice(at, end < 0 ? undefined : end).trim());
      at = end < 0 ? written.length : end;
    }
    at++;
  }
  return { parts };
}

function quoted(written: string, start: number, quote: string): { readonly text: string; readonly end: number } | undefined {
  let text = '';
  for (let at = start + 1; at < written.length; at++) {
    if (written[at] !== quote) text += written[at]!;
    else if (written[at + 1] === quote) text += written[++at]!;
    else return { text, end: at + 1 };
  }
  return undefined;
}

/**
 * `key:value` pairs between commas, also in the braces of a YAML map; undefined where the text is no map.
 *
 * A value may hold colons (Flink: only in quotes). Quotes that keep a comma may be around the pair, the key or the value.
 */
export function readMapText(written: string): Record<string, string> | undefined {
  const inBraces = /^\s*\{(.*)\}\s*$/s.exec(written)?.[1];
  const pairs = pairTexts(inBraces ?? written);
  const entries = pairs?.filter((pair) => pair.trim() !== '').map(readPair);
  return entries?.every((entry) => entry !== undefined) ? Object.fromEntries(entries) : undefined;
}

/** Commas that are not in quotes part them; the quotes stay. Undefined where one is not closed. */
function pairTexts(written: string): string[] | undefined {
  const pairs = [''];
  for (let at = 0; at < written.length; at++) {
    const sign = written[at]!;
    const opens = (sign === '\'' || sign === '"') && /(^|:)\s*$/.test(pairs.at(-1)!);
    const read = opens ? quoted(written, at, sign) : undefined;
    if (opens && !read) return undefined;
    if (read) {
      pairs[pairs.length - 1] += written.slice(at, read.end);
      at = read.end - 1;
    } else if (sign === ',') pairs.push('');
    else pairs[pairs.length - 1] += sign;
  }
  return pairs;
}

function readPair(pair: string): readonly [string, string] | undefined {
  const text = pair.trim();
  const whole = text[0] === '\'' || text[0] === '"' ? quoted(text, 0, text[0]) : undefined;
  // As Flink writes a map: the pair in quotes, in which quotes may be again.
  if (whole?.end === text.length) return readPair(whole.text);
  const colon = text.indexOf(':', whole?.end ?? 0);
  if (colon < 0 || (whole && text.slice(whole.end, colon).trim() !== '')) return undefined;
  const key = whole?.text ?? text.slice(0, colon).trim();
  const value = text.slice(colon + 1).trim();
  const inner = value[0] === '\'' || value[0] === '"' ? quoted(value, 0, value[0]) : undefined;
  if (inner && inner.end !== value.length) return undefined;
  return key === '' ? undefined : [key, inner?.text ?? value];
}
