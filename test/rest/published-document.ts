/**
 * The facts of the OpenAPI document that Apache Flink publishes, as they stand in `flink-rest-v1-1.19-2.0.json`: paths,
 * parameters, statuses, names and types of fields; and the same facts of our own document.
 *
 * The file is one of both versions beside 1.20: what 2.0-SNAPSHOT has, with what only 1.19-SNAPSHOT has. In it, an
 * endpoint is `METHOD path parameter=type …` with `body status answer`, a schema `field:type …`, `[type]` or `{type}` (a
 * map), or `A|B` for texts; `!` follows what is required.
 */
import { readFileSync } from 'node:fs';
import type { OpenApiDocument } from '../../src/rest/open-api.js';

interface Published {
  readonly versions: readonly string[];
  readonly parametersOfPaths: Readonly<Record<string, string>>;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly schemas: Readonly<Record<string, string>>;
}

export const published = JSON.parse(readFileSync(new URL('flink-rest-v1-1.19-2.0.json', import.meta.url), 'utf8')) as Published;

/** A type, or the texts that there are: `A|B`. Fields by their way down: `jobs[].tasks.*`. */
export type Fields = ReadonlyMap<string, string>;

export interface Parameter {
  readonly type: string;
  readonly required: boolean;
}

export interface EndpointFacts {
  /** `GET /jobs/{jobid}` */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly status: string;
  readonly body: Fields | undefined;
  readonly answer: Fields | undefined;
}

const PLAIN = new Set(['string', 'integer', 'number', 'boolean', 'object']);

/** @param schemas those of the document, with what goes over the wire where the document says otherwise. */
export function publishedEndpoints(schemas: Readonly<Record<string, string>>): EndpointFacts[] {
  return Object.entries(published.endpoints).map(([line, says]) => {
    const [method, path, ...query] = line.split(' ');
    const [, body, status, answer] = /^(?:(\w+) )?(\d{3})(?: (\w+))?$/.exec(says)!;
    const inPath = [...path!.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name!, { type: published.parametersOfPaths[name!]!, required: true }] as const);
    const inQuery = query.map((one) => /^([\w-]+)(!?)=(\w+)$/.exec(one)!).map(([, name, required, type]) => [name!, { type: typeNamed(type!, schemas), required: required === '!' }] as const);
    return {
      name: `${method} ${path}`, parameters: new Map([...inPath, ...inQuery]), status: status!,
      body: body === undefined ? undefined : fieldsNamed(body, schemas), answer: answer === undefined ? undefined : fieldsNamed(answer, schemas),
    };
  });
}

function typeNamed(name: string, schemas: Readonly<Record<string, string>>): string {
  return PLAIN.has(name) ? name : schemas[name]!;
}

function fieldsNamed(name: string, schemas: Readonly<Record<string, string>>): Fields {
  const fields = new Map<string, string>();
  const walk = (type: string, at: string, above: readonly string[]): void => {
    if (type.startsWith('[')) return walk(type.slice(1, -1), `${at}[]`, above);
    if (type.startsWith('{')) return walk(type.slice(1, -1), at === '' ? '*' : `${at}.*`, above);
    const schema = schemas[type];
    // A node of a tree holds nodes.
    if (above.includes(type)) return;
    if (schema === undefined || !/[:[{]/.test(schema)) return void fields.set(at, PLAIN.has(type) ? type : (schema ?? 'unknown'));
    if (!schema.includes(':')) return walk(schema, at, [...above, type]);
    for (const field of schema.split(' ')) {
      const [, key, inner] = /^([\w-]+)!?:(.+)$/.exec(field)!;
      walk(inner!, at === '' ? key! : `${at}.${key}`, [...above, type]);
    }
  };
  walk(name, '', []);
  return fields;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly $ref?: string;
  readonly additionalProperties?: JsonSchema | boolean;
}

export function ownEndpoints(document: OpenApiDocument): Map<string, EndpointFacts> {
  const facts = new Map<string, EndpointFacts>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { parameters, requestBody, responses }] of Object.entries(methods)) {
      const name = `${method.toUpperCase()} ${path}`;
      const [status, { content }] = Object.entries(responses).find(([one]) => one !== 'default')! as [string, { content: Content }];
      const fields = (within: Content | undefined): Fields | undefined => (within?.['application/json'] ? fieldsOf(within['application/json'].schema, document) : undefined);
      facts.set(name, {
        name, status, body: fields(requestBody?.content as Content | undefined), answer: fields(content),
        parameters: new Map(parameters.map((one) => [one.name, { required: one.required, type: leafOf((one.schema as JsonSchema).items ?? one.schema) }])),
      });
    }
  }
  return facts;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

function fieldsOf(schema: JsonSchema, { components }: OpenApiDocument): Fields {
  const fields = new Map<string, Set<string>>();
  const put = (at: string, type: string): void => void fields.set(at, (fields.get(at) ?? new Set()).add(type));
  const walk = (one: JsonSchema, at: string, above: readonly string[]): void => {
    const below = (name: string): string => (at === '' ? name : `${at}.${name}`);
    if (one.$ref !== undefined) {
      const name = one.$ref.split('/').at(-1)!;
      return above.includes(name) ? undefined : walk(components.schemas[name]!, at, [...above, name]);
    }
    for (const inner of one.anyOf ?? []) walk(inner, at, above);
    if (one.items) return walk(one.items, `${at}[]`, above);
    for (const [name, inner] of Object.entries(one.properties ?? {})) walk(inner, below(name), above);
    if (typeof one.additionalProperties === 'object') walk(one.additionalProperties, below('*'), above);
    if (!one.anyOf && one.type !== 'null') put(at, leafOf(one));
  };
  walk(schema, '', []);
  return new Map([...fields].map(([at, types]) => [at, [...types].join('|')]));
}

/** `A|B`, a type, or `unknown` for whatever there may be. */
function leafOf(schema: JsonSchema): string {
  // Whoever says nothing may say null.
  const types = [schema.type ?? 'unknown'].flat().filter((type) => type !== 'null');
  return schema.enum?.join('|') ?? schema.const ?? types.join('|');
}
