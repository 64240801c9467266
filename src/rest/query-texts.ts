/**
 * What stands behind the question mark is text; here it gets the meaning, and the document says which values are meant.
 */
import * as z from 'zod/mini';
import { described } from './described.js';

/** `maxExceptions=5` */
export const wholeNumber = () => described(z.pipe(z.string().check(z.regex(/^\d{1,15}$/, 'expected a whole number')), z.transform(Number)), { type: 'integer', pattern: undefined });

/** `get=numRecordsIn,numRecordsOut` */
export const list = () => z.pipe(z.string(), z.transform((text: string) => text.split(',').map((part) => part.trim()).filter((part) => part !== '')));

/** One of these, in upper or lower case as Flink reads them; read as they stand here. */
export function oneOf<const T extends readonly string[]>(names: T) {
  return described(z.pipe(z.string(), z.pipe(z.transform((text: string) => spelled(names, text)), z.enum(names))), { type: 'string', enum: names.map((name) => name.toUpperCase()) });
}

/** `agg=min,MAX` */
export function someOf<const T extends readonly string[]>(names: T) {
  return described(
    z.pipe(z.string(), z.pipe(z.transform((text: string) => text.split(',').map((part) => spelled(names, part.trim()))), z.array(z.enum(names)))),
    { type: 'array', items: { type: 'string', enum: names.map((name) => name.toUpperCase()) } },
  );
}

function spelled(names: readonly string[], text: string): string {
  return names.find((name) => name.toUpperCase() === text.toUpperCase()) ?? text;
}
