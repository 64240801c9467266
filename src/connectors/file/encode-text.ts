/**
 * How text becomes bytes: the counterpart of the decoders in `charset.ts`.
 *
 * Invariant: what a charset cannot say becomes `?`, as in Java.
 */
import { FlinkError } from '../../core/errors.js';

/** Text stays text where it is written as UTF-8. */
export type TextEncoding = (text: string) => string | Uint8Array;

/** The encoding of this name (any case). @throws FlinkError INVALID_ARGUMENT when it is not known. */
export function textEncodingOf(charset: string): TextEncoding {
  const label = charset.toLowerCase().replaceAll('_', '-');
  if (label === 'utf-8' || label === 'utf8') return (text) => text;
  if (['latin1', 'iso-8859-1', 'iso8859-1'].includes(label)) return (text) => Buffer.from(text.replace(/[^\0-\xff]/gu, '?'), 'latin1');
  if (label === 'us-ascii' || label === 'ascii') return (text) => Buffer.from(text.replace(/[^\0-\x7f]/gu, '?'), 'latin1');
  if (label === 'utf-16le' || label === 'utf16le') return (text) => Buffer.from(text, 'utf16le');
  if (label === 'utf-16be' || label === 'utf16be') return (text) => Buffer.from(text, 'utf16le').swap16();
  throw new FlinkError('INVALID_ARGUMENT', `"${charset}" is not a charset that can be written`, { hint: 'Write "utf-8", "latin1", "us-ascii", "utf-16le" or "utf-16be".' });
}
