/**
 * What configuration values may be, as zod schemas: the one place that says how text, a YAML value or a value of a
 * program becomes the value of an option.
 *
 * Invariant: loading this file makes no schema. A schema takes longer to make than zod (its `mini` build) takes to
 * load, and most runs, and every TaskManager's thread, read no value at all.
 */
import * as z from 'zod/mini';
import { readMapText, splitText } from './structured-text.js';
import { Duration, toMillis } from './time.js';

/** The type of an option's value. */
export interface ValueType<T> {
  /** What is allowed, for messages and documentation (`a whole number from 1 to 32768`). */
  readonly allowed: string;
  /** Makes the schema that turns what somebody wrote into the value. */
  readonly schema: () => z.ZodMiniType<T>;
}

/** What this type makes of a value that somebody wrote: the value of an option, or undefined when it is not allowed. */
export function readValue<T>(type: ValueType<T>, raw: unknown): T | undefined {
  const read = type.schema().safeParse(raw);
  return read.success ? read.data : undefined;
}

const numberOrDigits = () => z.union([z.number(), z.pipe(z.string().check(z.trim(), z.regex(/^[+-]?\d+$/)), z.transform(Number))]);
const durationLike = () => z.union([z.number(), z.string(), z.custom<Duration>((given) => given instanceof Duration)]);
const word = () => z.string().check(z.trim(), z.toLowerCase());

export function wholeNumber(min: number, max: number): ValueType<number> {
  return { allowed: `a whole number from ${min} to ${max}`, schema: () => z.pipe(numberOrDigits(), z.int().check(z.gte(min), z.lte(max))) };
}

/** -1 stands for "the engine chooses". */
export function wholeNumberOrAutomatic(min: number, max: number): ValueType<number> {
  return {
    allowed: `${wholeNumber(min, max).allowed}, or -1 for automatic`,
    schema: () => z.pipe(numberOrDigits(), z.union([z.literal(-1), z.int().check(z.gte(min), z.lte(max))])),
  };
}

export const trueOrFalse: ValueType<boolean> = {
  allowed: 'true or false',
  schema: () => z.union([z.boolean(), z.pipe(word(), z.pipe(z.enum(['true', 'false']), z.transform((text) => text === 'true')))]),
};

/** One of these upper-case words, written in whichever case. */
export function oneOf<const T extends string>(first: T, ...others: T[]): ValueType<T> {
  const words = [first, ...others] as const;
  return { allowed: `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`, schema: () => z.pipe(z.string().check(z.trim(), z.toUpperCase()), z.enum(words)) };
}

/** One of these lower-case words, or another word for one of them: older names, and what it is called elsewhere. */
export function oneOfWords<const T extends string>(words: readonly [T, ...T[]], alsoWritten: Readonly<Record<string, T>> = {}): ValueType<T> {
  const all = [...words, ...Object.keys(alsoWritten)] as [string, ...string[]];
  return {
    allowed: `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`,
    schema: () => z.pipe(word(), z.pipe(z.enum(all), z.transform((written) => alsoWritten[written] ?? (written as T)))),
  };
}

/** A number that need not be whole. */
export function decimal(min: number, max: number): ValueType<number> {
  return {
    allowed: max === Infinity ? `a number, at least ${min}` : `a number from ${min} to ${max}`,
    schema: () => z.pipe(z.union([z.number(), z.pipe(z.string().check(z.trim(), z.regex(/^[+-]?(\d+(\.\d*)?|\.\d+)$/)), z.transform(Number))]), z.number().check(z.gte(min), z.lte(max))),
  };
}

/** Milliseconds. @param meaning what the numbers that are no durations stand for. */
export function duration(minMs: number, meaning = ''): ValueType<number> {
  return { allowed: `a duration such as 5 s${meaning}`, schema: () => z.pipe(z.pipe(durationLike(), milliseconds()), z.int().check(z.gte(minMs))) };
}

