/**
 * Addresses of objects and folders in S3, as people write them: `s3://bucket/key`, and with Flink's other schemes for
 * the same thing, `s3a://` and `s3p://`.
 *
 * Loaded by whoever looks at paths, in every process: it imports nothing.
 */

export interface S3Location {
  readonly bucket: string;
  /** Without a slash at either end; empty for the bucket itself. */
  readonly key: string;
}

const ADDRESS = /^s3[ap]?:\/\/([^/]*)(?:\/(.*))?$/is;
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,253}[a-z0-9]$/i;

/** Whether a path names a place in S3. */
export function isS3Path(path: string): boolean {
  return /^s3[ap]?:\/\//i.test(path);
}

/** The place a path names; undefined when it is none in S3, or none that can be. */
export function s3LocationOf(path: string): S3Location | undefined {
  const [, bucket, key = ''] = ADDRESS.exec(path) ?? [];
  if (bucket === undefined || !BUCKET.test(bucket)) return undefined;
  const parts = key.split('/').filter((part) => part !== '');
  // An address with these would be another one by the time it reaches the server.
  if (parts.some((part) => part === '.' || part === '..')) return undefined;
  return { bucket, key: parts.join('/') };
}

export function s3Path(bucket: string, key: string): string {
  return key === '' ? `s3://${bucket}` : `s3://${bucket}/${key}`;
}
