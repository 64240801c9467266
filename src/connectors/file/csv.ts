/**
 * A record as a line of comma-separated values (Flink: `writeAsCsv`; quoting as RFC 4180 has it).
 *
 * Invariant: reading the line as CSV gives back the texts of the fields.
 */
import { formatValue } from '../format-value.js';

/** Makes a line, without its end, of an array's items, an object's values in their order, or one simple value. */
export function csvEncoder(fieldDelimiter = ','): (value: unknown) => string {
  return (value) => {
    const fields = Array.isArray(value) ? value : isPlainObject(value) ? Object.values(value) : [value];
    let line = '';
    for (let index = 0; index < fields.length; index++) {
      if (index > 0) line += fieldDelimiter;
      line += csvField(fields[index], fieldDelimiter);
    }
    return line;
  };
}

/** Missing values are empty fields. */
function csvField(value: unknown, fieldDelimiter: string): string {
  if (value === null || value === undefined) return '';
  const text = formatValue(value);
  const needsQuotes = text.includes(fieldDelimiter) || text.includes('"') || text.includes('\n') || text.includes('\r');
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Map || value instanceof Set) return false;
  return value.toString === Object.prototype.toString || Object.getPrototypeOf(value) === null;
}
