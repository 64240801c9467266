/**
 * Part files in S3: each is an upload in parts, which is completed when its checkpoint is. What is too little for a part
 * when a checkpoint comes is kept in the checkpoint.
 *
 * Invariant: an upload that some snapshot may refer to is aborted by nobody here; one that none can, when the part is closed.
 */
import { FlinkError } from '../../core/errors.js';
import { type Random, randomInt } from '../../core/random.js';
import type { S3Bucket } from '../../s3/s3-bucket.js';
import { s3Path } from '../../s3/s3-location.js';
import { S3ObjectWriter } from '../../s3/s3-object-writer.js';
import { unwritable } from '../file/unwritable.js';
import type { Part, PartCompletion, PartFiles, PartProgress, UnfinishedPart } from './part-files.js';

/** Numbers of parts that a writer leaves to the one before it. By chance, for several may go on from the same snapshot. */
const GAP_MIN = 8;
const GAP_RANGE = 64;

/** @param folder the key of the sink's folder. */
export function objectPartFiles(bucket: S3Bucket, folder: string, random: Random): PartFiles {
  return {
    create: ({ final }) => new ObjectPart(bucket, new S3ObjectWriter(bucket, objectKey(folder, final)), false),
    resume({ final, unfinished }) {
      const key = objectKey(folder, final);
      if (unfinished) return new ObjectPart(bucket, new S3ObjectWriter(bucket, key, unfinished, GAP_MIN + randomInt(random, GAP_RANGE)), true);
      throw new FlinkError('STATE_INCOMPATIBLE', `the snapshot is of a sink that wrote to files of a machine, and one of them goes on there: it cannot go on as ${s3Path(bucket.name, key)}`, { hint: 'Give the sink another uid.' });
    },
  };
}

/** Finds out, before anything is written, whether the uploads that a snapshot goes on with are still there. */
export async function checkUploads(bucket: S3Bucket, folder: string, parts: readonly UnfinishedPart[]): Promise<void> {
  for (const { final, unfinished } of parts) {
    const key = objectKey(folder, final);
    if (unfinished?.uploadId === undefined) continue;
    const there = await bucket.listParts({ key, uploadId: unfinished.uploadId }).catch((cause: unknown) => Promise.reject(unwritable(s3Path(bucket.name, key), cause)));
    const missing = unfinished.parts.filter((part) => !there?.some(({ number }) => number === part.number));
    if (there && missing.length === 0) continue;
    throw new FlinkError('OUTPUT_UNWRITABLE', `Cannot go on writing ${s3Path(bucket.name, key)}, which the snapshot has as unfinished: ${there ? `${missing.length} of its parts are gone` : 'its upload is gone'}`, {
      hint: 'It was finished after the snapshot was taken, or aborted (by a lifecycle rule of the bucket, perhaps). Go on from a newer snapshot, or into another folder.',
    });
  }
}

export function objectKey(folder: string, final: string): string {
  return folder === '' ? final : `${folder}/${final}`;
}

class ObjectPart implements Part {
  constructor(private readonly bucket: S3Bucket, private readonly writer: S3ObjectWriter, /** By a snapshot. */ private remembered: boolean) {}

  get size(): number {
    return this.writer.size;
  }

  get backlog(): Promise<void> | undefined {
    return this.writer.backlog;
  }

  writeText(text: string): void {
    this.writer.writeText(text);
  }

  write(bytes: Uint8Array): void {
    this.writer.write(bytes);
  }

  flush(): void {
    // What is full has left already.
  }

  async persist(): Promise<PartProgress> {
    this.remembered = true;
    return { unfinished: await this.writer.state().catch((cause: unknown) => Promise.reject(this.error(cause))) };
  }

  async finish(): Promise<PartCompletion> {
    return { upload: await this.writer.finish().catch((cause: unknown) => Promise.reject(this.error(cause))) };
  }

  async close(): Promise<void> {
    await (this.remembered ? this.writer.leave() : this.writer.abort());
  }

  private error(cause: unknown): FlinkError {
    return cause instanceof FlinkError ? cause : unwritable(s3Path(this.bucket.name, this.writer.key), cause);
  }
}
