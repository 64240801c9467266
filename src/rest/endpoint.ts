/**
 * An endpoint as data: where it is, what it takes, what it answers, and what it does. Routes, the checks of requests, the
 * OpenAPI document and the archive of ended jobs are all made from these.
 *
 * Invariants:
 * - Paths are Flink's; `:name` is a parameter. Of two paths that fit, the earlier endpoint of the list answers.
 * - Schemas are made when they are first needed, and answers' schemas only by tests and the document: a job that
 *   nobody asks about pays for none.
 */
import type { Context } from 'hono';
import type { z } from 'zod/mini';

export type Method = 'get' | 'post' | 'patch' | 'put' | 'delete';

/** A request whose parts have been checked. */
export interface Asked<Q = unknown, B = unknown> {
  /** A parameter of the path, decoded. */
  param(name: string): string;
  readonly query: Q;
  readonly body: B;
  /** By which the server was reached: `http://localhost:8081`. */
  readonly origin: string;
}

/** What an endpoint is, for the document. */
export interface EndpointDescription {
  readonly method: Method;
  readonly path: string;
  /** One sentence for the document. */
  readonly summary: string;
  /** What stands behind the question mark: an object of texts. */
  readonly query?: (() => z.ZodMiniType) | undefined;
  readonly body?: (() => z.ZodMiniType) | undefined;
  /** Of a form, which whoever answers checks. */
  readonly form?: (() => z.ZodMiniType) | undefined;
  /** Undefined: the answer is plain text. */
  readonly answer?: (() => z.ZodMiniType) | undefined;
  /** Of an answer in plain text. */
  readonly contentType?: string | undefined;
  /** Of an answer. Default: 200. */
  readonly status?: 200 | 202 | undefined;
}

export interface Endpoint extends EndpointDescription {
  /** What it says of a job that has ended is worth keeping. */
  readonly archived: boolean;
  handle(asked: Asked): object | string | Promise<object | string>;
}

/** An endpoint that takes a request as it came: one with a form, or one that others answer. */
export interface OpenEndpoint extends EndpointDescription {
  respond(request: Context): Response | Promise<Response>;
}

interface EndpointOf<Q extends z.ZodMiniType, B extends z.ZodMiniType, A extends z.ZodMiniType> extends Omit<Endpoint, 'query' | 'body' | 'answer' | 'handle' | 'archived'> {
  readonly query?: () => Q;
  readonly body?: () => B;
  readonly answer: () => A;
  readonly archived?: boolean;
  readonly handle: (asked: Asked<z.infer<Q>, z.infer<B>>) => z.input<A> | Promise<z.input<A>>;
}

/** An endpoint that answers with JSON; what it takes and answers is checked against its schemas by the compiler. */
export function endpoint<Q extends z.ZodMiniType, B extends z.ZodMiniType, A extends z.ZodMiniType>(given: EndpointOf<Q, B, A>): Endpoint {
  return { archived: false, ...given, handle: given.handle as Endpoint['handle'] };
}

/** An endpoint that answers with plain text. */
export function textEndpoint<Q extends z.ZodMiniType>(path: string, summary: string, handle: (asked: Asked<z.infer<Q>>) => string | Promise<string>, more: { readonly contentType?: string; readonly query?: () => Q } = {}): Endpoint {
  return { method: 'get', path, summary, archived: false, handle: handle as Endpoint['handle'], ...more };
}
