import { describe, expect, it } from 'vitest';
import { murmur3x128, murmurMix32 } from '../../src/core/murmur.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const text = (value: string) => new TextEncoder().encode(value);

describe('murmur3x128', () => {
  it('hashes nothing to zero', () => {
    expect(hex(murmur3x128(new Uint8Array()))).toBe('0'.repeat(32));
  });

  it('agrees with the published vectors', () => {
    expect(hex(murmur3x128(text('hello')))).toBe('029bbd41b3a7d8cb191dae486a901e5b');
    expect(hex(murmur3x128(text('The quick brown fox jumps over the lazy dog')))).toBe('6c1b07bc7bbc4be347939ac4a93c437a');
  });

  it('hashes one and two zero integers to the ids that Flink gives to sources', () => {
    expect(hex(murmur3x128(Uint8Array.of(0, 0, 0, 0)))).toBe('bc764cd8ddf7a0cff126f51c16239658');
    expect(hex(murmur3x128(new Uint8Array(8)))).toBe('cbc357ccb763df2852fee8c4fc7d55f2');
  });

  it('hashes a view into a larger buffer by its own bytes only', () => {
    const large = text('..The quick brown fox jumps over the lazy dog..');
    expect(hex(murmur3x128(large.subarray(2, large.length - 2)))).toBe('6c1b07bc7bbc4be347939ac4a93c437a');
  });
});

describe('murmurMix32', () => {
  it('never gives a negative number', () => {
    let least = 0;
    for (let code = -100_000; code < 100_000; code++) least = Math.min(least, murmurMix32(Math.imul(code, 0x9e3779b1)));
    expect(least).toBe(0);
  });

  it('makes 0 of the smallest int, which cannot be negated', () => {
    expect(murmurMix32(-2089875627)).toBe(0);
  });
});
