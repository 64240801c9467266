/**
 * Who the requests to S3 come from, looked for as AWS's own tools do: the configuration, the environment, the shared
 * files with their profiles, the role for a token of another party, the role of a container, the role of a machine. The first that has any is taken.
 *
 * Invariant: credentials that expire are asked for again before they do, and once more when the server says they have.
 */
import type { Clock } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import type { Environment } from './s3-settings.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Epoch milliseconds. */
  readonly expiresAt?: number;
}

/** One place where credentials may be; undefined when there are none. */
export interface CredentialPlace {
  /** For people: what to look at. */
  readonly name: string;
  find(): Promise<Credentials | undefined>;
}

const RENEW_BEFORE_MS = 5 * 60_000;

export class CredentialChain {
  private found: Promise<Credentials> | undefined;

  constructor(private readonly places: readonly CredentialPlace[], private readonly clock: Pick<Clock, 'now'>) {}

  /** Rejects with CONFIGURATION naming every place when none has any. */
  async get(): Promise<Credentials> {
    const credentials = await (this.found ??= this.search());
    if (credentials.expiresAt === undefined || credentials.expiresAt - this.clock.now() > RENEW_BEFORE_MS) return credentials;
    return this.renewed(credentials);
  }

  /** The server does not take these any more: whatever is there now, which may be the same. */
  async renewed(stale: Credentials): Promise<Credentials> {
    const current = await this.found?.catch(() => undefined);
    if (current !== undefined && current !== stale) return current;
    return (this.found = this.search());
  }

  private async search(): Promise<Credentials> {
    try {
      for (const place of this.places) {
        const credentials = await place.find();
        if (credentials) return credentials;
      }
    } catch (error) {
      this.found = undefined;
      throw error;
    }
    this.found = undefined;
    throw new FlinkError('CONFIGURATION', `there are no credentials for S3: looked at ${this.places.map(({ name }) => name).join(', ')}`, {
      hint: 'Set s3.access-key and s3.secret-key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`.',
    });
  }
}

/** Those of the configuration. */
export function configuredCredentials(credentials: Credentials | undefined): CredentialPlace {
  return { name: 's3.access-key', find: () => Promise.resolve(credentials) };
}

/** `AWS_ACCESS_KEY_ID` and what belongs to it. */
export function environmentCredentials(environment: Environment): CredentialPlace {
  return {
    name: 'AWS_ACCESS_KEY_ID',
    find() {
      const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = environment;
      if (!accessKeyId || !secretAccessKey) return Promise.resolve(undefined);
      return Promise.resolve({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) });
    },
  };
}
