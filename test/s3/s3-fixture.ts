/** What tests of S3 share: a configuration that reaches a server, and a bucket of it. */
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { S3AccessKey, S3Endpoint, S3PathStyleAccess, S3SecretKey } from '../../src/core/options.js';
import { seededRandom } from '../../src/core/random.js';
import { openBucket, type S3Bucket } from '../../src/s3/s3-bucket.js';

/** The keys of a server's first credentials. */
export function configurationOf(endpoint: string): Configuration {
  return new Configuration().set(S3Endpoint, endpoint).set(S3PathStyleAccess, true).set(S3AccessKey, 'test-key').set(S3SecretKey, 'test/secret+key');
}

/** How long tests let a request make no progress where that is what they are about. */
export const PATIENCE_MS = 500;

/** Waits between attempts are a thousandth of what they are; those for an answer are as long as they are. */
const hurried = { ...systemClock, schedule: (delayMs: number, call: () => void) => systemClock.schedule(delayMs === PATIENCE_MS || delayMs >= 60_000 ? delayMs : delayMs / 1_000, call) };

export const surroundings = { clock: hurried, random: seededRandom(1), environment: {} };

export function bucketAt(endpoint: string, bucket = 'test', configuration = configurationOf(endpoint)): Promise<S3Bucket> {
  return openBucket(bucket, configuration, surroundings);
}

/** So many bytes, no two stretches of which are alike. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes.writeInt32LE(state, Math.min(at, length - 4));
  }
  return bytes;
}
