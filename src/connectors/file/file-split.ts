/**
 * A piece of a text file as it travels to a reader: which bytes, and how to get at them.
 *
 * Invariant: a line belongs to the split in which its first byte lies.
 */

/**
 * How the bytes are got: `plain` by position; `gzip` and `deflate` by unpacking the whole file; `pipe` from a named
 * pipe or a device, and `stdin` from standard input, both of which can be read only once.
 */
export type FileForm = 'plain' | 'gzip' | 'deflate' | 'pipe' | 'stdin';

export interface FileSplit {
  readonly id: string;
  /** Absolute; `-` for standard input. */
  readonly path: string;
  readonly form: FileForm;
  /** First byte, counted in the unpacked text. */
  readonly start: number;
  /** The byte after the last; `WHOLE` when the length is not known. */
  readonly end: number;
  /** Whether a line begins at `start` for certain; if not, the line that is under way there is skipped. */
  readonly atLineStart: boolean;
}

/** The end of a split that reaches to the end of its input, however long that is. */
export const WHOLE = Number.MAX_SAFE_INTEGER;
