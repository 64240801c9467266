/**
 * A value as an error message shows it: one line, short, whatever the value is.
 */
import { inspect } from 'node:util';

const LENGTH_MAX = 160;

export function preview(value: unknown): string {
  let text: string;
  try {
    text = inspect(value, { depth: 3, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 10, maxStringLength: LENGTH_MAX });
  } catch (error) {
    text = `<a ${typeof value} that cannot be shown: ${String(error)}>`;
  }
  const line = text.replace(/\s*\n\s*/g, ' ');
  return line.length > LENGTH_MAX ? `${line.slice(0, LENGTH_MAX)}…` : line;
}
