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

  it('is refused when it is none', () => {
    for (const wrong of [-1, 0.5, Number.NaN]) expect(() => new MemorySize(wrong)).toThrow('a whole number of bytes from 0');
    expect(() => MemorySize.parse('much')).toThrow('MemorySize.parse takes a size such as 64mb; "much" came');
  });
});
