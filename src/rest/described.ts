/**
 * What the OpenAPI document says of a schema where the schema alone does not: the value that a text stands for, the range of
 * a number.
 */
import * as z from 'zod/mini';

/** @param as in the words of JSON Schema; what is undefined is left out. */
export function described<S extends z.ZodMiniType>(schema: S, as: Readonly<Record<string, unknown>>): S {
  z.globalRegistry.add(schema, { ...as });
  return schema;
}
