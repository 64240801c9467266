/**
 * A bucket, and what this engine asks of it: objects whole and in part, lists, and uploads in parts.
 *
 * Every method rejects with `S3Failure` naming bucket, key and operation, or with CONFIGURATION when there are no
 * credentials; what may pass has been tried again by then. S3 shows what was written to whoever reads or lists after it.
 */
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import type { Random } from '../core/random.js';
import { configuredCredentials, CredentialChain, environmentCredentials } from './credentials.js';
import { fileCredentials, fileRegion } from './credentials-file.js';
import type { HttpAnswer } from './http-exchange.js';
import { containerCredentials, machineCredentials } from './role-credentials.js';
import { S3Failure } from './s3-failure.js';
import { type S3Request, S3Requests } from './s3-requests.js';
import { type Environment, s3Settings } from './s3-settings.js';
import { elementsOf, escaped, nameOf, textOf } from './s3-xml.js';
import { webIdentityCredentials } from './web-identity-credentials.js';

export interface S3Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  /** Those of the process unless given. */
  readonly environment?: Environment;
}

export interface S3Object {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Epoch milliseconds, to the second; 0 when the server does not say. */
  readonly modified: number;
}

/** An object, and the tag that tells it from what stands under its key later. */
export interface TaggedObject {
  readonly etag: string;
  readonly body: Buffer;
}

export interface S3Listing {
  /** In the order of their keys. */
  readonly objects: readonly S3Object[];
  /** What keys have in common up to the next slash, that slash included; with `delimiter` only. */
  readonly folders: readonly string[];
}

/** A part that was uploaded. Numbers begin at 1; all but the last have at least 5 MiB. */
export interface S3Part {
  readonly number: number;
  readonly etag: string;
}

export interface S3Upload {
  readonly key: string;
  readonly uploadId: string;
}

const DEFAULT_REGION = 'us-east-1';

/** @throws FlinkError CONFIGURATION for settings that do not go together. */
export async function openBucket(bucket: string, configuration: Configuration, { clock, random, environment = process.env }: S3Surroundings): Promise<S3Bucket> {
  const { endpoint, pathStyle, timeoutMs, attempts, credentials, region, minPartBytes } = s3Settings(configuration, environment);
  const chosenRegion = region ?? (await fileRegion(environment)) ?? DEFAULT_REGION;
  const places = [
    configuredCredentials(credentials), environmentCredentials(environment), fileCredentials(environment), webIdentityCredentials(environment, chosenRegion, clock),
    containerCredentials(environment, clock), machineCredentials(environment, clock),
  ];
  const requests = new S3Requests({
    bucket, endpoint, pathStyle, timeoutMs, attempts, clock, random,
    region: chosenRegion,
    credentials: new CredentialChain(places, clock),
  });
  return new S3Bucket(bucket, requests, minPartBytes);
}

export class S3Bucket {
  /** @param minPartBytes how large the first parts of an upload are to be. */
  constructor(readonly name: string, private readonly requests: Pick<S3Requests, 'send'>, readonly minPartBytes: number) {}

  /** Writes an object in one step. `exists`: there was one already, and `ifNoneMatch` forbids replacing it. */
  async put(key: string, body: Uint8Array, { ifNoneMatch = false }: { readonly ifNoneMatch?: boolean } = {}): Promise<'written' | 'exists'> {
    try {
      await this.send({ operation: 'PutObject', method: 'PUT', key, body, headers: ifNoneMatch ? { 'if-none-match': '*' } : {} });
      return 'written';
    } catch (error) {
      if (!(ifNoneMatch && isStatus(error, 412))) throw error;
      // The answer to an earlier attempt may have been lost: then the object is our own.
      const own = error.attempts > 1 && (await this.get(key, 0, body.length + 1).catch(() => undefined));
      return own && Buffer.compare(own, body) === 0 ? 'written' : 'exists';
    }
  }

  /**
   * Writes an object over the one with this tag, or where there is none when it is undefined. What is written must be unlike
   * everything else that is ever written there.
   *
   * @returns its tag; undefined when there is another one by now.
   */
  async putIf(key: string, body: Uint8Array, etag: string | undefined): Promise<string | undefined> {
    try {
      const { headers } = await this.send({ operation: 'PutObject', method: 'PUT', key, body, headers: etag === undefined ? { 'if-none-match': '*' } : { 'if-match': etag } });
      return String(headers['etag']);
    } catch (error) {
      if (!isStatus(error, 412) && !isMissing(error)) throw error;
      // The answer to an earlier attempt may have been lost: then the object is our own.
      const there = await this.getTagged(key);
      return there && error instanceof S3Failure && error.attempts > 1 && Buffer.compare(there.body, body) === 0 ? there.etag : undefined;
    }
  }

  /** A whole object that is small; undefined when there is no such object. */
  async getTagged(key: string): Promise<TaggedObject | undefined> {
    const answer = await this.send({ operation: 'GetObject', method: 'GET', key }).catch(undefinedIfMissing);
    return answer && { etag: String(answer.headers['etag']), body: answer.body };
  }

  /** Bytes `offset..offset + length`, fewer where the object ends earlier; undefined when there is no such object. */
  async get(key: string, offset: number, length: number): Promise<Buffer | undefined> {
    if (length === 0) return (await this.head(key)) && Buffer.alloc(0);
    try {
      const { body, status } = await this.send({ operation: 'GetObject', method: 'GET', key, headers: { range: `bytes=${offset}-${offset + length - 1}` } });
      // A server that knows no ranges sends everything.
      return status === 200 ? body.subarray(offset, offset + length) : body;
    } catch (error) {
      if (isStatus(error, 416)) return Buffer.alloc(0);
      return undefinedIfMissing(error);
    }
  }

