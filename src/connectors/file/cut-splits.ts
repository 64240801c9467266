/**
 * How files are cut into splits: large ones into pieces so that all readers get work, small ones whole.
 *
 * Invariant: the splits of a file cover it exactly, without overlap.
 */
import { WHOLE, type FileSplit } from './file-split.js';
import type { FoundFile } from './find-files.js';

/** Smaller pieces cost more to hand out than they win. */
const SPLIT_BYTES_MIN = 64 * 1024;
const SPLIT_BYTES_MAX = 64 * 1024 * 1024;
/** Pieces per reader, so that one slow reader does not hold up the end. */
const PIECES_PER_READER = 4;
/** A remainder up to this part of a piece is added to the last piece. */
const SLACK = 0.1;

/** The size of a piece, in bytes, for this much input. One reader reads files whole. */
export function splitSize(files: readonly FoundFile[], parallelism: number): number {
  if (parallelism <= 1) return WHOLE;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  return Math.min(SPLIT_BYTES_MAX, Math.max(SPLIT_BYTES_MIN, Math.ceil(total / (parallelism * PIECES_PER_READER))));
}

/** Cuts files into splits of about `size` bytes. Only plain files are cut. */
export function cutSplits(files: readonly FoundFile[], size: number, unit: number): FileSplit[] {
  const aligned = Math.max(unit, size - (size % unit));
  const splits: FileSplit[] = [];
  for (const { path, form, size: length } of files) {
    if (form !== 'plain') {
      splits.push({ id: String(splits.length), path, form, start: 0, end: WHOLE, atLineStart: true });
      continue;
    }
    for (let start = 0; start < length; ) {
      const isLast = length - start <= aligned * (1 + SLACK);
      const end = isLast ? length : start + aligned;
      splits.push({ id: String(splits.length), path, form, start, end, atLineStart: start === 0 });
      start = end;
    }
  }
  return splits;
}
