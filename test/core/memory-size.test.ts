import { describe, expect, it } from 'vitest';
import { MemorySize } from '../../src/core/memory-size.js';

describe('a memory size', () => {
  it('is a number of bytes in units of 1024', () => {
    expect(MemorySize.ofMebiBytes(3).getBytes()).toBe(3 * 1024 * 1024);
    expect([MemorySize.parse('64 mb'), MemorySize.parse('2kb'), MemorySize.parse('7')].map((size) => size.getBytes())).toEqual([64 * 1024 * 1024, 2048, 7]);
    const size = new MemorySize(1024 * 1024 + 1023);
    expect([size.getBytes(), size.getKibiBytes(), size.getMebiBytes(), String(size)]).toEqual([1_049_599, 1024, 1, '1049599 bytes']);
    expect(MemorySize.ZERO.getBytes()).toBe(0);
  });

  it.each([[955, [0, 0, 0, 0]], [18_500, [18, 0, 0, 0]], [15 * 1024 ** 2, [15_360, 15, 0, 0]], [2 * 1024 ** 4 + 10, [2_147_483_648, 2_097_152, 2048, 2]]])('of %d bytes is told in each unit, whole ones', (bytes, units) => {
    const size = new MemorySize(bytes);
    expect([size.getBytes(), size.getKibiBytes(), size.getMebiBytes(), size.getGibiBytes(), size.getTebiBytes()]).toEqual([bytes, ...units]);
  });

  it.each([[0, '0 bytes'], [100, '100 bytes'], [1024, '1 kb'], [1025, '1025 bytes'], [64 * 1024 ** 2, '64 mb'], [3 * 1024 ** 3, '3 gb']])('of %d bytes is written exactly: %s', (bytes, text) => expect(String(new MemorySize(bytes))).toBe(text));

  it.each([
    [0, '0 bytes'], [1, '1 bytes'], [1024, '1024 bytes'], [1025, '1.001kb (1025 bytes)'], [1536, '1.500kb (1536 bytes)'], [1_000_000, '976.563kb (1000000 bytes)'], [1e9, '953.674mb (1000000000 bytes)'],
    [1e12, '931.323gb (1000000000000 bytes)'], [1e15, '909.495tb (1000000000000000 bytes)'],
  ])('of %d bytes is written for people: %s', (bytes, text) => expect(new MemorySize(bytes).toHumanReadableString()).toBe(text));

  it('is reckoned with in whole bytes', () => {
    const [size, other] = [new MemorySize(100), new MemorySize(23)];
    expect([size.divide(23), size.multiply(1.239), size.add(other), size.subtract(other)].map((one) => one.getBytes())).toEqual([4, 123, 123, 77]);
    expect([size.compareTo(other) > 0, other.compareTo(size) < 0, size.compareTo(new MemorySize(100))]).toEqual([true, true, 0]);
    for (const wrong of [() => size.divide(-23), () => size.divide(0), () => size.multiply(-1), () => other.subtract(size)]) expect(wrong).toThrow('a whole number of bytes from 0');
    expect(MemorySize.parseBytes('1234 bytes')).toBe(1234);
  });

  it('is refused when it is none', () => {
    for (const wrong of [-1, 0.5, Number.NaN]) expect(() => new MemorySize(wrong)).toThrow('a whole number of bytes from 0');
    expect(() => MemorySize.parse('much')).toThrow('MemorySize.parse takes a size such as 64mb; "much" came');
  });
});
