/**
 * Which classes a job's records may be instances of. Between threads an instance travels as the registered name
 * and its own enumerable fields; on arrival it gets the class's prototype back, without its constructor being run.
 *
 * A job's bundle can be loaded several times in one thread, for each slot once, and each copy has classes of its own.
 * So a program runs with a registry in scope, whose parent is that of the thread.
 *
 * Invariants: in one registry a name means one class at a time, the one registered last; every class ever registered
 * keeps its name.
 */
import { FlinkError } from '../errors.js';
import { ProgramScope } from '../program-scope.js';

/** Any class. */
export type RecordClass = abstract new (...args: never[]) => object;

/** Classes whose instances hold more than their enumerable fields. */
const OPAQUE_BASES: readonly RecordClass[] = [Array, ArrayBuffer, DataView, Date, Error, Function, Map, Promise, RegExp, Set, SharedArrayBuffer, WeakMap, WeakSet, Object.getPrototypeOf(Uint8Array) as RecordClass];

export class ClassRegistry {
  readonly #names = new Map<object, string>();
  readonly #prototypes = new Map<string, object>();
  readonly #parent: ClassRegistry | undefined;

  /** Classes registered here are known to `parent` too, and what is not found here is looked up there. */
  constructor(parent?: ClassRegistry) {
    this.#parent = parent;
  }

  /**
   * Lets instances of `recordClass` travel between threads under `name`, which must be the same in every thread.
   * Private fields (`#x`), accessors and symbol keys do not travel. Throws `INVALID_ARGUMENT` for classes that
   * extend a built-in collection, because their content is not in fields.
   */
  register(name: string, recordClass: RecordClass): void {
    const prototype = recordClass.prototype as object;
    const base = OPAQUE_BASES.find((opaque) => prototype instanceof opaque);
    if (base) {
      throw new FlinkError('INVALID_ARGUMENT', `a registered class must keep its data in fields, but ${recordClass.name} extends ${base.name}`, {
        hint: `Hold the ${base.name} in a field of the class instead of extending it.`,
      });
    }
    this.#names.set(prototype, name);
    this.#prototypes.set(name, prototype);
    this.#parent?.register(name, recordClass);
  }

  /** The name under which the class with this prototype is registered. */
  nameOf(prototype: object): string | undefined {
    return this.#names.get(prototype) ?? this.#parent?.nameOf(prototype);
  }

  prototypeOf(name: string): object | undefined {
    return this.#prototypes.get(name) ?? this.#parent?.prototypeOf(name);
  }
}

/** The classes that all programs of this thread have registered. */
export const registeredClasses = new ClassRegistry();

const scope = new ProgramScope<ClassRegistry>();

/**
 * Runs `program`, and everything it starts, with this registry taking the classes that it registers.
 * @param resident the program is the thread's resident: see `ProgramScope`.
 */
export function withClassRegistry<R>(registry: ClassRegistry, program: () => R, resident = false): R {
  return resident ? scope.reside(registry, program) : scope.run(registry, program);
}

/**
 * Lets instances of a class be records, or parts of records, that travel between threads (Flink: `registerType`).
 * Call it where the job is defined, in every run of the program. `name` must be unique in the job and the same in
 * every thread. Only enumerable fields travel, and the constructor does not run again on arrival; a class that
 * extends a built-in collection is refused with `INVALID_ARGUMENT`.
 */
export function registerClass(name: string, recordClass: RecordClass): void {
  (scope.current ?? registeredClasses).register(name, recordClass);
}
