/**
 * Whether a request was signed by somebody the server knows: AWS's Signature Version 4 for headers, written down here from
 * its description, without the library that our client signs with.
 */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface KnownCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** The token is no good any more. */
  expired?: boolean;
}

export class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

const SKEW_MAX_MS = 15 * 60_000;
const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** @throws Refusal as AWS refuses it. */
export function checkSignature(request: IncomingMessage, body: Buffer, known: readonly KnownCredentials[], region: string): void {
  const { headers } = request;
  const [, accessKeyId, day, scope, names, signature] = AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  if (accessKeyId === undefined) throw new Refusal(403, 'AccessDenied', 'Access Denied');
  const credentials = known.find((each) => each.accessKeyId === accessKeyId);
  if (!credentials) throw new Refusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
  if (scope !== region) throw new Refusal(400, 'AuthorizationHeaderMalformed', `The authorization header is malformed; the region '${scope!}' is wrong; expecting '${region}'`);
  const time = String(headers['x-amz-date']);
  checkTime(time, day!);
  if (headers['x-amz-security-token'] !== credentials.sessionToken) throw new Refusal(403, 'InvalidToken', 'The provided token is malformed or otherwise invalid.');
  const digest = String(headers['x-amz-content-sha256']);
  if (/^[0-9a-f]{64}$/.test(digest) && digest !== sha256(body)) throw new Refusal(400, 'XAmzContentSHA256Mismatch', 'The provided x-amz-content-sha256 header does not match what was computed.');
  const signed = names!.split(';');
  for (const name of ['host', ...Object.keys(headers).filter((each) => each.startsWith('x-amz-'))]) {
    if (!signed.includes(name)) throw new Refusal(403, 'AccessDenied', `There were headers present in the request which were not signed: ${name}`);
  }
  const canonical = [request.method, ...canonicalUrl(request.url!), ...signed.map((name) => `${name}:${String(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`), '', names, digest].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, `${day!}/${scope}/s3/aws4_request`, sha256(canonical)].join('\n');
  const key = [day!, scope, 's3', 'aws4_request'].reduce<string | Buffer>((secret, part) => createHmac('sha256', secret).update(part).digest(), `AWS4${credentials.secretAccessKey}`);
  if (createHmac('sha256', key).update(text).digest('hex') !== signature) throw new Refusal(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.');
  if (credentials.expired) throw new Refusal(400, 'ExpiredToken', 'The provided token has expired.');
}

/** The body as it was meant: the SDK sends some in chunks with a checksum behind them. */
export function bodyOf({ headers }: IncomingMessage, raw: Buffer): Buffer {
  if (!headers['content-encoding']?.includes('aws-chunked')) return raw;
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.toString('latin1', at, lineEnd), 16);
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function checkTime(time: string, day: string): void {
  const [, year, month, date, hour, minute, second] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(time) ?? [];
  const at = Date.UTC(Number(year), Number(month) - 1, Number(date), Number(hour), Number(minute), Number(second));
  if (!time.startsWith(day) || !(Math.abs(Date.now() - at) < SKEW_MAX_MS)) throw new Refusal(403, 'RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.');
}

function canonicalUrl(url: string): [path: string, query: string] {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const pairs = at < 0 ? [] : url.slice(at + 1).split('&').map((pair) => pair.split(/=(.*)/s).slice(0, 2).concat('').slice(0, 2).map((part) => encoded(decodeURIComponent(part))));
  const query = pairs.map(([name, value]) => `${name}=${value}`).sort((a, b) => (a < b ? -1 : 1)).join('&');
  return [path.split('/').map((part) => encoded(decodeURIComponent(part))).join('/'), query];
}

function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
