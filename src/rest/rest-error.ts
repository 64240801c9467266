/**
 * How a refusal looks on the wire: Flink's `{"errors": [...]}`, and beside it the error as this engine tells it, for
 * clients of ours.
 */
import { FlinkError, serializeError } from '../core/errors.js';

export class RestError extends Error {
  constructor(
    /** Of HTTP. */
    readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 500 | 503 | 504,
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
}

export function failureCause(error: unknown): FailureCause {
  const { name, stack, message } = error instanceof Error ? error : new Error(String(error));
  return { class: name, 'stack-trace': stack ?? message, ...errorBody(error) };
}

/** What went wrong inside is the server's fault unless it says otherwise. */
export function statusOf(error: unknown): RestError['status'] {
  if (error instanceof RestError) return error.status;
  return error instanceof FlinkError && error.domain === 'user' ? 400 : 500;
}
