import { existsSync, mkdirSync, readFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bundle, bundleJob } from '../../src/client/bundle-job.js';
import { findJobFile } from '../../src/client/job-file.js';
import { createRunFolder } from '../../src/client/run-folder.js';
import { UserSources } from '../../src/client/user-stack.js';
import type { FlinkError } from '../../src/core/errors.js';

let folder: string;
beforeEach(() => void (folder = realpathSync(mkdtempSync(join(tmpdir(), 'flink-test-')))));
afterEach(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): void => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const bundle = (name = 'job.ts', portable = false): Promise<Bundle> => bundleJob({ job: findJobFile(name, folder), target: join(folder, 'out/job.mjs'), portable });
const refusal = async (name = 'job.ts'): Promise<FlinkError> => (await bundle(name).catch((error: unknown) => error)) as FlinkError;
const load = async (made: Bundle): Promise<Record<string, unknown>> => {
  file('out/job.mjs', made.code);
  return (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'out/job.mjs')).href)) as Record<string, unknown>;
};

describe('a bundle of a job', () => {
  it('holds what the job imports, CommonJS and JSON included, and leaves out Node and the engine', async () => {
    file('job.ts', `import { a } from './lib/a.js'; import b from './b.cjs'; import c from './c.json'; import { join } from 'node:path';\nexport const all: string = join(a, b.b, c.c); export const engine = () => import('flink-ts');`);
    file('lib/a.ts', `export const a = 'a' as const;`);
    file('b.cjs', `const { sep } = require('path'); module.exports = { b: 'b' + sep };`);
    file('c.json', `{"c": "c"}`);
    const made = await bundle();
    expect(made.code).toContain('import("flink-ts")');
    expect((await load(made))['all']).toBe(join('a', 'b', 'c'));
  });

  it('is the same for the same sources, and its hash tells', async () => {
    file('job.ts', 'export const a = 1;');
    const [first, second] = [await bundle(), await bundle()];
    expect(second).toEqual(first);
    file('job.ts', 'export const a = 2;');
    expect((await bundle()).hash).not.toBe(first.hash);
  });

  it('knows where the job lies, unless it is to be moved', async () => {
    file('job.ts', `export const places = [import.meta.url, __filename, __dirname];`);
    expect((await load(await bundle()))['places']).toEqual([pathToFileURL(join(folder, 'job.ts')).href, join(folder, 'job.ts'), folder]);
    expect((await bundle('job.ts', true)).code).not.toContain(JSON.stringify(folder));
  });

  it.each(['job.cjs', 'job.ts', 'job.js'])('takes the job file for the main module, and no other: %s', async (name) => {
    file(name, `const tool = require('./tool.cjs'); if (require.main === module) module.exports = { tool, line: new Error().stack };`);
    file('tool.cjs', `module.exports = require.main === module;`);
    const loaded = (await load(await bundle(name)))['default'] as { tool: boolean; line: string };
    expect(loaded.tool).toBe(false);
    expect(loaded.line).toContain('job.mjs');
  });

  it('has import.meta.main true in the job file, and in no other', async () => {
    file('ünder [1]/job.mts', `import { tool } from './tool.mjs'; export const mains = [import.meta.main, tool === true];`);
    file('ünder [1]/tool.mjs', `export const tool = import.meta.main;`);
    expect((await load(await bundle('ünder [1]/job.mts')))['mains']).toEqual([true, false]);
  });

  it('does not clash with names the job uses itself', async () => {
    file('job.ts', `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __dirname = 'mine'; export const all = [typeof require('node:fs').readFileSync, __dirname];`);
    expect((await load(await bundle()))['all']).toEqual(['function', 'mine']);
  });

  it('injects no calls into the functions of the job', async () => {
    file('job.ts', `export const f = (): number => { const g = (): number => 1; return g(); };`);
    expect((await bundle()).code).not.toContain('__name');
  });

  it('that is one already is taken as it is', async () => {
    file('job.ts', 'export const a = 1;');
    const made = await bundle('job.ts', true);
    file('made.mjs', made.code);
    expect((await bundle('made.mjs')).code).toBe(made.code);
  });
});