function milliseconds(): z.ZodMiniTransform<number, number | string | Duration> {
  return z.transform((written, context) => {
    try {
      return toMillis(written);
    } catch (error) {
      context.issues.push({ code: 'custom', message: (error as Error).message, input: written });
      return z.NEVER;
    }
  });
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1, b: 1, bytes: 1, k: 1024, kb: 1024, kibibytes: 1024, m: 1024 ** 2, mb: 1024 ** 2, mebibytes: 1024 ** 2,
  g: 1024 ** 3, gb: 1024 ** 3, gibibytes: 1024 ** 3, t: 1024 ** 4, tb: 1024 ** 4, tebibytes: 1024 ** 4,
};
const SIZE = /^(\d+)\s*(b|bytes|k|kb|kibibytes|m|mb|mebibytes|g|gb|gibibytes|t|tb|tebibytes|)$/;

/** Bytes. @param example a size that makes sense for the option. @param min the least that is taken. */
export function memorySize(example: string, min = 1): ValueType<number> {
  const bytes = (text: string): number => {
    const [, digits, unit] = SIZE.exec(text)!;
    return Number(digits) * SIZE_UNITS[unit!]!;
  };
  return {
    allowed: `a size such as ${example}`,
    schema: () => z.pipe(z.union([z.number(), z.pipe(word().check(z.regex(SIZE)), z.transform(bytes))]), z.int().check(z.gte(min))),
  };
}

export const text: ValueType<string> = {
  allowed: 'text',
  schema: scalarText,
};

function scalarText(): z.ZodMiniType<string> {
  return z.pipe(z.union([z.string(), z.number(), z.boolean()]), z.transform(String));
}

const PORT_MAX = 65_535;
const PORTS = /^\s*(-1|\d+(\s*-\s*\d+)?(\s*,\s*\d+(\s*-\s*\d+)?)*)\s*$/;

/** Ports and ranges of ports as text; `portsOf` tells which they are. */
export const portRanges: ValueType<string> = {
  allowed: 'a port, 0 for any, -1 for none, or ranges such as 8081-8090,9000',
  schema: () => scalarText().check(z.regex(PORTS), z.refine((written) => rangesOf(written).every(([from, to]) => from <= to && to <= PORT_MAX))),
};

/** The ports that the value of a `portRanges` option names, in its order; none for -1. */
export function portsOf(written: string): number[] {
  return rangesOf(written).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
}

function rangesOf(written: string): [number, number][] {
  if (written.trim() === '-1') return [];
  return written.split(',').map((range) => {
    const [from, to = from] = range.split('-').map(Number);
    return [from!, to!];
  });
}

/** A map written as YAML, or in Flink's text form `a:1,b:2`, with quotes around what holds a comma. */
export const textMap: ValueType<Readonly<Record<string, string>>> = {
  allowed: 'a map of texts such as a:1,b:2',
  schema: () => z.union([z.record(z.string(), scalarText()), z.pipe(z.string(), z.transform(mapOf))]),
};

function mapOf(written: string, context: Problems): Record<string, string> {
  const read = readMapText(written);
  if (!read) context.issues.push({ code: 'custom', message: 'no pairs of a key and a value', input: written });
  return read ?? {};
}

/** Where a transformation says what is wrong. */
interface Problems {
  readonly issues: { push(issue: { code: 'custom'; message: string; input: string }): void };
}

/** Files by name: a map, or in Flink's text form `name:a,path:/x;name:b,path:/y`, also as a list. */
export const namedFiles: ValueType<Readonly<Record<string, string>>> = {
  allowed: 'files with names such as name:stopwords,path:/data/stopwords.txt;name:…',
  schema: () => z.union([
    z.record(z.string(), z.string()),
    z.pipe(z.union([z.string(), z.pipe(z.array(z.string()), z.transform((entries) => entries.join(';')))]), z.transform(filesByName)),
  ]),
};

function filesByName(written: string, context: Problems): Record<string, string> {
  const split = splitText(written, ';');
  const entries = 'parts' in split ? split.parts.filter((entry) => entry !== '').map((entry) => readMapText(entry)) : [undefined];
  const found = entries.filter((entry) => entry?.['name'] !== undefined && entry['path'] !== undefined);
  if (found.length < entries.length) context.issues.push({ code: 'custom', message: 'not a name and a path', input: written });
  return Object.fromEntries(found.map((entry) => [entry!['name']!, entry!['path']!]));
}
