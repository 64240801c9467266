/**
 * What the parameters of paths are, for the document and for those who ask: ids have 32 hexadecimal digits, numbers are whole
 * ones from 0. What is neither is a bad request, as in Flink; what is not there is another matter.
 */
import { RestError } from './rest-error.js';

const ID = { pattern: /^[0-9a-f]{32}$/, schema: { type: 'string', pattern: '^[0-9a-f]{32}$' }, expected: '32 hexadecimal digits' };
const WHOLE = { pattern: /^\d{1,15}$/, schema: { type: 'integer', minimum: 0 }, expected: 'a whole number from 0' };

/** The others are text. */
const KINDS: Readonly<Record<string, typeof ID | typeof WHOLE>> = { jobid: ID, vertexid: ID, triggerid: ID, datasetid: ID, subtaskindex: WHOLE, attempt: WHOLE, checkpointid: WHOLE };
/** Those have words of their own. */
const CHECKED_ELSEWHERE: ReadonlySet<string> = new Set(['jobid', 'datasetid']);

/** As OpenAPI says it. */
export function schemaOfParameter(name: string): object {
  return KINDS[name]?.schema ?? { type: 'string' };
}

/** @throws RestError 400 for what cannot be one. @param valueOf by name, decoded. */
export function checkParameters(path: string, valueOf: (name: string) => string | undefined): void {
  for (const [, name] of path.matchAll(/:(\w+)/g)) {
    const kind = CHECKED_ELSEWHERE.has(name!) ? undefined : KINDS[name!];
    const value = valueOf(name!);
    if (kind && value !== undefined && !kind.pattern.test(value)) throw new RestError(400, `Bad request: ${name}: expected ${kind.expected}; "${value}" came.`);
  }
}
