/**
 * The job store that a session cluster's configuration asks for: none, a folder of this machine, or a place in S3.
 */
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { storedFiles } from '../../checkpoint/stored-files.js';
import type { Clock } from '../../core/clock.js';
import type { Configuration } from '../../core/configuration.js';
import { FlinkError } from '../../core/errors.js';
import type { Say } from '../../core/log.js';
import { HighAvailabilityClusterId, HighAvailabilityLease, HighAvailabilityStorage, HighAvailabilityType } from '../../core/options.js';
import { type Random, randomHex } from '../../core/random.js';
import { type JobStore, noJobStore, openJobStore } from '../../dispatcher/job-store.js';
import { LeaseFile } from '../../dispatcher/lease-file.js';
import { LeaderLease, type LeaseObject } from '../../dispatcher/leader-lease.js';
import { remoteJobStore } from '../../dispatcher/remote-job-store.js';
import type { S3Bucket } from '../../s3/s3-bucket.js';
import { isS3Path, s3LocationOf, s3Path } from '../../s3/s3-location.js';

export interface StoreSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** Of this run of the cluster. */
  readonly folder: string;
  readonly say: Say;
  /** Another cluster may use the store from now on: nothing may be written any more. */
  readonly lost: (why: string) => void;
}

/** Rejects with CONFIGURATION, or with JOB_STORE when it cannot be used or another cluster uses it. */
export async function openStore(configuration: Configuration, surroundings: StoreSurroundings): Promise<JobStore> {
  const bundles = join(surroundings.folder, 'bundles');
  if (configuration.get(HighAvailabilityType) === 'none') return noJobStore(bundles);
  const storage = configuration.get(HighAvailabilityStorage);
  if (storage === undefined) throw new FlinkError('CONFIGURATION', 'high-availability.type is level, but high-availability.storageDir is not set', { hint: 'Name a folder on a local disk, or a place in S3.' });
  const clusterId = configuration.get(HighAvailabilityClusterId).replaceAll(/[^\w.-]/g, '_');
  if (isS3Path(storage)) return openInS3(storage, clusterId, configuration, surroundings);
  const local = storage.replace(/^file:(\/\/)?/, '');
  if (/^[a-z][a-z0-9+.-]*:/i.test(local)) throw new FlinkError('CONFIGURATION', `high-availability.storageDir is ${storage}, but must be a folder on a local disk or a place in S3`);
  return openJobStore(join(resolve(local), clusterId));
}

async function openInS3(storage: string, clusterId: string, configuration: Configuration, { clock, random, say, lost, folder }: StoreSurroundings): Promise<JobStore> {
  const location = s3LocationOf(storage);
  if (!location) throw new FlinkError('CONFIGURATION', `high-availability.storageDir is ${storage}, which is no address of a place in S3`, { hint: 'Write for example s3://bucket/flink.' });
  const prefix = [location.key, clusterId].filter((part) => part !== '').join('/');
  const { openBucket } = await import('../../s3/s3-bucket.js');
  try {
    const bucket = await openBucket(location.bucket, configuration, { clock, random });
    await checkConditions(bucket, `${prefix}/conditions`);
    const owner = `${hostname()}, PID ${process.pid}, ${randomHex(random, 8)}`;
    const durationMs = configuration.get(HighAvailabilityLease);
    const file = new LeaseFile(join(folder, 'lease'), durationMs);
    const lease = await LeaderLease.acquire(leaseObject(bucket, `${prefix}/leader`), { owner, durationMs, clock, say, renewed: (ageMs) => file.renewed(ageMs), lost });
    return remoteJobStore({ root: s3Path(location.bucket, prefix), files: storedFiles(configuration, { clock, random }), folder: join(folder, 'bundles'), lease, leaseWatch: file.watch });
  } catch (cause) {
    if (cause instanceof FlinkError && cause.code !== 'JOB_STORE') throw cause;
    throw new FlinkError('JOB_STORE', `the job store in ${s3Path(location.bucket, prefix)} cannot be opened: ${(cause as Error).message}`, { cause });
  }
}

/** A server that takes a condition and does not keep it would let two clusters use the store. */
async function checkConditions(bucket: S3Bucket, key: string): Promise<void> {
  const tag = await bucket.putIf(key, Buffer.from(''), undefined) ?? (await bucket.getTagged(key))?.etag;
  const over = await bucket.putIf(key, Buffer.from('another'), '"0"');
  const again = await bucket.putIf(key, Buffer.from('yet another'), undefined);
  if (tag === undefined || over !== undefined || again !== undefined) {
    throw new FlinkError('JOB_STORE', 'the server does not keep the conditions If-Match and If-None-Match of a PutObject', { hint: 'Use a server that does, or a folder on a local disk.' });
  }
}

function leaseObject(bucket: S3Bucket, key: string): LeaseObject {
  return { read: () => bucket.getTagged(key), write: (body, etag) => bucket.putIf(key, body, etag) };
}
