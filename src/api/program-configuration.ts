/**
 * A configuration as a program makes one (Flink: `Configuration`), by the options of `…Options` or by their keys.
 *
 * Invariant: a value is read and checked where it is set, as in a file or behind `-D`.
 */
import { Configuration as Values, type ConfigOption } from '../core/configuration.js';
import { optionOf } from '../core/options.js';
import type { Duration } from '../core/time.js';

const ORIGIN = 'the program';

/** What an option takes in a program: a value of its type, or what a file could say in its place. */
export type OptionValue<T> = T | string | (NonNullable<T> extends number ? Duration : never);

type Option<T> = ConfigOption<T> | string;

export class Configuration extends Values {
  /** The values of an object of Flink's keys. Throws `CONFIGURATION` for an unknown key or a bad value. */
  static fromMap(values: Readonly<Record<string, unknown>>): Configuration {
    const made = new Configuration();
    for (const [key, value] of Object.entries(values)) made.setRaw(optionOf(key, ORIGIN), value, ORIGIN, key);
    return made;
  }

  /** A copy of these values. */
  static copyOf(values: Values): Configuration {
    return new Configuration().addAll(values);
  }

  /** `set(RestOptions.PORT, 8082)`, `set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(10))`. Throws `CONFIGURATION` for a value that the option does not take. */
  override set<T>(option: ConfigOption<T>, value: OptionValue<T>): this {
    return this.setRaw(option, value, ORIGIN);
  }

  /** As `set`, by the option or its key (Flink: `setString`). Throws `CONFIGURATION` for an unknown key, too. */
  setString(option: Option<unknown>, value: string): this {
    return this.put(option, value);
  }

  setInteger(option: Option<unknown>, value: number): this {
    return this.put(option, value);
  }

  setLong(option: Option<unknown>, value: number): this {
    return this.put(option, value);
  }

  setDouble(option: Option<unknown>, value: number): this {
    return this.put(option, value);
  }

  setFloat(option: Option<unknown>, value: number): this {
    return this.put(option, value);
  }

  setBoolean(option: Option<unknown>, value: boolean): this {
    return this.put(option, value);
  }

  /** The value of this key, its default where none was set, or `otherwise` where that is none. */
  getString(option: Option<unknown>, otherwise?: string): string | undefined {
    const value = this.valueFor(option);
    return value === undefined || value === null ? otherwise : typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
  }

  getInteger(option: Option<unknown>, otherwise?: number): number | undefined {
    return this.numberOf(option, otherwise);
  }

  getLong(option: Option<unknown>, otherwise?: number): number | undefined {
    return this.numberOf(option, otherwise);
  }

  getDouble(option: Option<unknown>, otherwise?: number): number | undefined {
    return this.numberOf(option, otherwise);
  }

  getBoolean(option: Option<unknown>, otherwise?: boolean): boolean | undefined {
    const value = this.valueFor(option);
    return typeof value === 'boolean' ? value : otherwise;
  }

  /** Whether the program has set it. */
  contains(option: Option<unknown>): boolean {
    return this.getOptional(known(option)) !== undefined;
  }

  containsKey(key: string): boolean {
    return this.contains(key);
  }

  /** Takes over every value of another one. */
  addAll(other: Values): this {
    // They have been read already.
    for (const [key, { value, origin }] of other.entries()) super.set(optionOf(key, origin), value, origin);
    return this;
  }

  /** What was set, by key. */
  toMap(): Record<string, unknown> {
    return Object.fromEntries([...this.entries()].map(([key, { value }]) => [key, value]));
  }

  override clone(): Configuration {
    return Configuration.copyOf(this);
  }

  private put(option: Option<unknown>, value: unknown): this {
    return this.setRaw(known(option), value, ORIGIN, typeof option === 'string' ? option : option.key);
  }

  private numberOf(option: Option<unknown>, otherwise: number | undefined): number | undefined {
    const value = this.valueFor(option);
    return typeof value === 'number' ? value : otherwise;
  }

  private valueFor(option: Option<unknown>): unknown {
    return this.get(known(option));
  }
}

function known(option: Option<unknown>): ConfigOption<unknown> {
  return typeof option === 'string' ? optionOf(option, ORIGIN) : option;
}
