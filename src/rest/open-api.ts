/**
 * The OpenAPI document of endpoints, made from the schemas that requests are checked against, and a page that shows it.
 */
import * as z from 'zod/mini';
import type { EndpointDescription } from './endpoint.js';
import { schemaOfParameter } from './path-parameters.js';

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  /** By path, then by method. */
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  /** Schemas that hold themselves. */
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

interface OpenApiOperation {
  readonly summary: string;
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: 'path' | 'query'; readonly required: boolean; readonly schema: object; readonly style?: 'form'; readonly explode?: false }[];
  readonly requestBody?: { readonly content: object };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: object }>>;
}

const ERROR = () => z.object({ errors: z.array(z.string()), error: z.optional(z.object({ code: z.string(), message: z.string(), hint: z.optional(z.string()) })) });

export function openApiDocument(endpoints: readonly EndpointDescription[], version: string): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  const schemas: Record<string, object> = {};
  for (const endpoint of endpoints) (paths[openApiPath(endpoint.path)] ??= {})[endpoint.method] = operationOf(endpoint, schemas);
  return { openapi: '3.1.0', info: { title: 'flink-ts REST API, after Apache Flink’s v1', version }, paths, components: { schemas } };
}

/** `/jobs/{jobid}` for `/jobs/:jobid`. */
export function openApiPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

/** @param schemas takes up those that hold themselves. */
function operationOf({ method, path, summary, query, body, form, answer, contentType = 'text/plain', status = 200 }: EndpointDescription, schemas: Record<string, object>): OpenApiOperation {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name: name!, in: 'path' as const, required: true, schema: schemaOfParameter(name!) }));
  const operationId = [method, ...path.split(/[/:-]+/).filter((part) => part !== '')].map((word, i) => (i === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('');
  return {
    summary,
    operationId,
    parameters: [...inPath, ...(query ? queryParameters(query()) : [])],
    ...(body || form ? { requestBody: { content: { ...(body && { 'application/json': { schema: jsonSchema(body(), 'input') } }), ...(form && { 'multipart/form-data': { schema: jsonSchema(form(), 'input') } }) } } } : {}),
    responses: {
      [status]: { description: summary, content: answer ? { 'application/json': { schema: selfContained(jsonSchema(answer(), 'output'), operationId, schemas) } } : { [contentType.split(';')[0]!]: { schema: { type: 'string' } } } },
      default: { description: 'What was wrong.', content: { 'application/json': { schema: jsonSchema(ERROR(), 'output') } } },
    },
  };
}

function queryParameters(schema: z.ZodMiniType): OpenApiOperation['parameters'] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as { properties?: Record<string, { readonly type?: string }>; required?: string[] };
  return Object.entries(properties).map(([name, property]) => ({
    name, in: 'query', required: required.includes(name), schema: property,
    // With commas between: `agg=min,max`.
    ...(property.type === 'array' ? { style: 'form', explode: false } : {}),
  }));
}

function jsonSchema(schema: z.ZodMiniType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

/** In a document of many schemas, one that holds itself has to be named for all. */
function selfContained(schema: { readonly $defs?: Readonly<Record<string, object>> }, operationId: string, schemas: Record<string, object>): object {
  const { $defs, ...rest } = schema;
  if (!$defs) return rest;
  const renamed = <T extends object>(part: T): T => JSON.parse(JSON.stringify(part).replaceAll('"#/$defs/', `"#/components/schemas/${operationId}`)) as T;
  for (const [name, part] of Object.entries($defs)) schemas[`${operationId}${name}`] = renamed(part);
  return renamed(rest);
}

/** A page for people: every endpoint with its parameters. */
export function documentPage({ info, paths }: OpenApiDocument): string {
  const rows = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { summary, parameters }]) => {
    const query = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name).join(', ');
    return `<tr><td>${method.toUpperCase()}</td><td><code>${path}</code></td><td>${query}</td><td>${summary}</td></tr>`;
  }));
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${info.title}</title></head><body><h1>${info.title}</h1>`
    + `<p>Version ${info.version}. Schemas: <a href="openapi.json">openapi.json</a></p>`
    + `<table><thead><tr><th>Method</th><th>Path</th><th>Query</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table></body></html>`;
}
