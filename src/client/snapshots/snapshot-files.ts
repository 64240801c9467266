/**
 * Where the snapshots are that a person names: in S3 it is reached as the configuration says, on this machine nothing has
 * to be known.
 */
import type { FileStore } from '../../checkpoint/file-store.js';
import { localFiles } from '../../checkpoint/local-files.js';
import { storedFiles } from '../../checkpoint/stored-files.js';
import { systemClock } from '../../core/clock.js';
import { systemRandom } from '../../core/random.js';
import { isS3Path } from '../../s3/s3-location.js';
import { loadConfiguration } from '../configuration/load-configuration.js';

/** @param dynamic `-D` values as given. */
export async function snapshotFiles(paths: readonly string[], dynamic: readonly string[]): Promise<FileStore> {
  if (!paths.some(isS3Path)) return localFiles;
  const { configuration } = await loadConfiguration({ dynamic });
  return storedFiles(configuration, { clock: systemClock, random: systemRandom });
}
