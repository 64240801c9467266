/**
 * The folder of a file sink, on this machine or in S3: how part files are written and committed there. What S3 takes is
 * loaded when a sink has its folder there.
 */
import { FlinkError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import type { Committer, SinkWriterContext } from '../../operators/sink.js';
import { openedBucket } from '../../s3/opened-buckets.js';
import { isS3Path, s3LocationOf, s3Path } from '../../s3/s3-location.js';
import { localPath } from '../file/local-path.js';
import { FileCommitter } from './file-committer.js';
import { localPartFiles } from './local-part-files.js';
import type { PartFiles, PendingFile, UnfinishedPart } from './part-files.js';

/** From a path, a `file:` URL or an address in S3. Throws `OUTPUT_UNWRITABLE` for anything else. */
export function sinkFolder(path: string): string {
  if (!isS3Path(path)) return localPath(path, 'OUTPUT_UNWRITABLE');
  const location = s3LocationOf(path);
  if (!location) throw new FlinkError('OUTPUT_UNWRITABLE', `Cannot write into ${path}: it is not an address in S3`, { hint: 'Write s3://bucket/folder.' });
  return s3Path(location.bucket, location.key);
}

/** @param unfinished parts that go on. */
export function partFilesIn(folder: string, { host, random }: Pick<SinkWriterContext, 'host' | 'random'>, unfinished: readonly UnfinishedPart[]): PartFiles | Promise<PartFiles> {
  return isS3Path(folder) ? partsInS3(folder, host, random, unfinished) : localPartFiles(folder);
}

export function committerIn(folder: string, context: SinkWriterContext | undefined): Committer<PendingFile> | Promise<Committer<PendingFile>> {
  return isS3Path(folder) ? committerInS3(folder, context?.host) : new FileCommitter(folder);
}

async function partsInS3(folder: string, host: SinkWriterContext['host'], random: Random, unfinished: readonly UnfinishedPart[]): Promise<PartFiles> {
  const { bucket: name, key } = s3LocationOf(folder)!;
  const [{ checkUploads, objectPartFiles }, bucket] = await Promise.all([import('./object-part-files.js'), openedBucket(name, host.fileSystems)]);
  await checkUploads(bucket, key, unfinished);
  return objectPartFiles(bucket, key, random);
}

async function committerInS3(folder: string, host: SinkWriterContext['host'] | undefined): Promise<Committer<PendingFile>> {
  const { bucket: name, key } = s3LocationOf(folder)!;
  const [{ ObjectCommitter }, bucket] = await Promise.all([import('./object-committer.js'), openedBucket(name, host?.fileSystems)]);
  return new ObjectCommitter(bucket, key);
}
