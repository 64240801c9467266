/**
 * A number of bytes as a program writes it (Flink: `MemorySize`).
 *
 * Invariant: a whole number from 0, in units of 1024.
 */
import { FlinkError } from './errors.js';
import { memorySize } from './value-types.js';

const KIBI = 1024;

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

  getBytes(): number {
    return this.bytes;
  }
  getKibiBytes(): number {
    return Math.floor(this.bytes / KIBI);
  }
  getMebiBytes(): number {
    return Math.floor(this.bytes / KIBI / KIBI);
  }
  toString(): string {
    return `${this.bytes} bytes`;
  }
}