describe('a job that does not compile', () => {
  it('is told with file, line, column and the line itself', async () => {
    file('job.ts', 'const a = 1;\n  const b = = 2;\n');
    expect(await refusal()).toMatchObject({ code: 'JOB_COMPILE', message: expect.stringMatching(/job\.ts does not compile: Unexpected "="/), location: { line: 2, column: 13, text: '  const b = = 2;' } });
  });

  it('for a missing package says which import in which file, and what to install', async () => {
    file('job.ts', `import './lib/a.js';`);
    file('lib/a.ts', `import x from '@scope/thing/deep';\nexport default x;`);
    expect(await refusal()).toMatchObject({ message: expect.stringMatching(/lib\/a\.ts imports "@scope\/thing\/deep", which cannot be found/), hint: expect.stringContaining('npm install @scope/thing`'), location: { line: 1 } });
  });

  it('for a missing file suggests the nearest', async () => {
    file('job.ts', `import './parse-lines.js';`);
    file('parse-line.ts', '');
    expect(await refusal()).toMatchObject({ hint: expect.stringContaining('./parse-line.ts') });
  });

  it('for a part of the engine that does not exist says which there are', async () => {
    file('job.ts', `import 'flink-ts/runtime';`);
    expect(await refusal()).toMatchObject({ message: expect.stringContaining('"flink-ts/runtime" is no entry of flink-ts; it has flink-ts and flink-ts/testing') });
  });
});

describe("a job author's place in a stack", () => {
  const run = async (code: string): Promise<{ stack: string; sources: UserSources }> => {
    file('job.ts', code);
    const made = await bundle();
    file('out/job.mjs', made.code);
    const url = pathToFileURL(join(folder, 'out/job.mjs')).href;
    const job = (await import(/* @vite-ignore */ `${url}?instance=3`)) as { fail(): void };
    try {
      job.fail();
    } catch (error) {
      return { stack: (error as Error).stack!, sources: new UserSources(url, join(folder, 'out'), folder) };
    }
    throw new Error('did not fail');
  };

  it('is the line of the source, with its text', async () => {
    const { stack, sources } = await run(`interface A { b: { c: number } }\n\nexport function fail(): number {\n  return ({} as A).b.c;\n}\n`);
    expect(await sources.locate(stack)).toEqual({ file: 'job.ts', line: 4, column: 22, text: '  return ({} as A).b.c;' });
    expect(await sources.rewrite(stack)).toMatch(/at (Module\.)?fail \(job\.ts:4:22\)/);
  });

  it('names folders and files as they are written', async () => {
    file('jöbs/50% #1.ts', `export function fail(): never {\n  throw new Error('x');\n}`);
    const { sources } = await run(`export { fail } from './jöbs/50% #1.js';`);
    const bundled = join(folder, 'out/job.mjs');
    const line = readFileSync(bundled, 'utf8').split('\n').findIndex((text) => text.includes('throw new')) + 1;
    expect(await sources.locate(`at fail (${pathToFileURL(bundled).href}:${line}:3)`)).toMatchObject({ file: 'jöbs/50% #1.ts', line: 2 });
  });

  it('passes over packages when the job has a frame of its own', async () => {
    file('node_modules/thrower/package.json', '{"main": "index.js", "type": "module"}');
    file('node_modules/thrower/index.js', `export function toss() {\n  throw new Error('x');\n}`);
    const { stack, sources } = await run(`import { toss } from 'thrower';\nexport const fail = (): void =>\n  toss();`);
    expect(await sources.locate(stack)).toMatchObject({ file: 'job.ts', line: 3 });
  });

  it('is nothing when the stack has none', async () => {
    const { sources } = await run(`export const fail = (): void => { throw new Error('x'); };`);
    expect(await sources.locate(new Error('elsewhere').stack!.replaceAll(folder, '/other'))).toBeUndefined();
    expect(await sources.locate('no stack at all')).toBeUndefined();
  });
});

describe('the folder of a run', () => {
  it('lets a bundle find the running installation, and goes', async () => {
    const made = createRunFolder(join(folder, 'runs'));
    writeFileSync(join(made.path, 'job.mjs'), `export const found = import.meta.resolve('flink-ts/package.json');`);
    const { found } = (await import(/* @vite-ignore */ pathToFileURL(join(made.path, 'job.mjs')).href)) as { found: string };
    expect(found).toBe(pathToFileURL(realpathSync('package.json')).href);
    made.remove();
    expect(existsSync(made.path)).toBe(false);
  });
});
