/**
 * A number of bytes as a program writes it (Flink: `MemorySize`).
 *
 * Invariant: a whole number from 0, in units of 1024.
 */
import { FlinkError } from './errors.js';
import { memorySize } from './value-types.js';

const KIBI = 1024;
/** By their power of 1024. What is whole in the largest, too, Flink says in bytes. */
const UNITS = ['bytes', 'kb', 'mb', 'gb', 'tb'] as const;

export class MemorySize {
  static readonly ZERO = new MemorySize(0);
  static readonly MAX_VALUE = new MemorySize(Number.MAX_SAFE_INTEGER);

  /** @throws FlinkError INVALID_ARGUMENT for anything but a whole number from 0. */
  constructor(private readonly bytes: number) {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new FlinkError('INVALID_ARGUMENT', `a MemorySize is a whole number of bytes from 0; ${String(bytes)} came`);
  }

  static ofMebiBytes(mebiBytes: number): MemorySize {
    return new MemorySize(mebiBytes * KIBI * KIBI);
  }

  /** @param text such as `"64 mb"`; bytes without a unit. @throws FlinkError INVALID_ARGUMENT */
  static parse(text: string): MemorySize {
    const { allowed, schema } = memorySize('64mb', 0);
    const parsed = schema().safeParse(text);
    if (!parsed.success) throw new FlinkError('INVALID_ARGUMENT', `MemorySize.parse takes ${allowed}; ${JSON.stringify(text)} came`);
    return new MemorySize(parsed.data);
  }

  /** @throws FlinkError INVALID_ARGUMENT */
  static parseBytes(text: string): number {
    return MemorySize.parse(text).bytes;
  }

  getBytes(): number {
    return this.bytes;
  }
  getKibiBytes(): number {
    return Math.floor(this.bytes / KIBI);
  }
  getMebiBytes(): number {
    return Math.floor(this.bytes / KIBI ** 2);
  }
  getGibiBytes(): number {
    return Math.floor(this.bytes / KIBI ** 3);
  }
  getTebiBytes(): number {
    return Math.floor(this.bytes / KIBI ** 4);
  }

  add(other: MemorySize): MemorySize {
    return new MemorySize(this.bytes + other.bytes);
  }
  /** @throws FlinkError INVALID_ARGUMENT where the other one is larger. */
  subtract(other: MemorySize): MemorySize {
    return new MemorySize(this.bytes - other.bytes);
  }
  /** Whole bytes of it. @throws FlinkError INVALID_ARGUMENT for a negative factor. */
  multiply(factor: number): MemorySize {
    return new MemorySize(Math.floor(this.bytes * factor));
  }
  /** Whole bytes of it. @throws FlinkError INVALID_ARGUMENT for a divisor that is not above 0. */
  divide(by: number): MemorySize {
    return new MemorySize(by > 0 ? Math.floor(this.bytes / by) : Number.NaN);
  }
  /** Below 0 where this is the smaller one, 0 where they are equal. */
  compareTo(other: MemorySize): number {
    return this.bytes - other.bytes;
  }

  /** In the largest unit that says it exactly: `64 mb`, `1025 bytes`. */
  toString(): string {
    const inexact = UNITS.findIndex((_, power) => this.bytes % KIBI ** power !== 0);
    const power = Math.max(0, inexact - 1);
    return `${this.bytes / KIBI ** power} ${UNITS[power]!}`;
  }
  /** `1.500kb (1536 bytes)` */
  toHumanReadableString(): string {
    const power = UNITS.findLastIndex((_, at) => at > 0 && this.bytes > KIBI ** at);
    return power < 0 ? `${this.bytes} bytes` : `${(this.bytes / KIBI ** power).toFixed(3)}${UNITS[power]!} (${this.bytes} bytes)`;
  }
}
