/**
 * A name that a program imports from a module outside of its bundle, which has no such name. Node says so before
 * anything of the program runs, and names no line.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FlinkError } from '../core/errors.js';
import { didYouMean } from '../core/nearest.js';

const SAID = /^The requested module '([^']+)' does not provide an export named '([^']+)'$/;

/** Names of Flink's that are known to be missing as a whole. */
const NOT_YET = /kafka|table|sql|catalog|jdbc|elasticsearch|avro|parquet|protobuf/i;

/** A `JOB_COMPILE` whose stack is the place of the import; undefined for any other error. */
export async function unknownExport(thrown: unknown, bundleUrl: string): Promise<FlinkError | undefined> {
  const [, module, name] = (thrown instanceof SyntaxError && SAID.exec(thrown.message)) || [];
  if (module === undefined || name === undefined) return undefined;
  const hint = didYouMean(name, await exportsOf(module, bundleUrl)) ?? otherHint(name);
  const error = new FlinkError('JOB_COMPILE', `${module} exports no "${name}"`, { hint });
  const place = importOf(name, module, bundleUrl);
  error.stack = `${error.name}: ${error.message}${place === undefined ? '' : `\n    at ${bundleUrl}:${place}`}`;
  return error;
}

function otherHint(name: string): string {
  return NOT_YET.test(name) ? 'There is no such connector, format or API yet.' : 'If it is a type, write `import type`.';
}

async function exportsOf(module: string, bundleUrl: string): Promise<string[]> {
  try {
    const path = createRequire(bundleUrl).resolve(module);
    return Object.keys((await import(path.startsWith('/') ? pathToFileURL(path).href : path)) as object);
  } catch {
    return [];
  }
}

/** Line and column in the bundle, from 1. */
function importOf(name: string, module: string, bundleUrl: string): string | undefined {
  const code = readFileSync(fileURLToPath(bundleUrl), 'utf8');
  for (const { index, 0: statement } of code.matchAll(/^import\b[^;'"]*\bfrom "[^"]+";$/gm)) {
    const at = statement.search(new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`));
    if (at < 0 || !statement.endsWith(`from "${module}";`)) continue;
    const before = code.slice(0, index + at).split('\n');
    return `${before.length}:${before.at(-1)!.length + 1}`;
  }
  return undefined;
}
