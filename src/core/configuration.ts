/**
 * Typed options and the configuration that holds their values (Flink: `ConfigOption`, `Configuration`).
 *
 * Invariants:
 * - Every key the engine reads is an option in `options.ts`, with its default and the type of its values.
 * - A value is validated when it enters; `get` cannot fail on a value that was let in.
 * - Each value remembers where it came from, so that an error can say which file or flag to mend.
 */
import { FlinkError } from './errors.js';
import { preview } from './preview.js';
import { readValue, type ValueType } from './value-types.js';

export interface ConfigOption<T> {
  readonly key: string;
  /** Older spellings that are still understood. */
  readonly deprecatedKeys: readonly string[];
  readonly defaultValue: T;
  readonly type: ValueType<T>;
  readonly description: string;
}

/** Where a value came from: `-D`, a file, the program. */
export type Origin = string;

export class Configuration {
  private readonly values = new Map<string, { value: unknown; origin: Origin }>();

  /** A configuration of values that another one's `entries` gave, here or in another thread. */
  static from(entries: ReadonlyMap<string, { value: unknown; origin: Origin }>): Configuration {
    const made = new Configuration();
    for (const [key, entry] of entries) made.values.set(key, entry);
    return made;
  }

  /** The option's value, or its default. */
  get<T>(option: ConfigOption<T>): T {
    return this.getOptional(option) ?? option.defaultValue;
  }

  /** The option's value if somebody set it. */
  getOptional<T>(option: ConfigOption<T>): T | undefined {
    for (const key of [option.key, ...option.deprecatedKeys]) {
      const entry = this.values.get(key);
      if (entry) return entry.value as T;
    }
    return undefined;
  }

  /** Sets a value that is already of the option's type. */
  set<T>(option: ConfigOption<T>, value: T, origin: Origin = 'the program'): this {
    this.values.set(option.key, { value, origin });
    return this;
  }

  /** Forgets the option's value: its default counts again, or what lies underneath. */
  unset(option: ConfigOption<unknown>): this {
    for (const key of [option.key, ...option.deprecatedKeys]) this.values.delete(key);
    return this;
  }

  /**
   * Reads text, a YAML value or a program's into the option; throws `CONFIGURATION` naming key, value, what is allowed and
   * the origin. `writtenKey` is the spelling the person used, if it is an older one.
   */
  setRaw(option: ConfigOption<unknown>, raw: unknown, origin: Origin, writtenKey: string = option.key): this {
    const value = readValue(option.type, raw);
    if (value === undefined) throw new FlinkError('CONFIGURATION', `${writtenKey} ${isWritten(raw)} (${origin}), but must be ${option.type.allowed}`);
    this.values.set(option.key, { value, origin });
    return this;
  }

  /** Every value that was set, with its origin, by key. */
  entries(): ReadonlyMap<string, { value: unknown; origin: Origin }> {
    return this.values;
  }

  /** Only the values whose keys begin so. */
  startingWith(prefix: string): Configuration {
    return Configuration.from(new Map([...this.values].filter(([key]) => key.startsWith(prefix))));
  }

  /** This configuration with the values of another on top. */
  overriddenBy(other: Configuration | undefined): Configuration {
    return other ? Configuration.from(new Map([...this.values, ...other.values])) : this;
  }

  /** A copy that can be changed without changing this one. */
  clone(): Configuration {
    return Configuration.from(this.values);
  }
}

function isWritten(raw: unknown): string {
  if (raw === null || raw === undefined) return 'has no value';
  return `is ${typeof raw === 'string' ? JSON.stringify(raw) : preview(raw)}`;
}
