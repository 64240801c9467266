/** How the bytes of a file are got at, by its name. */
import { FlinkError } from '../../core/errors.js';
import type { FileForm } from './file-split.js';

const FORMS: Readonly<Record<string, FileForm>> = { gz: 'gzip', gzip: 'gzip', deflate: 'deflate' };
const UNPACKERS: Readonly<Record<string, string>> = { bz2: 'bzip2 -dc', xz: 'xz -dc', zst: 'zstd -dc', zip: 'unzip -p' };

/** Throws `INPUT_UNREADABLE` for packed files that cannot be unpacked here. */
export function formOf(path: string): FileForm {
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  const unpacker = UNPACKERS[extension];
  if (unpacker === undefined) return FORMS[extension] ?? 'plain';
  throw new FlinkError('INPUT_UNREADABLE', `Cannot read ${path}: .${extension} files cannot be unpacked here`, {
    hint: `Unpack it into standard input: ${unpacker} ${path} | flink run … with "-" as the path.`,
  });
}
