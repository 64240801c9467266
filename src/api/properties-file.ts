/**
 * Java's `.properties` format: `key=value`, `key: value` or `key value` a line, `#` and `!` comments, a backslash at
 * the end to go on in the next line, and escapes.
 */

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const { key, value } = splitLine(line);
    properties.set(unescape(key), unescape(value));
  }
  return properties;
}

/** Lines without comments and blanks, continued ones joined. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.trimStart();
    if (open === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const joined = (open ?? '') + line;
    const continues = (/\\*$/.exec(joined)?.[0].length ?? 0) % 2 === 1;
    if (continues) open = joined.slice(0, -1);
    else {
      lines.push(joined);
      open = undefined;
    }
  }
  return open === undefined ? lines : [...lines, open];
}

/** The key ends at the first `=`, `:` or white space that is not escaped. */
function splitLine(line: string): { key: string; value: string } {
  let end = 0;
  while (end < line.length && !/[=:\s]/.test(line[end]!)) end += line[end] === '\\' ? 2 : 1;
  const separator = /^\s*[=:]?\s*/.exec(line.slice(end))?.[0].length ?? 0;
  return { key: line.slice(0, end), value: line.slice(end + separator) };
}

function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]?))/g, (_, code?: string, char?: string) =>
    code === undefined ? (ESCAPES[char ?? ''] ?? char ?? '') : String.fromCharCode(Number.parseInt(code, 16)));
}
