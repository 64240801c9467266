/**
 * Files wherever their paths point: on this machine, or in S3, which is loaded when the first such path comes (Flink:
 * `FileSystem.get`).
 */
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import type { Random } from '../core/random.js';
import { isS3Path } from '../s3/s3-location.js';
import type { FileStore } from './file-store.js';
import { localFiles } from './local-files.js';

/** @param configuration says how S3 is reached. */
export function storedFiles(configuration: Configuration, surroundings: { readonly clock: Clock; readonly random: Random }): FileStore {
  let loading: Promise<FileStore> | undefined;
  const s3 = (): Promise<FileStore> => (loading ??= import('./s3-files.js').then(({ S3Files }) => new S3Files(configuration, surroundings)));
  const at = <T>(path: string, call: (files: FileStore) => Promise<T>): Promise<T> => (isS3Path(path) ? s3().then(call) : call(localFiles));
  return {
    create: (path) => at(path, (files) => files.create(path)),
    size: (path) => at(path, (files) => files.size(path)),
    read: (path, offset, length) => at(path, (files) => files.read(path, offset, length)),
    makeFolder: (path) => at(path, (files) => files.makeFolder(path)),
    list: (folder) => at(folder, (files) => files.list(folder)),
    remove: (path) => at(path, (files) => files.remove(path)),
    sweep: (folder) => at(folder, async (files) => files.sweep?.(folder)),
  };
}
