/**
 * What the records of a channel look like, learned from the records themselves, so that each field can travel as
 * a column. A schema is a tree whose leaves are columns; what has no stable type is an escaped leaf, which takes
 * any value (`ValueEncoder`).
 *
 * Invariants: schemas are plain data, equal exactly when their JSON is; every value has a schema; the schema merged
 * from several admits whatever each of them admitted, so a chain of merges ends, at the latest with `escaped`.
 */

export type ColumnSchema =
  | { readonly kind: 'number' | 'string' | 'boolean' | 'null' | 'undefined' | 'escaped' }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly fields: readonly ColumnSchema[] }
  | { readonly kind: 'tuple'; readonly elements: readonly ColumnSchema[] };

const NUMBER: ColumnSchema = { kind: 'number' };
const STRING: ColumnSchema = { kind: 'string' };
const BOOLEAN: ColumnSchema = { kind: 'boolean' };
const NULL: ColumnSchema = { kind: 'null' };
const UNDEFINED: ColumnSchema = { kind: 'undefined' };
export const ESCAPED: ColumnSchema = { kind: 'escaped' };

/** Levels of objects and tuples that become columns; deeper ones are escaped. */
const MAX_DEPTH = 4;
const MAX_KEYS = 48;
const MAX_TUPLE = 8;
/** Leaves of a whole schema: more make the generated code slower than escaping. */
const MAX_LEAVES = 96;
/** Records looked at when learning. */
const SAMPLE = 256;

/** The schema of `values[from..to)`, of which the first few hundred are looked at. */
export function learnSchema(values: readonly unknown[], from: number, to: number): ColumnSchema {
  let schema = schemaOf(values[from], 0);
  const end = Math.min(to, from + SAMPLE);
  for (let i = from + 1; i < end && schema.kind !== 'escaped'; i++) schema = mergeSchemas(schema, schemaOf(values[i], 0));
  return leaves(schema) > MAX_LEAVES ? ESCAPED : schema;
}

/** The narrowest schema that admits the values of both. */
export function mergeSchemas(one: ColumnSchema, other: ColumnSchema): ColumnSchema {
  if (one.kind === 'object' && other.kind === 'object' && sameKeys(one.keys, other.keys)) {
    return { kind: 'object', keys: one.keys, fields: one.fields.map((field, i) => mergeSchemas(field, other.fields[i]!)) };
  }
  if (one.kind === 'tuple' && other.kind === 'tuple' && one.elements.length === other.elements.length) {
    return { kind: 'tuple', elements: one.elements.map((element, i) => mergeSchemas(element, other.elements[i]!)) };
  }
  const same = one.kind === other.kind && one.kind !== 'object' && one.kind !== 'tuple';
  return same ? one : ESCAPED;
}

function schemaOf(value: unknown, depth: number): ColumnSchema {
  switch (typeof value) {
    case 'number':
      return NUMBER;
    case 'string':
      return STRING;
    case 'boolean':
      return BOOLEAN;
    case 'undefined':
      return UNDEFINED;
    case 'object': {
      if (value === null) return NULL;
      if (depth === MAX_DEPTH) return ESCAPED;
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype) return schemaOfObject(value as Record<string, unknown>, depth);
      if (prototype === Array.prototype) return schemaOfArray(value as unknown[], depth);
      return ESCAPED;
    }
    default:
      return ESCAPED;
  }
}

function schemaOfObject(value: Record<string, unknown>, depth: number): ColumnSchema {
  const keys = Object.keys(value);
  if (keys.length > MAX_KEYS) return ESCAPED;
  return { kind: 'object', keys, fields: keys.map((key) => schemaOf(value[key], depth + 1)) };
}

function schemaOfArray(value: unknown[], depth: number): ColumnSchema {
  // An undefined element could be a hole, which a column cannot tell from it.
  if (value.length > MAX_TUPLE || value.includes(undefined)) return ESCAPED;
  return { kind: 'tuple', elements: value.map((element) => schemaOf(element, depth + 1)) };
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((key, i) => key === other[i]);
}

function leaves(schema: ColumnSchema): number {
  switch (schema.kind) {
    case 'object':
      return schema.fields.reduce((sum, field) => sum + leaves(field), 1);
    case 'tuple':
      return schema.elements.reduce((sum, element) => sum + leaves(element), 1);
    default:
      return 1;
  }
}

/** Whether any part of the schema is escaped. */
export function hasEscapes(schema: ColumnSchema): boolean {
  switch (schema.kind) {
    case 'object':
      return schema.fields.some(hasEscapes);
    case 'tuple':
      return schema.elements.some(hasEscapes);
    default:
      return schema.kind === 'escaped';
  }
}
