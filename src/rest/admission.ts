/**
 * Whom a server lets in, before any route is looked at.
 *
 * Invariants:
 * - At a loopback address only requests that name this machine as their host are answered: a web page whose name has
 *   been made to point here (DNS rebinding) names another.
 * - A web page of another origin changes nothing unless its origin is allowed: browsers send simple requests unasked.
 * - The time that comparing tokens takes says nothing about them.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Context, Hono, type Next } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { errorBody, RestError } from './rest-error.js';
import { isLoopback } from './rest-settings.js';

/** What answers requests: a Hono application's `fetch`. */
export type Fetch = (request: Request, env?: unknown) => Response | Promise<Response>;

export interface Admission {
  /** Only who is on this machine gets here. */
  readonly loopback: boolean;
  /** What requests must carry. */
  readonly token: string | undefined;
  readonly allowOrigin: string | undefined;
  readonly bodyBytesMax: number;
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** For who comes through a socket that only its owner can open. */
export function admitOwner(fetch: Fetch, bodyBytesMax: number): Fetch {
  return behind([bodyLimitOf(bodyBytesMax)], fetch);
}

/** For who comes over the network. */
export function admit(fetch: Fetch, { loopback, token, allowOrigin, bodyBytesMax }: Admission): Fetch {
  return behind(
    [
      ...(loopback ? [checkHost] : []),
      ...(allowOrigin === undefined ? [] : [cors({ origin: allowOrigin, allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'] })]),
      (context: Context, next: Next) => checkOrigin(context, next, allowOrigin),
      ...(token === undefined ? [] : [checkToken(token)]),
      bodyLimitOf(bodyBytesMax),
    ],
    fetch,
  );
}

type Check = (context: Context, next: Next) => Promise<Response | void>;

function behind(checks: readonly Check[], fetch: Fetch): Fetch {
  const door = new Hono();
  for (const check of checks) door.use(check);
  door.all('*', (context) => fetch(context.req.raw, context.env));
  door.onError((error, context) => context.json(errorBody(error), error instanceof RestError ? error.status : 500));
  return (request, env) => door.fetch(request, env as object);
}

async function checkHost(context: Context, next: Next): Promise<void> {
  const { hostname } = new URL(context.req.url);
  if (!isLoopback(hostname.replace(/^\[|\]$/g, ''))) {
    throw new RestError(403, `This server answers requests to localhost only; the request was for the host "${hostname}".`);
  }
  await next();
}

async function checkOrigin(context: Context, next: Next, allowed: string | undefined): Promise<void> {
  const origin = context.req.header('origin');
  if (origin !== undefined && !READING.has(context.req.method) && allowed !== '*' && origin !== allowed && hostOf(origin) !== context.req.header('host')) {
    throw new RestError(403, `Web pages of ${origin} may not change anything here; web.access-control-allow-origin says whose may.`);
  }
  await next();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function checkToken(token: string): Check {
  const expected = digest(token);
  return async (context, next) => {
    const [, given] = /^Bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '') ?? [];
    if (given === undefined || !timingSafeEqual(digest(given), expected)) {
      context.header('www-authenticate', 'Bearer');
      return context.json(errorBody(new RestError(401, given === undefined ? 'Requests must carry a token: "Authorization: Bearer" and the token.' : 'The token is not the one that is expected.')), 401);
    }
    return next();
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function bodyLimitOf(maxSize: number): Check {
  return bodyLimit({ maxSize, onError: (context) => context.json(errorBody(new RestError(413, `A request may hold ${maxSize} bytes.`)), 413) });
}
