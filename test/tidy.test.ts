/**
 * The house rules as tests, each over the whole repository and each proven by a canary that must be caught.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernels } from './tidy/kernels.js';
import { LAYERS } from './tidy/layers.js';
import * as rules from './tidy/rules.js';
import { filesBelow, readSource, repositoryRoot, sourceFile } from './tidy/source-file.js';

const sources = filesBelow(['src', 'commands', 'jobs'], ['.ts']).map(readSource);
const engine = sources.filter((file) => !file.path.startsWith('jobs/'));
const tools = filesBelow(['bench', 'scripts', 'bin'], ['.ts', '.js']).map(readSource);
const tests = filesBelow(['test'], ['.ts']).map(readSource);
const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...filesBelow(['docs', 'jobs', 'bench'], ['.md'])];

/** One rule over the repository, and the smallest text that breaks it. */
function rule(title: string, breaches: () => string[], canary: () => string[], caught: RegExp): void {
  describe(title, () => {
    it('holds everywhere', () => expect(breaches()).toEqual([]));
    it('is noticed when broken', () => expect(canary().join('\n')).toMatch(caught));
  });
}

rule(
  'imports point from high to low',
  () => sources.flatMap(rules.layering),
  () => rules.layering(sourceFile('src/core/x.ts', `import { a } from '../graph/y.js';`)),
  /src\/core\/x\.ts:1: src\/core may not import src\/graph\/y\.ts/,
);
rule(
  'a job that ships imports only the public surface',
  () => sources.filter((file) => file.path.startsWith('jobs/')).flatMap(rules.layering),
  () => rules.layering(sourceFile('jobs/x.ts', `import { a } from '../src/core/y.js';`)),
  /imports 'flink-ts' and files beside it only/,
);
rule(
  'schemas are made of zod/mini',
  () => sources.flatMap(rules.smallZod),
  () => rules.smallZod(sourceFile('src/core/x.ts', `import { z } from 'zod';\nimport * as m from 'zod/mini';`)),
  /^src\/core\/x\.ts:1: imports zod\.[^\n]*$/,
);
rule(
  'no import cycles',
  () => rules.cycles(engine),
  () => rules.cycles([sourceFile('src/core/a.ts', `import { b } from './b.js'; export const a = b;`), sourceFile('src/core/b.ts', `export { a as b } from './a.js';`)]),
  /src\/core\/a\.ts → src\/core\/b\.ts → src\/core\/a\.ts/,
);
rule(
  'every source file is used',
  () => rules.orphans(engine),
  () => rules.orphans([sourceFile('src/core/lonely.ts', '')]),
  /src\/core\/lonely\.ts: nothing that ships imports it/,
);
rule(
  `no file holds more than ${rules.FILE_LINES_MAX} lines of code`,
  () => [...sources, ...tools].flatMap(rules.fileLength),
  () => rules.fileLength(sourceFile('src/core/x.ts', `// words\n${'export {};\n'.repeat(rules.FILE_LINES_MAX + 1)}`)),
  /401 lines of code/,
);
rule(
  `no function holds more than ${rules.FUNCTION_LINES_MAX} lines of code`,
  () => [...sources, ...tools].flatMap(rules.functionLength),
  () => rules.functionLength(sourceFile('src/core/x.ts', `const f = () => {\n// no code\n${'g("//");\n'.repeat(rules.FUNCTION_LINES_MAX)}};`)),
  /x\.ts:1: a function of 72 lines/,
);
rule(
  'every file opens by saying what it is',
  () => [...sources, ...tools].flatMap(rules.moduleHeader),
  () => rules.moduleHeader(sourceFile('src/core/x.ts', `/** Things. */\nexport {};`)),
  /does not say what it is/,
);
rule(
  'files are named for what they hold',
  () => [...sources, ...tools].flatMap((file) => rules.fileName(file.path)),
  () => ['src/a/task-manager-worker.ts', 'src/a/slot-manager.ts', 'src/a/Word.ts'].flatMap(rules.fileName),
  /^src\/a\/slot-manager\.ts: 'manager' names a pattern.*\nsrc\/a\/Word\.ts: file names are lower case/,
);
rule(
  'no exported signature says any',
  () => engine.flatMap(rules.exportedAny),
  () => rules.exportedAny(sourceFile('src/core/x.ts', `export class A { private p: any; m(): void { const x: any = 1; } }\nexport const f = (x: any): void => {};`)),
  /^src\/core\/x\.ts:2: 'any' in what the file exports[^\n]*$/,
);
rule(
  'time, randomness and printing go through their one door',
  () => engine.flatMap(rules.bannedCalls),
  () => rules.bannedCalls(sourceFile('src/graph/x.ts', [
    'Date.now();', 'Math.random();', 'setTimeout(f, 1);', 'new Date();', 'performance.now();', 'setImmediate(f);', 'console.log(1);', 'debugger;',
    `import { setTimeout as sleep } from 'node:timers/promises';`, 'new Date(0); clock.now(); shapes.Date();',
  ].join('\n'))),
  /x\.ts:1: (.|\n)*x\.ts:2: (.|\n)*x\.ts:3: (.|\n)*x\.ts:4: (.|\n)*x\.ts:5: (.|\n)*x\.ts:6: (.|\n)*x\.ts:7: (.|\n)*x\.ts:8: (.|\n)*x\.ts:9: [^\n]*$/,
);
rule(
  'a kernel refers to nothing but its parameters',
  () => engine.flatMap(kernels),
  () => kernels(sourceFile('src/operators/x.ts', [
    'const LIMIT = 1;',
    'export function goodKernel(emit: Emit, { a, b: [c] }: Deps, ...rest: number[]) { let n = 0; return (value: Kind) => { n += rest.length; if (n < Math.max(a, c)) emit({ value, LIMIT: value.LIMIT } as Out); }; }',
    'export const badKernel = (emit: Emit) => (value: number) => emit(value < LIMIT ? { LIMIT } : helper(value));',
  ].join('\n'))),
  /^src\/operators\/x\.ts:3: badKernel refers to 'LIMIT'.*\nsrc\/operators\/x\.ts:3: badKernel refers to 'helper'[^\n]*$/,
);
rule(
  'nothing unfinished is left behind',
  () => [...sources, ...tools, ...tests].flatMap(rules.leftovers),
  () => rules.leftovers(sourceFile('src/core/x.ts', `// ${['TO', 'DO'].join('')}: later`)),
  /x\.ts:1: 'T.DO'/,
);
rule(
  'every test runs',
  () => tests.flatMap(rules.skippedTests),
  () => rules.skippedTests(sourceFile('test/x.test.ts', `it.${'skip'}('a', f); it.each([1]).${'only'}('b', f); describe.${'only'}.each([1])('c', f); it('d', f);`)),
  /it\.skip (.|\n)*it\.each\.only (.|\n)*describe\.only\.each /,
);
rule(
  'every page has one title and no gap in its headings',
  () => pages.flatMap((page) => rules.oneTitle(page, readPage(page)!)),
  () => [...rules.oneTitle('docs/x.md', '# A\n# B\n'), ...rules.oneTitle('docs/y.md', '# A\n```sh\n# no\n```\n### C\n')],
  /docs\/x\.md: 2 titles(.|\n)*docs\/y\.md: heading 2/,
);

