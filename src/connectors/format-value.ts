/**
 * A value as one line of text, as `print` and the text sinks write it.
 *
 * Strings, numbers and other simple values stand as they are; arrays (tuples) and plain objects become JSON, which
 * `jq` and the like can read; an object whose class has a `toString` of its own is asked. Inside JSON, Map becomes an
 * object (or pairs, when its keys are not strings), Set and typed arrays become arrays, BigInt becomes a string of
 * digits, Date ISO text, and a reference back to an object under way `"[Circular]"`.
 */

/** Nesting beyond which only circles are found. */
const DEPTH_MAX = 1000;
// eslint-disable-next-line no-control-regex -- JSON escapes control characters
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

export function formatValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'object':
      return value === null ? 'null' : formatObject(value);
    default:
      return String(value);
  }
}

function formatObject(value: object): string {
  if (!Array.isArray(value) && hasOwnText(value)) return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  return json(value, []) ?? 'undefined';
}

/** Whether the class of an object says how it reads as text. */
function hasOwnText(value: object): boolean {
  const { toString } = value;
  if (typeof toString !== 'function' || toString === Object.prototype.toString) return false;
  return !(value instanceof Date) && !(Array.isArray(value) || ArrayBuffer.isView(value));
}

/** JSON text, or undefined for what JSON leaves out. `above` are the objects under way. */
function json(value: unknown, above: object[]): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return `"${value}"`;
    case 'object':
      return value === null ? 'null' : jsonOfObject(value, above);
    default:
      return undefined;
  }
}

function jsonOfObject(value: object, above: object[]): string | undefined {
  if (above.includes(value) || above.length > DEPTH_MAX) return '"[Circular]"';
  above.push(value);
  const text = jsonOfContainer(value, above);
  above.pop();
  return text;
}

function jsonOfContainer(value: object, above: object[]): string | undefined {
  if (Array.isArray(value)) return jsonOfItems(value, above);
  if (value instanceof Map) return jsonOfMap(value, above);
  if (value instanceof Set || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return jsonOfItems([...(value as Iterable<unknown>)], above);
  if (value instanceof Error) return quote(String(value));
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return json(toJSON.call(value), above);
  let text = '';
  for (const key of Object.keys(value)) {
    const member = json((value as Record<string, unknown>)[key], above);
    if (member !== undefined) text += text === '' ? `{${quote(key)}:${member}` : `,${quote(key)}:${member}`;
  }
  return text === '' ? '{}' : text + '}';
}

function jsonOfItems(items: readonly unknown[], above: object[]): string {
  let text = '[';
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ',';
    text += json(items[index], above) ?? 'null';
  }
  return text + ']';
}

function jsonOfMap(map: ReadonlyMap<unknown, unknown>, above: object[]): string | undefined {
  for (const key of map.keys()) {
    if (typeof key !== 'string') return jsonOfItems([...map], above);
  }
  let text = '{';
  for (const [key, item] of map) text += `${text === '{' ? '' : ','}${quote(key as string)}:${json(item, above) ?? 'null'}`;
  return text + '}';
}

function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}
