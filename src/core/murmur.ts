/**
 * The two murmur hashes that Flink's formats depend on: 128 bits over bytes for operator ids, and the 32-bit mix
 * of a hash code that spreads keys over key groups.
 *
 * Invariant: both give, bit for bit, what Flink gives; savepoints and operator ids are matched by them.
 */

const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;
const BLOCK_BYTES = 16;

/** Murmur3 x64 128 with seed 0, as 16 bytes (both halves little endian, as Guava's `HashCode.asBytes`). */
export function murmur3x128(data: Uint8Array): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const tail = data.byteLength - (data.byteLength % BLOCK_BYTES);
  let h1 = 0n;
  let h2 = 0n;
  for (let at = 0; at < tail; at += BLOCK_BYTES) {
    h1 ^= mixFirst(view.getBigUint64(at, true));
    h1 = u64((u64(rotl64(h1, 27n) + h2)) * 5n + 0x52dce729n);
    h2 ^= mixSecond(view.getBigUint64(at + 8, true));
    h2 = u64((u64(rotl64(h2, 31n) + h1)) * 5n + 0x38495ab5n);
  }
  h2 ^= mixSecond(littleEndian(data, tail + 8, data.byteLength));
  h1 ^= mixFirst(littleEndian(data, tail, Math.min(tail + 8, data.byteLength)));
  const length = BigInt(data.byteLength);
  h1 ^= length;
  h2 ^= length;
  h1 = u64(h1 + h2);
  h2 = u64(h2 + h1);
  h1 = finalMix64(h1);
  h2 = finalMix64(h2);
  h1 = u64(h1 + h2);
  h2 = u64(h2 + h1);
  const hash = new DataView(new ArrayBuffer(BLOCK_BYTES));
  hash.setBigUint64(0, h1, true);
  hash.setBigUint64(8, h2, true);
  return new Uint8Array(hash.buffer);
}

/**
 * Flink's `MathUtils.murmurHash`: spreads a hash code, result in [0, 2^31). Runs once a record on keyed
 * exchanges, so: integers only, nothing allocated.
 */
export function murmurMix32(code: number): number {
  let h = Math.imul(code, 0xcc9e2d51);
  h = Math.imul((h << 15) | (h >>> 17), 0x1b873593);
  h = (h << 13) | (h >>> 19);
  h = (Math.imul(h, 5) + 0xe6546b64) ^ 4;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  // The smallest int has no positive counterpart: `-h | 0` leaves it negative, and it becomes 0.
  return h >= 0 ? h : Math.max(-h | 0, 0);
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotl64(value: bigint, bits: bigint): bigint {
  return u64(value << bits) | (value >> (64n - bits));
}

function mixFirst(k: bigint): bigint {
  return u64(rotl64(u64(k * C1), 31n) * C2);
}

function mixSecond(k: bigint): bigint {
  return u64(rotl64(u64(k * C2), 33n) * C1);
}

function finalMix64(value: bigint): bigint {
  let k = value;
  k = u64((k ^ (k >> 33n)) * 0xff51afd7ed558ccdn);
  k = u64((k ^ (k >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return k ^ (k >> 33n);
}

/** The bytes in [from, to) as one number, 0 when there are none. */
function littleEndian(data: Uint8Array, from: number, to: number): bigint {
  let value = 0n;
  for (let at = to - 1; at >= from; at--) value = (value << 8n) | BigInt(data[at] ?? 0);
  return value;
}
