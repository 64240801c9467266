/** Opens the input of a split of an object in S3. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import type { Configuration } from '../../core/configuration.js';
import { openedBucket } from '../../s3/opened-buckets.js';
import { s3LocationOf } from '../../s3/s3-location.js';
import { type ByteInput, StreamBytes } from './byte-input.js';
import type { FileSplit } from './file-split.js';
import { ObjectBytes, rangesOf } from './object-bytes.js';

/** The first byte read is `firstByte`. */
export function openObject({ path, form, end }: FileSplit, firstByte: number, fileSystems: Configuration | undefined): ByteInput {
  const { bucket: name, key } = s3LocationOf(path)!;
  const bucket = openedBucket(name, fileSystems);
  if (form === 'plain') return new ObjectBytes(bucket, { path, key, start: firstByte, end });
  const packed = Readable.from((async function* () {
    yield* rangesOf(await bucket, { path, key, start: 0, end });
  })(), { objectMode: false });
  const unpacked = form === 'gzip' ? createGunzip({ chunkSize: 64 * 1024 }) : createInflate({ chunkSize: 64 * 1024 });
  // A failure of either side reaches the reader through the unpacked stream.
  pipeline(packed, unpacked, () => {});
  return new StreamBytes(path, unpacked, firstByte);
}
