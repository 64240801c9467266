/**
 * Turns what the bundler says into one error a job's author can act on: which import in which file, or which line
 * does not parse.
 */
import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import type { Message } from 'esbuild';
import { FlinkError, type SourceLocation } from '../core/errors.js';
import type { JobFile } from './job-file.js';
import { displayPath } from './job-file.js';
import { nearest } from '../core/nearest.js';

const UNRESOLVED = /^Could not resolve "(.*)"/;

/** A `JOB_COMPILE` for a failed build; anything else is passed on as the cause. `folder` is what paths are shown relative to. */
export function compileError(error: unknown, job: JobFile, folder: string): FlinkError {
  const messages = (error as { errors?: Message[] }).errors ?? [];
  const [first] = messages;
  if (!first) return new FlinkError('JOB_COMPILE', `${job.shown} cannot be bundled: ${(error as Error).message}`, { cause: error });
  const location = locationOf(first, folder);
  const more = messages.length > 1 ? ` (and ${messages.length - 1} more)` : '';
  const missing = UNRESOLVED.exec(first.text)?.[1];
  const where = location?.file ?? job.shown;
  const options = location ? { location } : {};
  if (missing === undefined) return new FlinkError('JOB_COMPILE', `${where} does not compile: ${first.text}${more}`, options);
  return new FlinkError('JOB_COMPILE', `${where} imports "${missing}", which cannot be found${more}`, { ...options, hint: hintForImport(missing, resolve(folder, where)) });
}

function locationOf({ location }: Message, folder: string): SourceLocation | undefined {
  if (!location) return undefined;
  return { file: displayPath(resolve(location.file), folder), line: location.line, column: location.column + 1, text: location.lineText };
}

function hintForImport(specifier: string, importer: string): string {
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const wanted = resolve(dirname(importer), specifier);
    const near = nearest(basename(wanted), namesIn(dirname(wanted)), 2).map((name) => join(dirname(specifier), name)).map((name) => (name.startsWith('.') ? name : `./${name}`));
    return near.length > 0 ? `Did you mean "${near.join('" or "')}"?` : `No file ${wanted} exists.`;
  }
  const packageName = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
  const [builtin] = nearest(specifier, builtinModules);
  const builtinHint = builtin === undefined ? '' : ` Or did you mean Node's own "node:${builtin}"?`;
  return `Run \`npm install ${packageName}\` in the job's folder.${builtinHint}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
