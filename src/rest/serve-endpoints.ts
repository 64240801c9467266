/**
 * Answers requests with endpoints.
 *
 * Invariant: whatever a request does wrong is answered with its status and `{"errors": [...]}`; nothing of it reaches
 * the endpoint.
 */
import { type Context, Hono } from 'hono';
import type { z } from 'zod/mini';
import type { Asked, Endpoint, EndpointDescription, OpenEndpoint } from './endpoint.js';
import { checkParameters } from './path-parameters.js';
import { errorBody, RestError, statusOf } from './rest-error.js';

/**
 * An application of these endpoints, bare and under `/v1`, which also answers what they are: `/openapi.json`, and `/docs`
 * for people.
 *
 * @param version of the engine, for the document.
 */
export function applicationOf(endpoints: readonly (Endpoint | OpenEndpoint)[], version: string): Hono {
  const api = new Hono();
  // Schemas of answers, and what writes them as JSON Schema, are made for those who ask.
  const document = async () => (await import('./open-api.js')).openApiDocument(endpoints, version);
  api.get('/openapi.json', async (context) => context.json(await document()));
  api.get('/docs', async (context) => context.html((await import('./open-api.js')).documentPage(await document())));
  for (const endpoint of endpoints) api.on(endpoint.method.toUpperCase(), endpoint.path, (context) => {
    checkParameters(endpoint.path, (name) => context.req.param(name));
    return 'respond' in endpoint ? endpoint.respond(context) : answer(endpoint, context);
  });
  const app = new Hono();
  app.route('/v1', api);
  app.route('/', api);
  app.notFound((context) => refused(context, notFound(endpoints, context)));
  app.onError((error, context) => refused(context, error));
  return app;
}

async function answer(endpoint: Endpoint, context: Context): Promise<Response> {
  const asked: Asked = {
    param: (name) => context.req.param(name)!,
    query: endpoint.query ? checked(endpoint.query(), queryOf(context), 'query') : undefined,
    body: endpoint.body ? checked(endpoint.body(), parsed(await context.req.text()), 'body') : undefined,
    origin: new URL(context.req.url).origin,
  };
  const said = await endpoint.handle(asked);
  return typeof said === 'string' ? context.text(said, 200, endpoint.contentType === undefined ? {} : { 'content-type': endpoint.contentType }) : context.json(said, endpoint.status ?? 200);
}

/** What is given several times is a list: `get=a&get=b` is `get=a,b`, as in Flink. */
export function queryOf(context: Context): Record<string, string> {
  return Object.fromEntries(Object.entries(context.req.queries()).map(([name, values]) => [name, values.join(',')]));
}

function refused(context: Context, error: unknown): Response {
  return context.json(errorBody(error), statusOf(error));
}

/** Says when only the method is wrong. */
function notFound(endpoints: readonly EndpointDescription[], context: Context): RestError {
  const { method, path } = context.req;
  const bare = path.replace(/^\/v1(?=\/)/, '');
  const methods = endpoints.filter((endpoint) => fits(endpoint.path, bare)).map((endpoint) => endpoint.method.toUpperCase());
  return methods.length === 0 ? new RestError(404, `Not found: ${method} ${path}`) : new RestError(405, `${path} takes ${[...new Set(methods)].join(', ')}; ${method} came.`);
}

function fits(pattern: string, path: string): boolean {
  const [expected, given] = [pattern.split('/'), path.split('/')];
  return expected.length === given.length && expected.every((part, i) => part.startsWith(':') || part === given[i]);
}

function checked(schema: z.ZodMiniType, given: unknown, part: string): unknown {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new RestError(400, `Bad request: ${where === '' ? `the ${part}` : where}: ${issue?.message ?? ''}`);
}

/** An empty body is an empty request. */
function parsed(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RestError(400, `Bad request: the body is not JSON: ${(cause as Error).message}`, { cause });
  }
}
