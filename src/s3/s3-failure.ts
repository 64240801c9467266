/**
 * What S3 refused, or why it could not be reached: names bucket, key and operation, says what to check, and whether the
 * same request may succeed later.
 */
import type { HttpAnswer } from './http-exchange.js';
import { s3Path } from './s3-location.js';
import { textOf } from './s3-xml.js';

/** What a request was about, for messages. */
export interface S3Subject {
  /** As S3 calls it: `PutObject`. */
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
}

export interface S3Refusal {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** S3's code: `NoSuchKey`; the connection's where there was no answer. */
  readonly code: string;
  readonly detail: string;
}

const HINTS: Readonly<Record<string, string>> = {
  AccessDenied: 'Check that the policy of the user or role allows this operation on this bucket and prefix.',
  Forbidden: 'Check the keys (s3.access-key and s3.secret-key, AWS_ACCESS_KEY_ID, or ~/.aws/credentials), and that the policy of their user allows this operation.',
  SignatureDoesNotMatch: 'Check the secret key (s3.secret-key, AWS_SECRET_ACCESS_KEY, or ~/.aws/credentials): it does not belong to the access key.',
  InvalidAccessKeyId: 'Check the access key (s3.access-key, AWS_ACCESS_KEY_ID, or ~/.aws/credentials): the server does not know it.',
  NoSuchBucket: 'Check the bucket’s name and s3.endpoint; the engine makes no buckets.',
  ExpiredToken: 'Renew the session token where it comes from (s3.session-token, AWS_SESSION_TOKEN, or ~/.aws/credentials).',
  RequestTimeTooSkewed: 'Set this machine’s clock.',
  PermanentRedirect: 'Set s3.endpoint.region to the region that the bucket is in.',
  ECONNREFUSED: 'Nobody listens there: check s3.endpoint.',
  ENOTFOUND: 'Check s3.endpoint, and s3.path.style.access where the server takes no bucket names in host names.',
  CERT: 'Give Node the certificate of the server’s authority: NODE_EXTRA_CA_CERTS.',
};
/** The same thing under other names. */
const SYNONYMS: Readonly<Record<string, string>> = {
  InvalidToken: 'ExpiredToken', TokenRefreshRequired: 'ExpiredToken', ExpiredTokenException: 'ExpiredToken', AllAccessDisabled: 'AccessDenied', AuthorizationHeaderMalformed: 'PermanentRedirect',
  SELF_SIGNED_CERT_IN_CHAIN: 'CERT', DEPTH_ZERO_SELF_SIGNED_CERT: 'CERT', UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CERT',
};
/** Worth another try although the status does not say so. */
const PASSING_CODES = ['RequestTimeout', 'SlowDown', 'InternalError', 'ServiceUnavailable', 'ThrottlingException', 'ConditionalRequestConflict', 'OperationAborted', 'XAmzContentSHA256Mismatch', 'BadDigest', 'IncompleteBody'];
const NAMES: Readonly<Record<number, string>> = { 400: 'BadRequest', 403: 'Forbidden', 404: 'NotFound', 412: 'PreconditionFailed', 416: 'InvalidRange', 301: 'PermanentRedirect', 307: 'TemporaryRedirect', 500: 'InternalError', 503: 'ServiceUnavailable' };

export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  readonly status: number;
  readonly code: string;
  readonly hint: string;

  constructor(readonly subject: S3Subject, readonly refusal: S3Refusal, readonly attempts: number, cause?: unknown) {
    const { operation, bucket, key } = subject;
    const { status, code, detail } = refusal;
    const tried = attempts > 1 ? `, ${attempts} times over` : '';
    super(`${operation} of ${s3Path(bucket, key)} failed${tried}: ${status === 0 ? '' : `${status} `}${code}${detail === '' ? '' : ` (${detail})`}`, cause === undefined ? undefined : { cause });
    this.status = status;
    this.code = code;
    this.hint = HINTS[SYNONYMS[code] ?? code] ?? (mayPass(refusal) ? 'S3 or the way to it has trouble: try again later, or check s3.endpoint.' : 'Check bucket, key and s3.endpoint.');
  }
}

/** Whether the same request may succeed later. */
export function mayPass({ status, code }: S3Refusal): boolean {
  if (status === 0) return (SYNONYMS[code] ?? code) !== 'CERT';
  return status === 429 || status === 408 || (status >= 500 && status !== 501 && status !== 505) || PASSING_CODES.includes(code);
}

/** The credentials have run out. */
export function credentialsExpired({ code }: S3Refusal): boolean {
  return (SYNONYMS[code] ?? code) === 'ExpiredToken';
}

export function refusalOf({ status, body }: HttpAnswer): S3Refusal {
  const xml = body.toString('utf8', 0, 16_384);
  // The answer to HEAD has no body.
  return { status, code: textOf(xml, 'Code') ?? NAMES[status] ?? `status ${status}`, detail: textOf(xml, 'Message') ?? '' };
}

/** Why there was no answer. */
export function disconnection(error: unknown): S3Refusal {
  const { code, message } = error as NodeJS.ErrnoException;
  return { status: 0, code: code ?? 'connection lost', detail: message };
}
