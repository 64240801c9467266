/**
 * The name and kind of a state: what a user function asks its runtime context with (Flink: `StateDescriptor`).
 *
 * Invariant: inside one operator a name belongs to one kind of state.
 */
import { copier } from '../core/copies.js';
import { FlinkError } from '../core/errors.js';
import { type ClassOf, isType, type TypeHint, type TypeInformation, type TypeLike } from '../core/type-information.js';
import { StateTtlConfig } from './state-ttl-config.js';
import type { AggregateFunction, FoldLike, ReduceLike } from './state-functions.js';

export type StateKind = 'value' | 'list' | 'map' | 'reducing' | 'aggregating' | 'folding';

/** What all descriptors have in common. */
export abstract class StateDescriptor {
  abstract readonly kind: StateKind;
  private ttl: StateTtlConfig = StateTtlConfig.DISABLED;

  /** @param name unique inside the operator, not empty; snapshots find the state by it. */
  constructor(readonly name: string) {
    if (typeof name !== 'string' || name === '') {
      throw new FlinkError('INVALID_ARGUMENT', `${new.target.name} needs a name that is not empty, not ${JSON.stringify(name)}`, { hint: `Write new ${new.target.name}('name').` });
    }
  }

  /**
   * Makes what is stored expire; lists and maps by element and entry. To be called before the state is asked for.
   */
  enableTimeToLive(config: StateTtlConfig): this {
    if (!(config instanceof StateTtlConfig)) {
      throw new FlinkError('INVALID_ARGUMENT', `enableTimeToLive takes a StateTtlConfig; ${String(config)} came`, { hint: 'Write StateTtlConfig.newBuilder("1 h").build().' });
    }
    this.ttl = config;
    return this;
  }

  getTtlConfig(): StateTtlConfig {
    return this.ttl;
  }

  /** Flink's name of `name`. */
  getName(): string {
    return this.name;
  }
}

/** One value for each key. */
export class ValueStateDescriptor<T> extends StateDescriptor {
  override readonly kind = 'value';
  declare readonly valueType?: T;
  /** What `value()` answers when nothing is stored. */
  readonly defaultValue: T | undefined;
  /** Makes what is read where nothing is stored. */
  readonly absent: () => T | null;

  /** @param type tells the compiler, and nobody else. */
  constructor(name: string, type: TypeInformation<T> | TypeHint<T>, defaultValue?: T);
  constructor(name: string, type: ClassOf<T>, defaultValue?: T);
  /**
   * @param defaultValue what `value()` answers when nothing is stored: a copy each time, so that changing it changes nothing
   *   for other keys. As in Flink it has no effect together with a time to live: null is read then, before the first update
   *   and after expiry. Throws `INVALID_ARGUMENT` when it cannot be copied.
   */
  constructor(name: string, defaultValue?: T);
  constructor(name: string, ...rest: unknown[]) {
    super(name);
    // No function can be a value that is kept.
    this.defaultValue = (isType(rest[0]) ? rest[1] : rest[0]) as T | undefined;
    this.absent = copier<T | null>(this.defaultValue ?? null, uncopied(this, 'default'));
  }

  /** A copy of what `value()` answers when nothing is stored; null when there is no default. */
  getDefaultValue(): T | null {
    return this.absent();
  }
}

/** A list for each key. */
export class ListStateDescriptor<T> extends StateDescriptor {
  override readonly kind = 'list';
  declare readonly elementType?: T;

  /** @param _type tells the compiler, and nobody else. */
  constructor(name: string, _type?: TypeLike<T>) {
    super(name);
  }
}

/** A map for each key. */
export class MapStateDescriptor<K, V> extends StateDescriptor {
  override readonly kind = 'map';
  declare readonly keyType?: K;
  declare readonly valueType?: V;

  /** The types tell the compiler, and nobody else. */
  constructor(name: string, _keyType?: TypeLike<K>, _valueType?: TypeLike<V>) {
    super(name);
  }
}

/** One value for each key, combined with what is added. */
export class ReducingStateDescriptor<T> extends StateDescriptor {
  override readonly kind = 'reducing';
  /** The function given, as a plain one. */
  readonly reduce: (accumulated: T, value: T) => T;

  /** @param _type tells the compiler, and nobody else. */
  constructor(name: string, reduce: ReduceLike<T>, _type?: TypeLike<T>) {
    super(name);
    this.reduce = plain('ReducingStateDescriptor', reduce, 'reduce') as (accumulated: T, value: T) => T;
  }

  /** Flink's name of `reduce`. */
  getReduceFunction(): (accumulated: T, value: T) => T {
    return this.reduce;
  }
}

/** An accumulator for each key. */
export class AggregatingStateDescriptor<IN, ACC, OUT> extends StateDescriptor {
  override readonly kind = 'aggregating';

  /** @param _type of the accumulator: tells the compiler, and nobody else. */
  constructor(name: string, readonly aggregate: AggregateFunction<IN, ACC, OUT>, _type?: TypeLike<ACC>) {
    super(name);
    for (const method of ['createAccumulator', 'add', 'getResult', 'merge'] as const) plain('AggregatingStateDescriptor', aggregate, method);
  }

  /** Flink's name of `aggregate`. */
  getAggregateFunction(): AggregateFunction<IN, ACC, OUT> {
    return this.aggregate;
  }
}

/** A value for each key, folded from an initial one (Flink before 1.12). */
export class FoldingStateDescriptor<IN, ACC> extends StateDescriptor {
  override readonly kind = 'folding';
  readonly fold: (accumulated: ACC, value: IN) => ACC;
  /** Makes what a key starts from. */
  readonly fresh: () => ACC;

  /** @param initial what each key starts from; copied for each. */
  constructor(name: string, readonly initial: ACC, fold: FoldLike<IN, ACC>, _type?: TypeLike<ACC>) {
    super(name);
    this.fold = plain('FoldingStateDescriptor', fold, 'fold') as (accumulated: ACC, value: IN) => ACC;
    this.fresh = copier(initial, uncopied(this, 'initial'));
  }
}

function uncopied({ name }: StateDescriptor, what: 'default' | 'initial'): (cause: unknown) => FlinkError {
  return (cause) => new FlinkError('INVALID_ARGUMENT', `the ${what} value of the state "${name}" cannot be copied for each key`, { cause, hint: 'Give plain data.' });
}

function plain(descriptor: string, given: unknown, method: string): (...args: never[]) => unknown {
  if (typeof given === 'function') return given as (...args: never[]) => unknown;
  const member = typeof given === 'object' && given !== null ? (given as Record<string, unknown>)[method] : undefined;
  if (typeof member === 'function') return member.bind(given) as (...args: never[]) => unknown;
  throw new FlinkError('INVALID_ARGUMENT', `${descriptor} takes an object with ${method}(); ${given === null ? 'null' : `a ${typeof given}`} came`, {
    hint: descriptor === 'AggregatingStateDescriptor' ? 'Give createAccumulator, add, getResult and merge.' : `Give a function, or an object with ${method}().`,
  });
}
