/**
 * A strict S3 server in memory, for tests. It takes nothing that AWS refuses: every request's signature is computed anew
 * and compared (SigV4, with the digest of the body, the time and the session token), parts other than the last have
 * 5 MiB, uploads are completed with the parts and ETags they have, `If-None-Match: *` and `If-Match` answer 412.
 *
 * That it speaks the protocol and not only ours is shown by a foreign client, the AWS SDK, in s3-server.test.ts.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { bodyOf, checkSignature, type KnownCredentials, Refusal } from './signature-check.js';

const PART_BYTES_MIN = 5 * 1024 * 1024;

interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  /** Absent: the server does not say. */
  readonly modified?: Date;
}

interface Upload {
  readonly id: string;
  readonly key: string;
  readonly parts: Map<number, StoredObject>;
}

interface Bucket {
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, Upload>;
}

interface Call {
  readonly method: string;
  readonly bucket: Bucket;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Buffer;
}

export class S3Server {
  readonly buckets = new Map<string, Bucket>();
  /** Who may call; the first is what `start` makes. */
  readonly credentials: KnownCredentials[] = [{ accessKeyId: 'test-key', secretAccessKey: 'test/secret+key' }];
  /** `PUT key?query` of every request that was let in. */
  readonly log: string[] = [];
  /** How many keys, uploads or parts a list has before it is cut. */
  pageSize = 1_000;
  region = 'us-east-1';
  private uploads = 0;

  private constructor(private readonly server: Server) {}