rule(
  'links between pages lead somewhere',
  () => pages.flatMap((page) => rules.deadLinks(page, readPage(page)!, readPage)),
  () => rules.deadLinks('docs/x.md', '[a](y.md) [b](x.md#one-two) [c](#three) [d](https://example.org)\n## One: two!', (path) => (path === 'docs/x.md' ? '## One: two!' : undefined)),
  /^docs\/x\.md: links to docs\/y\.md[^\n]*\ndocs\/x\.md: docs\/x\.md has no heading for #three[^\n]*$/,
);
rule(
  'test/ mirrors src/',
  () => tests.flatMap((file) => rules.mirrored(file.path, new Set(engine.flatMap((source) => [dirname(source.path), dirname(dirname(source.path))])))),
  () => ['test/nowhere/x.test.ts', 'test/graph/x.test.ts'].flatMap((path) => rules.mirrored(path, new Set(['src/graph']))),
  /^test\/nowhere\/x\.test\.ts: there is no src\/nowhere[^\n]*$/,
);

function readPage(path: string): string | undefined {
  const full = join(repositoryRoot, path);
  return existsSync(full) ? (path.endsWith('.md') ? readFileSync(full, 'utf8') : '') : undefined;
}

describe('the architecture page', () => {
  it('names every folder of src/', () => {
    const page = readPage('docs/architecture.md') ?? '';
    const folders = new Set(engine.flatMap(({ path }) => /^src\/[^/]+(?=\/)/.exec(path) ?? []));
    expect([...folders].filter((folder) => !page.includes(folder))).toEqual([]);
  });
});

describe('the layering table', () => {
  it('names only what may exist: rows and files of src/, commands/ and jobs/', () => {
    const known = new Set(LAYERS.map((layer) => layer.path));
    const unknown = LAYERS.flatMap((layer) => layer.mayImport.filter((path) => !known.has(path) && !path.endsWith('.ts')));
    expect(unknown).toEqual([]);
  });

  it('holds no arrow both ways between two folders', () => {
    const both = LAYERS.flatMap((a) => LAYERS.filter((b) => a !== b && a.mayImport.includes(b.path) && b.mayImport.includes(a.path)).map((b) => `${a.path} ⇄ ${b.path}`));
    expect(both).toEqual([]);
  });
});
