/**
 * Which classes a job's records may be instances of. Between threads an instance travels as the registered name
 * and its own enumerable fields; on arrival it gets the class's prototype back, without its constructor being run.
 *
 * Invariants: a name means one class at a time, the one registered last; every class ever registered keeps its
 * name, because a job's bundle can be loaded several times in one thread, each time with classes of its own.
 */
import { FlinkError } from './errors.js';

/** Any class. */
export type RecordClass = abstract new (...args: never[]) => object;

/** Classes whose instances hold more than their enumerable fields. */
const OPAQUE_BASES: readonly RecordClass[] = [Array, ArrayBuffer, DataView, Date, Error, Function, Map, Promise, RegExp, Set, SharedArrayBuffer, WeakMap, WeakSet, Object.getPrototypeOf(Uint8Array) as RecordClass];

export class ClassRegistry {
  readonly #names = new Map<object, string>();
  readonly #prototypes = new Map<string, object>();

  /**
   * Lets instances of `recordClass` travel between threads under `name`, which must be the same in every thread.
   * Private fields (`#x`), accessors and symbol keys do not travel. Throws `INVALID_ARGUMENT` for classes that
   * extend a built-in collection, because their content is not in fields.
   */
  register(name: string, recordClass: RecordClass): void {
    const prototype = recordClass.prototype as object;
    const base = OPAQUE_BASES.find((opaque) => prototype instanceof opaque);
    if (base) {
      throw new FlinkError('INVALID_ARGUMENT', `A registered class must keep its data in fields, but ${recordClass.name} extends ${base.name}.`, {
        hint: `Hold the ${base.name} in a field of the class instead of extending it.`,
      });
    }
    this.#names.set(prototype, name);
    this.#prototypes.set(name, prototype);
  }

  /** The name under which the class with this prototype is registered. */
  nameOf(prototype: object): string | undefined {
    return this.#names.get(prototype);
  }

  prototypeOf(name: string): object | undefined {
    return this.#prototypes.get(name);
  }
}

/** The classes registered by `registerClass`, for all jobs of this thread. */
export const registeredClasses = new ClassRegistry();

/** Lets instances of a class be records, or parts of records, that travel between threads. See `ClassRegistry.register`. */
export function registerClass(name: string, recordClass: RecordClass): void {
  registeredClasses.register(name, recordClass);
}
