/**
 * Explains why a record cannot travel between threads: walks it to the first value that cannot, and names the way
 * there and what the value is. Runs only after encoding has failed, so it may be slow.
 */
import { EventEmitter } from 'node:events';
import { registeredClasses } from './class-registry.js';
import type { ClassRegistry } from './class-registry.js';
import { FlinkError } from '../errors.js';
import { BINARY_KINDS, ERROR_CLASSES } from './value-tags.js';

const CARRIED = new Set<object | null>([
  null,
  ...[Object, Array, Date, Map, Set, RegExp, ...ERROR_CLASSES].map((carried) => carried.prototype as object),
  ...BINARY_KINDS.map(({ prototype }) => prototype),
]);

/** The error to throw for a record that could not be encoded. */
export function describeUnserializable(record: unknown, cause: unknown, classes: ClassRegistry = registeredClasses): FlinkError {
  if (cause instanceof RangeError) {
    return new FlinkError('RECORD_NOT_SERIALIZABLE', `a record cannot travel between threads: it is nested too deeply or its texts are too long (${cause.message})`, { cause });
  }
  const found = findUnserializable(record, 'record', classes, new Set());
  if (found === undefined) return new FlinkError('INTERNAL', 'a record could not be encoded, yet nothing in it is out of order', { cause });
  return new FlinkError('RECORD_NOT_SERIALIZABLE', `a record cannot travel between threads: ${found.problem}`, found.hint === undefined ? {} : { hint: found.hint });
}

/** What is wrong with a value, and what to do about it. */
export interface Finding {
  readonly problem: string;
  readonly hint?: string;
}

/** The same for a value that is to be stored rather than sent. @param what the value is called: paths start from it. */
export function explainUnserializable(value: unknown, cause: unknown, what: string, classes: ClassRegistry): Finding {
  if (cause instanceof RangeError) return { problem: `${what} is nested too deeply or its texts are too long (${cause.message})` };
  return findUnserializable(value, what, classes, new Set()) ?? { problem: `${what} could not be encoded` };
}

function findUnserializable(value: unknown, path: string, classes: ClassRegistry, seen: Set<object>): Finding | undefined {
  if (typeof value === 'function') return { problem: `${path} is a function`, hint: 'Keep functions out of records: send the data that they need, and call them in the operator that receives it.' };
  if (typeof value === 'symbol') return { problem: `${path} is a symbol`, hint: 'Send a string instead.' };
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (!CARRIED.has(prototype) && classes.nameOf(prototype!) === undefined) return foreignInstance(value, prototype!, path);
  for (const [part, partPath] of partsOf(value, path)) {
    const found = findUnserializable(part, partPath, classes, seen);
    if (found) return found;
  }
  return undefined;
}

/** Classes that it would not help to register: what their instances hold cannot leave its thread, or is not in fields. */
const BOUND_TO_THREAD = [Promise, WeakMap, WeakSet, WeakRef, SharedArrayBuffer, EventTarget, EventEmitter, Map, Set, Array, Error, ReadableStream, WritableStream];

function foreignInstance(value: object, prototype: object, path: string): Finding {
  const name = (prototype.constructor as { name?: string } | undefined)?.name || 'an unnamed class';
  if (BOUND_TO_THREAD.some((bound) => value instanceof bound)) return { problem: `${path} is a ${name}`, hint: `Send the data that the ${name} holds as a plain object, array, Map or Set.` };
  return {
    problem: `${path} is an instance of the class ${name}, which is not registered`,
    hint: `Call registerClass('${name}', ${name}) where the job is defined, or send a plain object.`,
  };
}

function* partsOf(value: object, path: string): Generator<[unknown, string]> {
  if (value instanceof Map) {
    let entry = 0;
    for (const [key, part] of value) {
      yield [key, `${path} (key of entry ${entry})`];
      yield [part, `${path}.get(${typeof key === 'string' ? JSON.stringify(key) : typeof key === 'object' ? `key of entry ${entry}` : String(key)})`];
      entry++;
    }
  } else if (value instanceof Set) {
    let element = 0;
    for (const part of value) yield [part, `${path} (element ${element++})`];
  }
  if (value instanceof Error && Object.hasOwn(value, 'cause')) yield [value.cause, `${path}.cause`];
  if (ArrayBuffer.isView(value)) return;
  for (const [key, part] of Object.entries(value)) {
    yield [part, Array.isArray(value) ? `${path}[${key}]` : /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`];
  }
}
