/**
 * The parameters of a program, from its arguments, a properties file, the environment or a map (Flink:
 * `ParameterTool`).
 *
 * Invariants:
 * - A tool does not change; `mergeWith` makes another one.
 * - It notices which parameters were asked for, so that a misspelled one can be found (`getUnrequestedParameters`).
 */
import { readFileSync } from 'node:fs';
import { FlinkError } from '../core/errors.js';
import { badArgument, describeArgument } from './arguments.js';
import { parseProperties } from './properties-file.js';

export class ParameterTool {
  /** The value of a flag: a parameter without a value. */
  static readonly NO_VALUE_KEY = '__NO_VALUE_KEY';

  private readonly unrequested: Set<string>;

  /** Use `fromArgs` and its likes. */
  protected constructor(
    private readonly data: ReadonlyMap<string, string>,
    unrequested: Iterable<string> = data.keys(),
  ) {
    this.unrequested = new Set(unrequested);
  }

  /**
   * Reads `--key value`, `-key value`, `--key=value` and flags (`--verbose`). A value may be a negative number. Of a
   * key that comes twice the last value counts.
   *
   * @param args the program's arguments; by default those of this process.
   * @throws FlinkError INVALID_ARGUMENT for a value without a key.
   */
  static fromArgs(args: readonly string[] = process.argv.slice(2)): ParameterTool {
    return new ParameterTool(new Map(argumentPairs(args)));
  }

  /**
   * Reads a Java properties file (UTF-8).
   *
   * @throws FlinkError INPUT_UNREADABLE when the file cannot be read.
   */
  static fromPropertiesFile(path: string | URL): ParameterTool {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      throw new FlinkError('INPUT_UNREADABLE', `the properties file ${String(path)} cannot be read: ${(cause as Error).message}`, { cause });
    }
    return new ParameterTool(parseProperties(text));
  }

  static fromMap(map: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>): ParameterTool {
    const entries = map instanceof Map ? [...(map as ReadonlyMap<string, unknown>)] : Object.entries(map);
    return new ParameterTool(new Map(entries.map(([key, value]) => [key, String(value)])));
  }

  /** The environment variables of the process, which are here what system properties are to Flink. */
  static fromSystemProperties(): ParameterTool {
    return ParameterTool.fromMap(Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== undefined)));
  }

  /** The parameter's text, the default given, or undefined. */
  get(key: string): string | undefined;
  get(key: string, defaultValue: string): string;
  get(key: string, defaultValue?: string): string | undefined {
    this.unrequested.delete(key);
    return this.data.get(key) ?? defaultValue;
  }

  /** The parameter's text. Throws `INVALID_ARGUMENT` when it is missing. */
  getRequired(key: string): string {
    const value = this.get(key);
    if (value === undefined) throw new FlinkError('INVALID_ARGUMENT', `No data for required key '${key}'`, { hint: `Give the program --${key} <value>.` });
    return value;
  }

  /** A whole number. Throws `INVALID_ARGUMENT` when it is something else, or missing and without a default. */
  getInt(key: string, defaultValue?: number): number {
    return this.parsed('getInt', key, defaultValue, 'a whole number', (text) => (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined));
  }

  /** Like `getInt`: numbers here are whole up to 2^53. */
  getLong(key: string, defaultValue?: number): number {
    return this.parsed('getLong', key, defaultValue, 'a whole number up to 2^53', (text) => (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined));
  }

  /** As `getInt`, from -32768 to 32767. */
  getShort(key: string, defaultValue?: number): number {
    return this.parsed('getShort', key, defaultValue, 'a whole number from -32768 to 32767', wholeWithin(2 ** 15));
  }

  /** As `getInt`, from -128 to 127. */
  getByte(key: string, defaultValue?: number): number {
    return this.parsed('getByte', key, defaultValue, 'a whole number from -128 to 127', wholeWithin(2 ** 7));
  }

  /** A number. Throws `INVALID_ARGUMENT` when it is something else, or missing and without a default. */
  getDouble(key: string, defaultValue?: number): number {
    return this.parsed('getDouble', key, defaultValue, 'a number', (text) => (text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : undefined));
  }

  /** Like `getDouble`. */
  getFloat(key: string, defaultValue?: number): number {
    return this.getDouble(key, defaultValue);
  }

  /** `true` or `false`; a flag without a value is true. Throws `INVALID_ARGUMENT` when it is something else, or missing and without a default. */
  getBoolean(key: string, defaultValue?: boolean): boolean {
    if (this.data.get(key) === ParameterTool.NO_VALUE_KEY) return this.get(key) !== undefined;
    return this.parsed('getBoolean', key, defaultValue, 'true or false', (text) => new Map([['true', true], ['false', false]]).get(text.toLowerCase()));
  }

  has(key: string): boolean {
    this.unrequested.delete(key);
    return this.data.has(key);
  }

  getNumberOfParameters(): number {
    return this.data.size;
  }

  /** The parameters of both; where they differ, those of `other`. */
  mergeWith(other: ParameterTool): ParameterTool {
    return new ParameterTool(new Map([...this.data, ...other.data]), [...this.unrequested, ...other.unrequested]);
  }

  /** All parameters as they were given. */
  toMap(): Record<string, string> {
    return Object.fromEntries(this.data);
  }

  /** The parameters that nobody has asked for yet: perhaps misspelled. */
  getUnrequestedParameters(): Set<string> {
    return new Set(this.unrequested);
  }

  private parsed<T>(method: string, key: string, defaultValue: T | undefined, expected: string, parse: (text: string) => T | undefined): T {
    if (defaultValue !== undefined && !this.has(key)) return defaultValue;
    const text = this.getRequired(key);
    const value = parse(text);
    if (value !== undefined) return value;
    const got = text === ParameterTool.NO_VALUE_KEY ? 'no value' : describeArgument(text);
    throw new FlinkError('INVALID_ARGUMENT', `${method}('${key}') expects ${expected}; got ${got}`, { hint: `Give the program --${key} with ${expected}.` });
  }
}

function wholeWithin(bound: number): (text: string) => number | undefined {
  return (text) => (/^[+-]?\d+$/.test(text) && Number(text) >= -bound && Number(text) < bound ? Number(text) : undefined);
}

/** Keys and values of a program's arguments. */
export function argumentPairs(args: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < args.length; i++) {
    const [, key, inline] = keyIn(args, i);
    const next = args[i + 1];
    if (inline !== undefined) pairs.push([key, inline]);
    else if (next === undefined || isKey(next)) pairs.push([key, ParameterTool.NO_VALUE_KEY]);
    else pairs.push([key, args[++i]!]);
  }
  return pairs;
}

function isKey(arg: string): boolean {
  return arg.startsWith('-') && arg !== '-' && Number.isNaN(Number(arg));
}

function keyIn(args: readonly string[], index: number): readonly [string, string, string?] {
  const match = /^--?([^=]*)(?:=(.*))?$/s.exec(args[index]!);
  if (!match || !isKey(args[index]!)) {
    throw badArgument(`ParameterTool.fromArgs([${args.map((arg) => JSON.stringify(arg)).join(', ')}])`, 'a key', args[index], 'Prefix keys with -- or -.');
  }
  if (match[1] === '') throw badArgument('ParameterTool.fromArgs', 'a name after the dashes', args[index]);
  return match as unknown as [string, string, string?];
}
