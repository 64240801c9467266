/**
 * Reads the small XML documents that S3 answers with. Names of objects come URL-encoded in them (the client asks for
 * it), so that no character of a name can break the document.
 */

/** What is between the tags of each element of this name, which does not contain itself. */
export function elementsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map((found) => found[1]!);
}

/** The text of the first element of this name; undefined when there is none. */
export function textOf(xml: string, name: string): string | undefined {
  const inner = elementsOf(xml, name)[0];
  return inner === undefined ? undefined : unescaped(inner.trim());
}

/** A name that was URL-encoded. */
export function nameOf(xml: string, element: string): string {
  return decodeURIComponent((textOf(xml, element) ?? '').replaceAll('+', ' '));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return decimal === undefined ? (ENTITIES[name!] ?? whole) : String.fromCodePoint(Number(decimal));
  });
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&${Object.entries(ENTITIES).find(([, value]) => value === char)![0]};`);
}
