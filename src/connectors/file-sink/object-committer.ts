/**
 * Makes finished part files in S3 visible, by completing their uploads: an object appears whole, in one step.
 *
 * Completing may be asked for again after a failure. The upload is gone then; that the object is there, with the size that
 * it was to have and under a name that no other attempt uses, says that it was completed before.
 */
import { FlinkError } from '../../core/errors.js';
import type { CommitRequest, Committer } from '../../operators/sink.js';
import type { S3Bucket } from '../../s3/s3-bucket.js';
import { s3Path } from '../../s3/s3-location.js';
import { unwritable } from '../file/unwritable.js';
import { objectKey } from './object-part-files.js';
import type { PendingFile } from './part-files.js';

const TOGETHER = 8;

export class ObjectCommitter implements Committer<PendingFile> {
  /** @param folder the key of the sink's folder. */
  constructor(private readonly bucket: S3Bucket, private readonly folder: string) {}

  async commit(requests: readonly CommitRequest<PendingFile>[]): Promise<void> {
    for (let from = 0; from < requests.length; from += TOGETHER) {
      await Promise.all(requests.slice(from, from + TOGETHER).map((request) => this.complete(request)));
    }
  }

  private async complete(request: CommitRequest<PendingFile>): Promise<void> {
    const { final, size, upload } = request.getCommittable();
    const key = objectKey(this.folder, final);
    const path = s3Path(this.bucket.name, key);
    if (!upload) return request.signalFailedWithUnknownReason(new FlinkError('STATE_INCOMPATIBLE', `the snapshot is of a sink that wrote to files of a machine: ${final} cannot be finished as ${path}`, { hint: 'Give the sink another uid.' }));
    try {
      await this.bucket.completeUpload({ key, uploadId: upload.uploadId }, upload.parts);
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== 'NoSuchUpload') throw unwritable(path, cause);
      const there = await this.bucket.head(key).catch((error: unknown) => Promise.reject(unwritable(path, error)));
      if (there?.size === size) request.signalAlreadyCommitted();
      else request.signalFailedWithUnknownReason(lost(path));
    }
  }
}

function lost(path: string): FlinkError {
  return new FlinkError('OUTPUT_UNWRITABLE', `Cannot finish ${path}: neither it nor the upload that was to become it is there`, {
    hint: 'Somebody deleted or aborted it (a lifecycle rule of the bucket, perhaps). Its records are in the input before the checkpoint: go on from an earlier snapshot to write them again.',
  });
}
