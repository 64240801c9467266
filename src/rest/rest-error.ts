/**
 * How a refusal looks on the wire: Flink's `{"errors": [...]}`, and beside it the error as this engine tells it, for
 * clients of ours.
 */
import { FlinkError, serializeError } from '../core/errors.js';
import { javaThrowable } from './java-throwable.js';

export class RestError extends Error {
  constructor(
    /** Of HTTP. */
    readonly status: 308 | 400 | 401 | 403 | 404 | 405 | 409 | 413 | 500 | 503 | 504,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

export interface RestErrorBody {
  readonly errors: readonly string[];
  /** Only from a cluster of this engine. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

export function errorBody(error: unknown): RestErrorBody {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof FlinkError)) return { errors: [message] };
  const { code, hint } = serializeError(error);
  return { errors: [message], error: { code: code ?? 'INTERNAL', message, ...(hint === undefined ? {} : { hint }) } };
}

/** Flink's shape of a failure, and ours beside it. */
export interface FailureCause extends RestErrorBody {
  readonly class: string;
  readonly 'stack-trace': string;
  /** For clients of Apache Flink, in base64. */
  readonly 'serialized-throwable': string;
}

export function failureCause(error: unknown): FailureCause {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const trace = thrown.stack ?? thrown.message;
  return { class: thrown.name, 'stack-trace': trace, 'serialized-throwable': javaThrowable(thrown, trace).toString('base64'), ...errorBody(error) };
}

/** What went wrong inside is the server's fault unless it says otherwise. */
export function statusOf(error: unknown): RestError['status'] {
  if (error instanceof RestError) return error.status;
  return error instanceof FlinkError && error.domain === 'user' ? 400 : 500;
}
