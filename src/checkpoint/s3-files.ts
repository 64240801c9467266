/**
 * Files of snapshots in S3. Folders are what keys have in common; one that was made has an object of its own, whose key
 * ends with a slash, so that it is there before anything is in it and whoever may not write finds out.
 *
 * Invariants:
 * - An object appears whole or not at all, in one request: that is what publishing is. It is on several disks then.
 * - What is read again is read as it was: only state is kept in memory, and no file of state is ever written twice.
 */
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import type { Random } from '../core/random.js';
import { openBucket, type S3Bucket } from '../s3/s3-bucket.js';
import { S3Failure } from '../s3/s3-failure.js';
import { s3LocationOf } from '../s3/s3-location.js';
import { S3ObjectWriter } from '../s3/s3-object-writer.js';
import type { FileStore, FileUpload } from './file-store.js';

/** Who reads a file from one end to the other asks for small pieces: so much is fetched at a time. */
const AHEAD_BYTES = 4 * 1024 * 1024;
/** A gap of so much is still reading on. */
const GAP_BYTES = 1024 * 1024;
/** Files that are being read on, at most. */
const READINGS_MAX = 8;
const DELETIONS_TOGETHER = 16;

/** Where reading a file has come to, and what was fetched ahead of it. */
interface Reading {
  readonly at: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export class S3Files implements FileStore {
  private readonly buckets = new Map<string, Promise<S3Bucket>>();
  private readonly readings = new Map<string, Reading>();

  constructor(private readonly configuration: Configuration, private readonly surroundings: { readonly clock: Clock; readonly random: Random }) {}

  async create(path: string): Promise<FileUpload> {
    const { bucket, key } = await this.at(path);
    this.readings.delete(path);
    const writer = new S3ObjectWriter(bucket, key);
    return {
      append: (bytes) => attempt(`write ${path}`, async () => {
        writer.write(bytes);
        while (writer.backlog) await writer.backlog;
      }),
      publish: () => attempt(`write ${path}`, () => writer.publish()),
      discard: () => writer.abort(),
    };
  }

  size(path: string): Promise<number | undefined> {
    return attempt(`read ${path}`, async () => {
      const { bucket, key } = await this.at(path);
      return (await bucket.head(key))?.size;
    });
  }

  read(path: string, offset: number, length: number): Promise<Uint8Array> {
    return attempt(`read ${path}`, async () => {
      const before = this.readings.get(path);
      const ahead = before && offset >= before.at && offset - before.at <= GAP_BYTES;
      const known = before && offset >= before.offset && offset + length <= before.offset + before.bytes.length ? before : undefined;
      const bytes = known ? known.bytes.subarray(offset - known.offset, offset - known.offset + length) : await this.fetch(path, offset, ahead ? Math.max(length, AHEAD_BYTES) : length);
      const kept = known ?? (ahead ? { offset, bytes } : { offset, bytes: bytes.subarray(0, 0) });
      this.keep(path, { ...kept, at: offset + length });
      return Uint8Array.from(bytes.subarray(0, length));
    });
  }

  makeFolder(path: string): Promise<void> {
    return attempt(`write into ${path}`, async () => {
      const { bucket, key } = await this.at(path);
      if (key !== '') await bucket.put(`${key}/`, new Uint8Array(0));
    });
  }

  list(folder: string): Promise<string[]> {
    return attempt(`list ${folder}`, async () => {
      const { bucket, key } = await this.at(folder);
      const prefix = key === '' ? '' : `${key}/`;
      const { objects, folders } = await bucket.list(prefix, { delimiter: '/' });
      const names = [...objects.map((object) => object.key), ...folders.map((name) => name.slice(0, -1))].map((name) => name.slice(prefix.length));
      return [...new Set(names)].filter((name) => name !== '').sort();
    });
  }

  remove(path: string): Promise<void> {
    return attempt(`delete ${path}`, async () => {
      const { bucket, key } = await this.at(path);
      if (key === '') throw new Error('a whole bucket is not deleted');
      this.readings.delete(path);
      const [{ objects }] = await Promise.all([bucket.list(`${key}/`), bucket.delete(key), abortUploads(bucket, `${key}/`)]);
      for (let from = 0; from < objects.length; from += DELETIONS_TOGETHER) {
        await Promise.all(objects.slice(from, from + DELETIONS_TOGETHER).map((object) => bucket.delete(object.key)));
      }
    });
  }

  sweep(folder: string): Promise<void> {
    return attempt(`delete unfinished uploads in ${folder}`, async () => {
      const { bucket, key } = await this.at(folder);
      await abortUploads(bucket, `${key}/`);
    });
  }

  private async fetch(path: string, offset: number, length: number): Promise<Uint8Array> {
    const { bucket, key } = await this.at(path);
    const bytes = await bucket.get(key, offset, length);
    if (!bytes) throw new Error('it is not there');
    return bytes;
  }

  private keep(path: string, reading: Reading): void {
    this.readings.delete(path);
    this.readings.set(path, reading);
    if (this.readings.size > READINGS_MAX) this.readings.delete(this.readings.keys().next().value!);
  }

  private async at(path: string): Promise<{ bucket: S3Bucket; key: string }> {
    const location = s3LocationOf(path);
    if (!location) throw new Error('it is no address of a bucket and a key');
    let bucket = this.buckets.get(location.bucket);
    if (!bucket) this.buckets.set(location.bucket, (bucket = openBucket(location.bucket, this.configuration, this.surroundings)));
    return { bucket: await bucket, key: location.key };
  }
}

async function abortUploads(bucket: S3Bucket, prefix: string): Promise<void> {
  await Promise.all((await bucket.listUploads(prefix)).map((upload) => bucket.abortUpload(upload)));
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FlinkError) throw cause;
    const hint = cause instanceof S3Failure ? { hint: cause.hint } : {};
    throw new FlinkError('CHECKPOINT_STORAGE', `checkpoint storage could not ${what}: ${(cause as Error).message}`, { cause, ...hint });
  }
}
