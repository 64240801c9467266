/**
 * Makes one module of a job and everything it imports, so that each TaskManager can load it from anywhere.
 *
 * Invariants:
 * - `flink-ts` stays outside and is found through the run folder, so job and engine share one instance.
 * - The same sources give the same bytes; their hash is the job's identity.
 * - Names are not kept by injected calls (`keepNames`): a user function that declares functions would pay for them
 *   once a record. Positions in the sources come from the source map.
 */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Esbuild from 'esbuild';
import type { BuildOptions, Loader, Plugin } from 'esbuild';
import { compileError } from './compile-error.js';
import { PACKAGE_NAME } from './installation.js';
import { BUNDLE_FORMAT, BUNDLE_MARK, type JobFile } from './job-file.js';

export interface Bundle {
  readonly code: string;
  /** SHA-256 of the code. */
  readonly hash: string;
  /** Paths in the source map are relative to this folder. */
  readonly sourceFolder: string;
  readonly warnings: readonly string[];
  /** Names the module exports; undefined for a job that came as a bundle. */
  readonly exports: readonly string[] | undefined;
  /** Absolute paths of the files it was made of, those of packages left out. */
  readonly inputs: readonly string[];
}

export interface BundleRequest {
  readonly job: JobFile;
  /** The file the code is meant for: source paths are written relative to it. */
  readonly target: string;
  /**
   * Whether the bundle may be moved to another machine. When not, `import.meta.url`, `__filename` and `__dirname`
   * mean the job file, as they would without bundling.
   */
  readonly portable: boolean;
}

/** Throws `JOB_COMPILE` naming file, line and column. A job that is a bundle already is returned as it is. */
export async function bundleJob({ job, target, portable }: BundleRequest): Promise<Bundle> {
  if (job.compiled) return finished({ code: readFileSync(job.path, 'utf8'), sourceFolder: dirname(job.path), warnings: [], exports: undefined, inputs: [job.path] });
  // By require: importing this CommonJS module makes Node scan its text for exports, which takes three times as long.
  const { build } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
  const options = { ...settings(job, target), define: definitions(job, portable) };
  const result = await build(options).catch((error: unknown) => {
    throw compileError(error, job, process.cwd());
  });
  const warnings = result.warnings.map(({ text, location }) => (location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text));
  const { inputs, outputs } = result.metafile;
  return finished({
    code: result.outputFiles[0]?.text ?? '',
    sourceFolder: dirname(target),
    warnings,
    exports: Object.values(outputs).flatMap(({ exports }) => exports),
    inputs: Object.keys(inputs).filter((path) => !path.includes('node_modules/')).map((path) => resolve(path)),
  });
}

function finished(made: Omit<Bundle, 'hash'>): Bundle {
  return { ...made, hash: createHash('sha256').update(made.code).digest('hex') };
}

function settings(job: JobFile, target: string): BuildOptions & { write: false; metafile: true } {
  return {
    entryPoints: [job.path],
    outfile: target,
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    keepNames: false,
    logLevel: 'silent',
    legalComments: 'none',
    banner: { js: banner() },
    plugins: [outside, mainModule(job.path)],
  };
}

/** CommonJS code that was bundled calls `require` for Node's own modules; it is set where no name of the job's can clash. */
function banner(): string {
  return [
    `${BUNDLE_MARK}${BUNDLE_FORMAT}`,
    `import { createRequire as __flinkCreateRequire } from 'node:module';`,
    `globalThis.require ??= __flinkCreateRequire(import.meta.url);`,
  ].join('\n');
}

function definitions(job: JobFile, portable: boolean): Record<string, string> {
  if (portable) return { __filename: 'import.meta.filename', __dirname: 'import.meta.dirname' };
  const [url, file, folder] = [pathToFileURL(job.path).href, job.path, dirname(job.path)].map((value) => JSON.stringify(value)) as [string, string, string];
  return { 'import.meta.url': url, 'import.meta.filename': file, 'import.meta.dirname': folder, __filename: file, __dirname: folder };
}

/** What is not bundled: the engine itself, and compiled addons, which are loaded from where they lie. */
const outside: Plugin = {
  name: 'outside',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^${PACKAGE_NAME}(/.*)?$`) }, ({ path }) => {
      const known = [PACKAGE_NAME, `${PACKAGE_NAME}/testing`, `${PACKAGE_NAME}/package.json`];
      return known.includes(path) ? { path, external: true } : { errors: [{ text: `"${path}" is no entry of ${PACKAGE_NAME}; it has ${known.slice(0, 2).join(' and ')}` }] };
    });
    build.onResolve({ filter: /\.node$/ }, ({ path, resolveDir }) => ({ path: path.startsWith('.') ? join(resolveDir, path) : path, external: true }));
  },
};

/**
 * In the job file, and in no other, `require.main === module` and `import.meta.main` hold, as when Node runs it. What replaces
 * them is as long as they are, so that places in the source stay what they are.
 */
function mainModule(path: string): Plugin {
  return {
    name: 'main-module',
    setup(build) {
      const real = realpathSync(path);
      // The bundler's own expressions: only letters that mean the same in both.
      build.onLoad({ filter: new RegExp(`^${real.replaceAll(/[^\w/]/g, '.+')}$`) }, (file) => {
        const text = file.path === real ? readFileSync(real, 'utf8') : '';
        if (!MAIN.test(text)) return undefined;
        const contents = text.replaceAll(new RegExp(MAIN, 'g'), (found) => (found.startsWith('import') ? 'true' : 'module').padEnd(found.length));
        return { contents, loader: loaderOf(path) };
      });
    },
  };
}

const MAIN = /\b(?:require|import\.meta)\.main\b/;

/** By the name's last letters, as the bundler chooses it. */
function loaderOf(path: string): Loader {
  const extension = extname(path).slice(1);
  return extension.endsWith('x') ? (extension as Loader) : extension.includes('t') ? 'ts' : 'js';
}
