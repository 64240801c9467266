/**
 * Buckets that are open, so that whoever reads many objects asks for credentials once. What it takes to speak to S3 is
 * loaded with the first.
 */
import { systemClock } from '../core/clock.js';
import { Configuration } from '../core/configuration.js';
import { systemRandom } from '../core/random.js';
import type { S3Bucket } from './s3-bucket.js';

const DEFAULTS = new Configuration();
const opened = new WeakMap<Configuration, Map<string, Promise<S3Bucket>>>();

/** @param configuration says how S3 is reached. Rejects with CONFIGURATION when its settings do not go together. */
export function openedBucket(name: string, configuration: Configuration = DEFAULTS): Promise<S3Bucket> {
  const buckets = opened.get(configuration) ?? new Map<string, Promise<S3Bucket>>();
  opened.set(configuration, buckets);
  let bucket = buckets.get(name);
  if (!bucket) buckets.set(name, (bucket = import('./s3-bucket.js').then(({ openBucket }) => openBucket(name, configuration, { clock: systemClock, random: systemRandom }))));
  return bucket;
}
