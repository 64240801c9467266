/**
 * Sends signed requests to one bucket until one is answered: what may pass is tried again after a time that grows and
 * that chance spreads, what will not is thrown at once.
 *
 * Invariants:
 * - A request that was answered with anything but a failure that may pass is sent no more.
 * - Expired credentials, a clock that is wrong and a bucket in another region are each put right once a request.
 */
import { AwsV4Signer } from 'aws4fetch';
import { type Clock, sleep } from '../core/clock.js';
import type { Random } from '../core/random.js';
import type { CredentialChain, Credentials } from './credentials.js';
import { exchange, type HttpAnswer } from './http-exchange.js';
import { credentialsExpired, disconnection, mayPass, refusalOf, S3Failure, type S3Refusal } from './s3-failure.js';

export interface S3Request {
  readonly operation: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface S3RequestsOptions {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly pathStyle: boolean;
  readonly region: string;
  readonly credentials: CredentialChain;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly clock: Clock;
  readonly random: Random;
}

const BACKOFF_MS = 100;
const BACKOFF_MAX_MS = 10_000;
const EMPTY = new Uint8Array(0);
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export class S3Requests {
  /** Keys derived from secret, day and region. */
  private readonly signingKeys = new Map<string, ArrayBuffer>();
  private region: string;
  /** How far the server's clock is ahead. */
  private skewMs = 0;

  constructor(private readonly options: S3RequestsOptions) {
    this.region = options.region;
  }

  /** Resolves with an answer of status 2xx; rejects with S3Failure, or with CONFIGURATION when there are no credentials. */
  async send(request: S3Request): Promise<HttpAnswer> {
    const { bucket, attempts, clock, random, credentials: chain } = this.options;
    const mended = new Set<string>();
    let credentials = await chain.get();
    for (let attempt = 1; ; attempt++) {
      const { answer, refusal, cause } = await this.attempt(request, credentials);
      if (!refusal) return answer!;
      const mending = answer && this.mending(answer, refusal);
      if (mending !== undefined && !mended.has(mending)) {
        mended.add(mending);
        if (mending === 'credentials') credentials = await chain.renewed(credentials);
        continue;
      }
      if (!mayPass(refusal) || attempt >= attempts) {
        throw new S3Failure({ operation: request.operation, bucket, key: request.key }, refusal, attempt, cause);
      }
      await sleep(clock, random.next() * Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** attempt));
      credentials = await chain.get();
    }
  }

  private async attempt(request: S3Request, credentials: Credentials): Promise<{ answer?: HttpAnswer; refusal?: S3Refusal; cause?: unknown }> {
    const { clock, timeoutMs } = this.options;
    const { url, headers } = await this.sign(request, credentials);
    try {
      const answer = await exchange({ method: request.method, url, headers, body: request.body }, { clock, timeoutMs });
      // Completing an upload may fail after the status line has left.
      const failed = answer.status >= 300 || (request.operation === 'CompleteMultipartUpload' && answer.body.includes('<Error>'));
      return failed ? { answer, refusal: refusalOf(answer.status < 300 ? { ...answer, status: 500 } : answer) } : { answer };
    } catch (cause) {
      return { refusal: disconnection(cause), cause };
    }
  }

  /** What to put right before the request is sent again; undefined when it is not that. */
  private mending({ headers }: HttpAnswer, refusal: S3Refusal): 'credentials' | 'clock' | 'region' | undefined {
    if (credentialsExpired(refusal)) return 'credentials';
    if (refusal.code === 'RequestTimeTooSkewed' && typeof headers['date'] === 'string') {
      this.skewMs = Date.parse(headers['date']) - this.options.clock.now();
      return 'clock';
    }
    const region = headers['x-amz-bucket-region'];
    if (typeof region !== 'string' || region === this.region || ![301, 307, 400].includes(refusal.status)) return undefined;
    this.region = region;
    return 'region';
  }

  private async sign({ method, key, query, headers, body = EMPTY }: S3Request, { accessKeyId, secretAccessKey, sessionToken }: Credentials): Promise<{ url: URL; headers: Record<string, string> }> {
    const signer = new AwsV4Signer({
      method, url: this.addressOf(key, query), service: 's3', region: this.region, cache: this.signingKeys, accessKeyId, secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      datetime: new Date(this.options.clock.now() + this.skewMs).toISOString().replaceAll(/[:-]|\.\d{3}/g, ''),
      headers: { ...headers, 'x-amz-content-sha256': await sha256(body) },
    });
    const signed = await signer.sign();
    return { url: signed.url, headers: Object.fromEntries(signed.headers) };
  }

  private addressOf(key: string, query: Readonly<Record<string, string>> = {}): string {
    const { bucket, endpoint, pathStyle } = this.options;
    const base = new URL(endpoint ?? `https://s3.${this.region}.amazonaws.com`);
    // Certificates are for one name below the endpoint's, and addresses have no names below them.
    const inPath = pathStyle || bucket.includes('.') || !/[a-z]/i.test(base.hostname.replace(/\[.*\]/, '')) || base.hostname === 'localhost';
    const origin = inPath ? base.origin : `${base.protocol}//${bucket}.${base.host}`;
    const path = [base.pathname.replace(/\/$/, ''), ...(inPath ? [bucket] : []), ...(key === '' ? (inPath ? [] : ['']) : key.split('/').map(encoded))].join('/');
    const search = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
    return `${origin}${path}${search === '' ? '' : `?${search}`}`;
  }
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Not in this thread: digesting a part takes as long as a turn of a task, or longer. */
async function sha256(body: Uint8Array): Promise<string> {
  return body.length === 0 ? EMPTY_SHA256 : Buffer.from(await crypto.subtle.digest('SHA-256', body)).toString('hex');
}
