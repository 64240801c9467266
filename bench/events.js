// The records of the window and join cases: the same for the jobs and for the loops written by hand.

/** Keys are drawn evenly; `perMs` records have the same millisecond, but each comes up to half a second late. */
export function event(number, keys, perMs) {
  const drawn = mixed(number);
  return { key: drawn % keys, at: 1.7e12 + Math.floor(number / perMs) - (mixed(drawn) >>> 23), amount: mixed(drawn + 1) % 100 };
}

/** No record comes later than this. */
export const LATE_MS = 511;
/** A watermark follows every so many records. */
export const WATERMARK_EVERY = 1024;

/** A whole number that looks drawn by lot. */
function mixed(number) {
  let bits = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