  /** Undefined when there is no such object. */
  async head(key: string): Promise<S3Object | undefined> {
    try {
      const { headers } = await this.send({ operation: 'HeadObject', method: 'HEAD', key });
      return { key, size: Number(headers['content-length']), modified: timeOf(headers['last-modified']) };
    } catch (error) {
      return undefinedIfMissing(error);
    }
  }

  /** All objects whose keys begin with `prefix`. */
  async list(prefix: string, { delimiter }: { readonly delimiter?: '/' } = {}): Promise<S3Listing> {
    const objects: S3Object[] = [];
    const folders: string[] = [];
    let token: string | undefined;
    do {
      const query = { 'list-type': '2', prefix, 'encoding-type': 'url', ...(delimiter ? { delimiter } : {}), ...(token === undefined ? {} : { 'continuation-token': token }) };
      const xml = text(await this.send({ operation: 'ListObjectsV2', method: 'GET', key: '', query }));
      for (const found of elementsOf(xml, 'Contents')) objects.push({ key: nameOf(found, 'Key'), size: Number(textOf(found, 'Size')), modified: timeOf(textOf(found, 'LastModified')) });
      for (const found of elementsOf(xml, 'CommonPrefixes')) folders.push(nameOf(found, 'Prefix'));
      token = textOf(xml, 'IsTruncated') === 'true' ? textOf(xml, 'NextContinuationToken') : undefined;
    } while (token !== undefined);
    return { objects, folders };
  }

  /** Idempotent. */
  async delete(key: string): Promise<void> {
    await this.send({ operation: 'DeleteObject', method: 'DELETE', key }).catch(undefinedIfMissing);
  }

  /** Begins an upload in parts. Nobody sees anything of it before it is completed. */
  async beginUpload(key: string): Promise<S3Upload> {
    const xml = text(await this.send({ operation: 'CreateMultipartUpload', method: 'POST', key, query: { uploads: '' } }));
    return { key, uploadId: textOf(xml, 'UploadId') ?? '' };
  }

  /** A part of the same number is replaced. */
  async uploadPart({ key, uploadId }: S3Upload, number: number, body: Uint8Array): Promise<S3Part> {
    const { headers } = await this.send({ operation: 'UploadPart', method: 'PUT', key, body, query: { partNumber: String(number), uploadId } });
    return { number, etag: String(headers['etag']) };
  }

  /** The object is there, whole, when it resolves. Rejects with `NoSuchUpload` when the upload was aborted, or completed long ago. */
  async completeUpload({ key, uploadId }: S3Upload, parts: readonly S3Part[]): Promise<void> {
    const list = [...parts].sort((a, b) => a.number - b.number).map(({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`).join('');
    const body = Buffer.from(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list}</CompleteMultipartUpload>`);
    await this.send({ operation: 'CompleteMultipartUpload', method: 'POST', key, body, query: { uploadId }, headers: { 'content-type': 'application/xml' } });
  }

  /** Forgets an upload and its parts. Idempotent. */
  async abortUpload({ key, uploadId }: S3Upload): Promise<void> {
    await this.send({ operation: 'AbortMultipartUpload', method: 'DELETE', key, query: { uploadId } }).catch(undefinedIfMissing);
  }

  /** Uploads that were begun and neither completed nor aborted, of keys that begin with `prefix`. */
  async listUploads(prefix: string): Promise<S3Upload[]> {
    const uploads: S3Upload[] = [];
    let marker: Readonly<Record<string, string>> | undefined = {};
    while (marker) {
      const xml: string = text(await this.send({ operation: 'ListMultipartUploads', method: 'GET', key: '', query: { uploads: '', prefix, 'encoding-type': 'url', ...marker } }));
      for (const found of elementsOf(xml, 'Upload')) uploads.push({ key: nameOf(found, 'Key'), uploadId: textOf(found, 'UploadId') ?? '' });
      const truncated = textOf(xml, 'IsTruncated') === 'true';
      marker = truncated ? { 'key-marker': nameOf(xml, 'NextKeyMarker'), 'upload-id-marker': textOf(xml, 'NextUploadIdMarker') ?? '' } : undefined;
    }
    return uploads;
  }

  /** The parts of an upload so far; undefined when there is no such upload. */
  async listParts({ key, uploadId }: S3Upload): Promise<S3Part[] | undefined> {
    const parts: S3Part[] = [];
    let marker: string | undefined = '0';
    while (marker !== undefined) {
      const answer: HttpAnswer | undefined = await this.send({ operation: 'ListParts', method: 'GET', key, query: { uploadId, 'part-number-marker': marker } }).catch(undefinedIfMissing);
      if (!answer) return undefined;
      const xml = text(answer);
      for (const found of elementsOf(xml, 'Part')) parts.push({ number: Number(textOf(found, 'PartNumber')), etag: textOf(found, 'ETag') ?? '' });
      marker = textOf(xml, 'IsTruncated') === 'true' ? textOf(xml, 'NextPartNumberMarker') : undefined;
    }
    return parts;
  }

  private send(request: S3Request): Promise<HttpAnswer> {
    return this.requests.send(request);
  }
}

function text({ body }: HttpAnswer): string {
  return body.toString('utf8');
}

function isStatus(error: unknown, status: number): error is S3Failure {
  return error instanceof S3Failure && error.status === status;
}

/** A bucket that is not there is another matter. */
function undefinedIfMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}

function isMissing(error: unknown): boolean {
  return isStatus(error, 404) && error.code !== 'NoSuchBucket';
}

function timeOf(written: unknown): number {
  const time = typeof written === 'string' ? Date.parse(written) : Number.NaN;
  return Number.isNaN(time) ? 0 : time;
}