  static async start(bucket = 'test', port = 0): Promise<S3Server> {
    const server = createServer();
    const made = new S3Server(server);
    made.buckets.set(bucket, { objects: new Map(), uploads: new Map() });
    server.on('request', (request, response) => void made.serve(request, response));
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    return made;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Keys of all objects, sorted. */
  keys(bucket = 'test'): string[] {
    return [...this.buckets.get(bucket)!.objects.keys()].sort();
  }

  text(key: string, bucket = 'test'): string {
    return this.buckets.get(bucket)!.objects.get(key)!.bytes.toString();
  }

  put(key: string, text: string | Buffer, bucket = 'test', modified?: Date): void {
    this.buckets.get(bucket)!.objects.set(key, { ...stored(Buffer.from(text)), ...(modified && { modified }) });
  }

  /** Keys of the uploads under way. */
  underWay(bucket = 'test'): string[] {
    return [...this.buckets.get(bucket)!.uploads.values()].map(({ key }) => key).sort();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => void this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.answer(request).catch((error: unknown): Answer => {
      const { status, code, message } = error instanceof Refusal ? error : new Refusal(500, 'InternalError', String((error as Error).stack));
      return { status, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${xml(message)}</Message></Error>` };
    });
    if (response.destroyed) return;
    const body = Buffer.from(answer.body ?? '');
    response.writeHead(answer.status, { 'content-length': body.length, ...answer.headers, 'x-amz-bucket-region': this.region });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const received: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) received.push(chunk);
    const raw = Buffer.concat(received);
    checkSignature(request, raw, this.credentials, this.region);
    const url = new URL(request.url!, this.endpoint);
    const [, first, rest] = /^\/([^/]*)(?:\/(.*))?$/s.exec(url.pathname)!;
    const bucket = this.buckets.get(first!);
    if (!bucket) throw new Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
    const call: Call = { method: request.method!, bucket, key: decodeURIComponent(rest ?? ''), query: url.searchParams, headers: request.headers, body: bodyOf(request, raw) };
    this.log.push(`${call.method} ${call.key}${url.search}`);
    checkCrc(call);
    return call.key === '' ? this.ofBucket(call) : this.ofObject(call);
  }

  private ofBucket({ method, bucket, query }: Call): Answer {
    if (method === 'HEAD') return { status: 200 };
    if (method !== 'GET') throw notImplemented();
    if (query.has('uploads')) return this.listUploads(bucket, query);
    if (query.get('list-type') === '2') return this.list(bucket, query);
    throw notImplemented();
  }

  private ofObject(call: Call): Answer {
    const { method, bucket, key, query, headers, body } = call;
    if (query.has('uploads') && method === 'POST') return this.beginUpload(call);
    if (query.has('uploadId')) return this.ofUpload(call);
    if (method === 'GET' || method === 'HEAD') return read(call);
    if (method === 'DELETE') {
      bucket.objects.delete(key);
      return { status: 204 };
    }
    if (method !== 'PUT' || headers['x-amz-copy-source'] !== undefined) throw notImplemented();
    if (headers['if-none-match'] === '*' && bucket.objects.has(key)) throw new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
    const wanted = headers['if-match'];
    if (wanted !== undefined && !bucket.objects.has(key)) throw new Refusal(404, 'NoSuchKey', 'The specified key does not exist.');
    if (wanted !== undefined && bucket.objects.get(key)!.etag !== wanted) throw new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
    const object = stored(body);
    bucket.objects.set(key, object);
    return { status: 200, headers: { etag: object.etag } };
  }

  private beginUpload({ bucket, key }: Call): Answer {
    const id = `upload-${++this.uploads}.${key.length}`;
    bucket.uploads.set(id, { id, key, parts: new Map() });
    return ok(`<InitiateMultipartUploadResult><Key>${xml(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  }

  private ofUpload(call: Call): Answer {
    const { method, bucket, key, query, body } = call;
    const upload = bucket.uploads.get(query.get('uploadId')!);
    if (upload?.key !== key) throw new Refusal(404, 'NoSuchUpload', 'The specified multipart upload does not exist');
    if (method === 'GET') return this.listParts(upload, query);
    if (method === 'POST') return complete(call, upload);
    if (method === 'DELETE') {
      bucket.uploads.delete(upload.id);
      return { status: 204 };
    }
    const number = Number(query.get('partNumber'));
    if (!Number.isInteger(number) || number < 1 || number > 10_000) throw new Refusal(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
    const part = stored(body);
    upload.parts.set(number, part);
    return { status: 200, headers: { etag: part.etag } };
  }

  private list({ objects }: Bucket, query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const name = nameWriter(query);
    const entries = new Map<string, string>();
    for (const [key, { bytes, etag, modified }] of [...objects].filter(([each]) => each.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut < 0) entries.set(key, `<Contents><Key>${name(key)}</Key><Size>${bytes.length}</Size>${modified ? `<LastModified>${modified.toISOString()}</LastModified>` : ''}<ETag>${xml(etag)}</ETag></Contents>`);
      else entries.set(key.slice(0, cut + 1), `<CommonPrefixes><Prefix>${name(key.slice(0, cut + 1))}</Prefix></CommonPrefixes>`);
    }
    const { page, next } = this.cut([...entries].filter(([key]) => key > after));
    const more = next === undefined ? '<IsTruncated>false</IsTruncated>' : `<IsTruncated>true</IsTruncated><NextContinuationToken>${xml(next)}</NextContinuationToken>`;
    return ok(`<ListBucketResult><Prefix>${name(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>${more}${page.join('')}</ListBucketResult>`);
  }

  private listUploads({ uploads }: Bucket, query: URLSearchParams): Answer {
    const name = nameWriter(query);
    const after = `${query.get('key-marker') ?? ''}\n${query.get('upload-id-marker') ?? ''}`;
    const found = [...uploads.values()].filter(({ key }) => key.startsWith(query.get('prefix') ?? ''))
      .map(({ id, key }) => [`${key}\n${id}`, `<Upload><Key>${name(key)}</Key><UploadId>${id}</UploadId></Upload>`] as const).sort(([a], [b]) => (a < b ? -1 : 1));
    const { page, next } = this.cut(found.filter(([place]) => place > after));
    const [key, id] = next?.split('\n') ?? [];
    const more = key === undefined ? '<IsTruncated>false</IsTruncated>' : `<IsTruncated>true</IsTruncated><NextKeyMarker>${name(key)}</NextKeyMarker><NextUploadIdMarker>${id!}</NextUploadIdMarker>`;
    return ok(`<ListMultipartUploadsResult>${more}${page.join('')}</ListMultipartUploadsResult>`);
  }

  private listParts({ parts }: Upload, query: URLSearchParams): Answer {
    const after = Number(query.get('part-number-marker') ?? 0);
    const found = [...parts].filter(([number]) => number > after).sort(([a], [b]) => a - b)
      .map(([number, { etag, bytes }]) => [String(number), `<Part><PartNumber>${number}</PartNumber><ETag>${xml(etag)}</ETag><Size>${bytes.length}</Size></Part>`] as const);
    const { page, next } = this.cut(found);
    const more = next === undefined ? '<IsTruncated>false</IsTruncated>' : `<IsTruncated>true</IsTruncated><NextPartNumberMarker>${next}</NextPartNumberMarker>`;
    return ok(`<ListPartsResult>${more}${page.join('')}</ListPartsResult>`);
  }

  private cut(entries: readonly (readonly [place: string, text: string])[]): { page: string[]; next: string | undefined } {
    const page = entries.slice(0, this.pageSize);
    return { page: page.map(([, text]) => text), next: entries.length > page.length ? page.at(-1)![0] : undefined };
  }
}

function read({ bucket, key, headers }: Call): Answer {
  const object = bucket.objects.get(key);
  if (!object) throw new Refusal(404, 'NoSuchKey', 'The specified key does not exist.');
  const { bytes, etag, modified } = object;
  const dated: Record<string, string> = modified ? { 'last-modified': modified.toUTCString() } : {};
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (from === undefined) return { status: 200, headers: { etag, ...dated }, body: bytes };
  if (Number(from) >= bytes.length) throw new Refusal(416, 'InvalidRange', 'The requested range is not satisfiable');
  const end = Math.min(bytes.length, to === '' ? bytes.length : Number(to) + 1);
  return { status: 206, headers: { etag, 'content-range': `bytes ${from}-${end - 1}/${bytes.length}` }, body: bytes.subarray(Number(from), end) };
}

function complete({ bucket, key, body, headers }: Call, upload: Upload): Answer {
  const named = [...body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part]) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part!)?.[1]), etag: /<ETag>(.*?)</.exec(part!)?.[1]?.replaceAll('&quot;', '"').replace(/^(?!")(.*)$/, '"$1"'),
  }));
  if (named.length === 0) throw new Refusal(400, 'MalformedXML', 'The XML you provided was not well-formed');
  if (named.some(({ number }, at) => at > 0 && number <= named[at - 1]!.number)) throw new Refusal(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
  const parts = named.map(({ number, etag }) => {
    const part = upload.parts.get(number);
    if (part?.etag !== etag) throw new Refusal(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
    return part!;
  });
  if (parts.slice(0, -1).some(({ bytes }) => bytes.length < PART_BYTES_MIN)) throw new Refusal(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed object size.');
  if (headers['if-none-match'] === '*' && bucket.objects.has(key)) throw new Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
  const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag.slice(1, -1), 'hex')));
  const etag = `"${createHash('md5').update(digests).digest('hex')}-${parts.length}"`;
  bucket.objects.set(key, { bytes: Buffer.concat(parts.map(({ bytes }) => bytes)), etag });
  bucket.uploads.delete(upload.id);
  return ok(`<CompleteMultipartUploadResult><Key>${xml(key)}</Key><ETag>${xml(etag)}</ETag></CompleteMultipartUploadResult>`);
}

function checkCrc({ headers, body }: Call): void {
  const given = headers['x-amz-checksum-crc32'];
  if (given === undefined) return;
  const computed = Buffer.alloc(4);
  computed.writeUInt32BE(crc32(body));
  if (computed.toString('base64') !== given) throw new Refusal(400, 'BadDigest', 'The CRC32 you specified did not match what we received');
}

function stored(bytes: Buffer): StoredObject {
  return { bytes, etag: `"${createHash('md5').update(bytes).digest('hex')}"` };
}

function ok(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` };
}

function notImplemented(): Refusal {
  return new Refusal(501, 'NotImplemented', 'A header or query you provided is for something this server does not have');
}

function nameWriter(query: URLSearchParams): (name: string) => string {
  return query.get('encoding-type') === 'url' ? (name) => encodeURIComponent(name).replaceAll('%2F', '/') : xml;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
