/**
 * Speaks Flink's REST API to one cluster: over its control socket, or over TCP, where it may also be one of Apache Flink.
 *
 * Invariants:
 * - An answer is checked before anything is done with it; a cluster of another version may answer.
 * - Nobody waits for ever: each request has a time limit, and so has an operation.
 */
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type * as z from 'zod/mini';
import { type Clock, sleep } from '../../core/clock.js';
import { type ErrorCode, ERROR_KINDS, FlinkError } from '../../core/errors.js';
import { ClientTimeout } from '../../core/options.js';
import { formatDuration } from '../../core/time.js';
import { errorAnswer, javaFailure, operationStatus, operationTrigger } from './answers.js';
import { messageOfTrace } from './java-failure.js';
import { ClusterSilent } from './silence.js';

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Sent as JSON, or as the form that it is. */
  readonly body?: object | FormData;
}

/** Where a cluster listens. */
export type ClusterAddress =
  | { readonly socket: string }
  | { readonly url: string; /** What requests carry to be let in. */ readonly token?: string | undefined };

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Nobody listens at the socket: the cluster has ended, or is about to. */
export class ClusterGone extends Error {}

/** The first wait between two questions whether an operation has ended; it doubles up to the second. */
const POLL_MS_MIN = 20;
const POLL_MS_MAX = 1_000;

export class RestClient {
  /** @param timeoutMs how long one answer may take, and one operation. */
  constructor(readonly address: ClusterAddress, private readonly clock: Clock, readonly timeoutMs: number = ClientTimeout.defaultValue) {}

  /** The same cluster, with less or more patience. */
  withTimeout(timeoutMs: number): RestClient {
    return new RestClient(this.address, this.clock, timeoutMs);
  }

  /** Throws `ClusterGone`, `ClusterSilent`, or what the cluster answered that was wrong. */
  async ask<T>(asked: RestRequest, schema: z.ZodMiniType<T>): Promise<T> {
    const { status, text } = await this.exchange(asked);
    const answer = parsed(text);
    if (status < 200 || status > 299) throw refusal(answer, status, asked);
    const read = schema.safeParse(answer);
    if (!read.success) throw new FlinkError('CONNECTION', `the cluster answered ${asked.method} ${asked.path} with something else than expected: ${read.error.issues[0]?.message}`);
    return read.data;
  }

  /** An answer that is plain text, such as a log. Undefined: there is no such thing. */
  async text(path: string): Promise<string | undefined> {
    const asked = { method: 'GET', path } as const;
    const { status, text } = await this.exchange(asked);
    if (status === 404) return undefined;
    if (status < 200 || status > 299) throw refusal(parsed(text), status, asked);
    return text;
  }

  /**
   * Begins an operation and waits for what comes of it. `path` ends where the trigger id is added to ask after it. Throws
   * TIMEOUT when the time limit is over; the operation goes on then.
   */
  async operate<T>(asked: RestRequest & { readonly method: 'POST' }, statusPath: string, schema: z.ZodMiniType<T>): Promise<T> {
    const { 'request-id': trigger } = await this.ask(asked, operationTrigger);
    const begun = this.clock.monotonic();
    for (let wait = POLL_MS_MIN; ; wait = Math.min(POLL_MS_MAX, wait * 2)) {
      const { status, operation } = await this.ask({ method: 'GET', path: `${statusPath}/${trigger}` }, operationStatus);
      if (status.id === 'COMPLETED') return outcome(operation, schema, asked);
      if (this.clock.monotonic() - begun >= this.timeoutMs) throw stillUnderWay(asked, this.timeoutMs);
      await sleep(this.clock, wait);
    }
  }

  private async exchange(asked: RestRequest): Promise<Answer> {
    const { address, clock, timeoutMs } = this;
    const { answer, give } = await exchange(address, asked);
    if (!Number.isFinite(timeoutMs)) return answer;
    const deadline = clock.schedule(timeoutMs, () => give(new ClusterSilent(address, timeoutMs)));
    return answer.finally(() => deadline.cancel());
  }
}

function stillUnderWay({ path }: RestRequest, timeoutMs: number): FlinkError {
  return new FlinkError('TIMEOUT', `${path} is not over after ${formatDuration(timeoutMs)}`, { hint: 'It goes on in the cluster and may still come to its end; allow more time with --timeout (client.timeout).' });
}

function outcome<T>(operation: Record<string, unknown> | null | undefined, schema: z.ZodMiniType<T>, asked: RestRequest): T {
  const failure = operation?.['failure-cause'] ?? operation?.['failureCause'];
  if (failure !== undefined) throw refusal(failure, 500, asked);
  return schema.parse(operation ?? {});
}

function refusal(answer: unknown, status: number, { method, path }: RestRequest): FlinkError {
  const read = errorAnswer.safeParse(answer);
  const error = read.success ? read.data.error : undefined;
  const message = error?.message ?? (read.success ? messageOf(read.data.errors) : messageOfFailure(answer)) ?? `the cluster answered ${method} ${path} with status ${status}`;
  const code = error && error.code in ERROR_KINDS ? (error.code as ErrorCode) : status === 404 ? 'JOB_UNKNOWN' : 'CLUSTER_REFUSED';
  return new FlinkError(code, message, error?.hint === undefined ? {} : { hint: error.hint });
}

/** Apache Flink puts a general word before what went wrong inside. */
function messageOf(errors: readonly string[]): string | undefined {
  const told = errors.length > 1 ? errors.filter((error) => error !== 'Internal server error.') : errors;
  return told.length === 0 ? undefined : messageOfTrace(told.join('\n'));
}

function messageOfFailure(answer: unknown): string | undefined {
  const read = javaFailure.safeParse(answer);
  return read.success ? messageOfTrace(read.data['stack-trace']) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `give` ends it with an error, unless it is over. */
async function exchange(address: ClusterAddress, { method, path, body }: RestRequest): Promise<{ readonly answer: Promise<Answer>; give(up: Error): void }> {
  const { type, content } = await encoded(body);
  let give = (_up: Error): void => undefined;
  const answer = new Promise<Answer>((resolve, reject) => {
    const token = 'url' in address && address.token !== undefined ? { authorization: `Bearer ${address.token}` } : {};
    const headers = { ...token, ...(content ? { 'content-type': type, 'content-length': content.length } : {}) };
    const over = 'socket' in address ? { socketPath: address.socket, path } : target(address.url, path);
    const ask = 'url' in address && address.url.startsWith('https:') ? secureRequest : request;
    const sent = ask({ ...over, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', (cause) => reject(new ClusterGone(cause.message, { cause })));
    });
    sent.on('error', (cause) => reject(new ClusterGone(cause.message, { cause })));
    give = (up) => {
      reject(up);
      sent.destroy();
    };
    sent.end(content);
  });
  return { answer, give };
}

function target(url: string, path: string): { host: string; port: string; path: string } {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port || (protocol === 'https:' ? '443' : '80'), path };
}

async function encoded(body: RestRequest['body']): Promise<{ type: string; content: Buffer | undefined }> {
  if (!(body instanceof FormData)) return { type: 'application/json', content: body && Buffer.from(JSON.stringify(body)) };
  const form = new Response(body);
  return { type: form.headers.get('content-type') ?? '', content: Buffer.from(await form.arrayBuffer()) };
}
