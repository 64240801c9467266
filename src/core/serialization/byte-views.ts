/**
 * The same memory seen as bytes, 32-bit integers and doubles. Made once per buffer, because a view costs more to
 * create than to use; everything in frames is aligned so that these three suffice.
 */

export interface ByteViews {
  /** A Buffer for its native string writers and readers. */
  readonly u8: Buffer;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** For numbers at odd places. */
  readonly view: DataView;
}

/** Views of `length` bytes from `start`; both must be multiples of 8. */
export function byteViews(memory: ArrayBufferLike, start = 0, length = memory.byteLength - start): ByteViews {
  return {
    u8: Buffer.from(memory as ArrayBuffer, start, length),
    i32: new Int32Array(memory, start, length >> 2),
    f64: new Float64Array(memory, start, length >> 3),
    view: new DataView(memory, start, length),
  };
}

/** The next multiple of 8: where the next frame or column may begin. */
export function align8(length: number): number {
  return (length + 7) & ~7;
}
