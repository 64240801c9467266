/**
 * How S3 is reached, read from a job's configuration and from the environment variables of AWS's own tools.
 */
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import {
  S3AccessKey, S3AttemptsMaximum, S3ConnectionTimeout, S3Endpoint, S3EndpointRegion, S3PathStyleAccess, S3SecretKey, S3SessionToken, S3UploadMinPartSize,
} from '../core/options.js';
import type { Credentials } from './credentials.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface S3Settings {
  /** With its scheme; undefined for AWS. */
  readonly endpoint: string | undefined;
  /** Undefined: as AWS's files say. */
  readonly region: string | undefined;
  readonly pathStyle: boolean;
  /** Those of the configuration; without them the usual chain is asked. */
  readonly credentials: Credentials | undefined;
  /** How long a request may make no progress. */
  readonly timeoutMs: number;
  /** How often a request is sent at most. */
  readonly attempts: number;
  readonly minPartBytes: number;
}

/** Parts of an upload other than the last have at least so many bytes. */
export const PART_BYTES_MIN = 5 * 1024 * 1024;

/** @throws FlinkError CONFIGURATION when a key is set without the one that belongs to it, or the endpoint is none. */
export function s3Settings(configuration: Configuration, environment: Environment = process.env): S3Settings {
  return {
    endpoint: endpointOf(configuration.get(S3Endpoint) ?? (environment['AWS_ENDPOINT_URL_S3'] || environment['AWS_ENDPOINT_URL'] || undefined)),
    region: configuration.get(S3EndpointRegion) ?? (environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || undefined),
    pathStyle: configuration.get(S3PathStyleAccess),
    credentials: credentialsOf(configuration),
    timeoutMs: configuration.get(S3ConnectionTimeout),
    attempts: configuration.get(S3AttemptsMaximum),
    minPartBytes: Math.max(PART_BYTES_MIN, configuration.get(S3UploadMinPartSize)),
  };
}

function credentialsOf(configuration: Configuration): Credentials | undefined {
  const accessKeyId = configuration.get(S3AccessKey);
  const secretAccessKey = configuration.get(S3SecretKey);
  const sessionToken = configuration.get(S3SessionToken);
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  const given = [S3AccessKey, S3SecretKey, S3SessionToken].filter((option) => configuration.get(option) !== undefined).map(({ key }) => key);
  if (given.length === 0) return undefined;
  throw new FlinkError('CONFIGURATION', `${given.join(' and ')} is set, but ${[S3AccessKey, S3SecretKey].filter(({ key }) => !given.includes(key)).map(({ key }) => key).join(' and ')} is not`, {
    hint: 'Set s3.access-key and s3.secret-key together, or neither: then AWS_ACCESS_KEY_ID, ~/.aws/credentials and roles are asked.',
  });
}

function endpointOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const url = URL.parse(given.includes('://') ? given : `https://${given}`);
  if (url && /^https?:$/.test(url.protocol) && url.search === '') return url.href.replace(/\/$/, '');
  throw new FlinkError('CONFIGURATION', `s3.endpoint is "${given}", but must be a host or a URL such as http://localhost:9000`);
}
