/**
 * The types that programs written for Flink name (Flink: `TypeInformation`, `TypeHint`, `Types`).
 *
 * TypeScript infers types, and values are stored and sent by what they are, not by a declared type. So these tell the
 * compiler what it cannot infer, and are of no effect when a program runs.
 */
import { FlinkError } from './errors.js';

/** A class, or for a string, a number, a boolean or a bigint the function that Java has a class for: `String`, `Number`. */
export type ClassOf<T> = [T] extends [string] ? StringConstructor
  : [T] extends [number] ? NumberConstructor
  : [T] extends [boolean] ? BooleanConstructor
  : [T] extends [bigint] ? BigIntConstructor
  : abstract new (...args: never[]) => T;

/** What names a type. */
export type TypeLike<T> = TypeInformation<T> | TypeHint<T> | ClassOf<T>;

/** The type that a class stands for. */
export type InstanceOf<C> = C extends StringConstructor ? string
  : C extends NumberConstructor ? number
  : C extends BooleanConstructor ? boolean
  : C extends BigIntConstructor ? bigint
  : C extends abstract new (...args: never[]) => infer T ? T : never;

type AnyClass = (abstract new (...args: never[]) => unknown) | BigIntConstructor;

export class TypeInformation<T> {
  /** Binds the type; never set. */
  declare readonly type?: T;

  /** Use `Types`, or `TypeInformation.of`. */
  constructor(private readonly shown: string, private readonly typeClass?: AnyClass) {}

  /** `TypeInformation.of(Word)`, `TypeInformation.of(String)`, `TypeInformation.of(new TypeHint<[string, number]>())`. */
  static of<T>(hint: TypeHint<T>): TypeInformation<T>;
  static of<C extends AnyClass>(typeClass: C): TypeInformation<InstanceOf<C>>;
  static of(given: unknown): TypeInformation<unknown> {
    if (given instanceof TypeHint) return given.getTypeInfo() as TypeInformation<unknown>;
    if (typeof given === 'function') return new TypeInformation<unknown>(given.name, given as AnyClass);
    throw new FlinkError('INVALID_ARGUMENT', `TypeInformation.of takes a class or a TypeHint; ${String(given)} came`, { hint: 'Write TypeInformation.of(new TypeHint<[string, number]>()).' });
  }

  /** The class, where it is one. */
  getTypeClass(): AnyClass | undefined {
    return this.typeClass;
  }

  toString(): string {
    return this.shown;
  }
}

/** Names a type that is no class: `new TypeHint<[string, number]>()`. */
export class TypeHint<T> {
  getTypeInfo(): TypeInformation<T> {
    return new TypeInformation<T>('a type that only the compiler knows');
  }
}

/** Whether something given where a value, a field or a function could be is a type. */
export function isType(given: unknown): given is TypeInformation<unknown> | TypeHint<unknown> | AnyClass {
  return given instanceof TypeInformation || given instanceof TypeHint || typeof given === 'function';
}

/** The class that a type names, if it names one. */
export function classOf(type: unknown): AnyClass | undefined {
  if (type instanceof TypeInformation) return type.getTypeClass();
  return typeof type === 'function' ? (type as AnyClass) : undefined;
}

type Elements<I extends readonly TypeInformation<unknown>[]> = { -readonly [P in keyof I]: I[P] extends TypeInformation<infer T> ? T : never };

const number = (shown: string): TypeInformation<number> => new TypeInformation<number>(shown, Number);

/** Flink's names of types. All of Java's numbers are `number`, but `BIG_INT`; tuples are arrays; lists are arrays, maps are Maps. */
export const Types = {
  VOID: new TypeInformation<null>('Void'),
  STRING: new TypeInformation<string>('String', String),
  CHAR: new TypeInformation<string>('Character', String),
  BOOLEAN: new TypeInformation<boolean>('Boolean', Boolean),
  BYTE: number('Byte'),
  SHORT: number('Short'),
  INT: number('Integer'),
  LONG: number('Long'),
  FLOAT: number('Float'),
  DOUBLE: number('Double'),
  BIG_INT: new TypeInformation<bigint>('BigInteger', BigInt),
  SQL_DATE: new TypeInformation<Date>('Date', Date),
  INSTANT: new TypeInformation<Date>('Instant', Date),
  TUPLE: <const I extends readonly TypeInformation<unknown>[]>(...types: I): TypeInformation<Elements<I>> => new TypeInformation<Elements<I>>(`Tuple${types.length}<${types.join(', ')}>`),
  LIST: <T>(type: TypeInformation<T>): TypeInformation<T[]> => new TypeInformation<T[]>(`List<${String(type)}>`),
  OBJECT_ARRAY: <T>(type: TypeInformation<T>): TypeInformation<T[]> => new TypeInformation<T[]>(`ObjectArray<${String(type)}>`),
  PRIMITIVE_ARRAY: <T>(type: TypeInformation<T>): TypeInformation<T[]> => new TypeInformation<T[]>(`PrimitiveArray<${String(type)}>`),
  MAP: <K, V>(key: TypeInformation<K>, value: TypeInformation<V>): TypeInformation<Map<K, V>> => new TypeInformation<Map<K, V>>(`Map<${String(key)}, ${String(value)}>`),
  POJO: <C extends AnyClass>(typeClass: C): TypeInformation<InstanceOf<C>> => TypeInformation.of(typeClass),
  GENERIC: <C extends AnyClass>(typeClass: C): TypeInformation<InstanceOf<C>> => TypeInformation.of(typeClass),
} as const;
