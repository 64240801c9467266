/** A path of this machine from what a user wrote: a path or a `file:` URL. */
import { fileURLToPath } from 'node:url';
import { FlinkError, type ErrorCode } from '../../core/errors.js';

/** Throws `code` for URLs of other file systems, and `INVALID_ARGUMENT` for empty text. */
export function localPath(path: string, code: ErrorCode): string {
  if (path === '') throw new FlinkError('INVALID_ARGUMENT', 'A path is needed, but the text given is empty');
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(path)?.[1]?.toLowerCase() ?? (path.startsWith('file:') ? 'file' : undefined);
  if (scheme === undefined) return path;
  if (scheme !== 'file') {
    throw new FlinkError(code, `Cannot open ${path}: there is no file system for "${scheme}:" here`, { hint: /^s3[ap]?$/.test(scheme) ? 'FileSink writes to S3, and FileSource and readTextFile read from it.' : 'Give a local path or a file: URL.' });
  }
  try {
    return fileURLToPath(path);
  } catch (cause) {
    throw new FlinkError(code, `Cannot open ${path}: it is not a file URL of this machine`, { cause, hint: 'A file URL has three slashes: file:///folder/name.txt' });
  }
}
