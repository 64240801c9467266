/**
 * What the compiler infers in the jobs that ship: no lambda that a stream is given says its types, and every one of its
 * parameters has a type all the same. (A collector may: what goes into it is nowhere else to be read.)
 *
 * The second half is put to the compiler itself: in a copy of each job every lambda begins with a call that takes no
 * value of type `any` or `unknown`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNode, nameOf, readSource, sourceFile, type SourceFile, type SyntaxNode, walk } from '../tidy/source-file.js';
import { repository } from './flink.js';

const JOBS = readdirSync(join(repository, 'jobs')).filter((name) => name.endsWith('.ts'));

/** The lambdas among the arguments of calls, also inside of object literals. */
function lambdasOf(file: SourceFile): SyntaxNode[] {
  const lambdas: SyntaxNode[] = [];
  const given = (value: unknown): void => {
    if (!isNode(value)) return;
    if (value.type === 'ArrowFunctionExpression') lambdas.push(value);
    if (value.type === 'ObjectExpression') for (const property of value['properties'] as SyntaxNode[]) given(property['value']);
  };
  walk(file.tree, (node) => {
    if (node.type === 'CallExpression' || node.type === 'NewExpression') for (const argument of node['arguments'] as unknown[]) given(argument);
  });
  return lambdas;
}

const parametersOf = (lambda: SyntaxNode): SyntaxNode[] => lambda['params'] as SyntaxNode[];

/** The names that a parameter binds. */
function boundIn(pattern: SyntaxNode): string[] {
  if (pattern.type === 'Identifier') return [nameOf(pattern)];
  const inside = [pattern['elements'], pattern['properties'], pattern['left'], pattern['argument'], pattern.type === 'Property' ? pattern['value'] : undefined].flat();
  return inside.filter(isNode).flatMap(boundIn);
}

/** Parameters of lambdas that say their type, but for collectors. */
function annotatedIn(file: SourceFile): string[] {
  return lambdasOf(file).flatMap(parametersOf)
    .filter((parameter) => isNode(parameter['typeAnnotation']) && !/^: Collector<.*>$/s.test(file.text.slice(parameter['typeAnnotation'].start, parameter['typeAnnotation'].end)))
    .map((parameter) => file.text.slice(parameter.start, parameter.end));
}

/** The job, asking of every parameter of its lambdas that its type is known. */
function asking(file: SourceFile): string {
  const inserts: [at: number, text: string][] = [];
  for (const lambda of lambdasOf(file)) {
    const names = parametersOf(lambda).flatMap(boundIn).filter((name) => !name.startsWith('_'));
    const body = lambda['body'];
    if (names.length === 0 || !isNode(body)) continue;
    const call = `known(${names.join(', ')})`;
    if (body.type === 'BlockStatement') inserts.push([body.start + 1, ` ${call};`]);
    else inserts.push([body.start, `(${call}, (`], [body.end, '))']);
  }
  let text = file.text;
  for (const [at, insert] of inserts.sort(([a], [b]) => b - a)) text = text.slice(0, at) + insert + text.slice(at);
  return `${text}\ntype Known<T> = { [I in keyof T]: unknown extends T[I] ? never : T[I] };\nfunction known<T extends unknown[]>(..._values: T & Known<T>): void {}\n`;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'job-types-'));
  const compilerOptions = {
    target: 'ES2023', lib: ['ES2023', 'ES2024.SharedMemory'], module: 'NodeNext', moduleDetection: 'force', strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true, noEmit: true,
    typeRoots: [join(repository, 'node_modules/@types')], types: ['node'], paths: { 'flink-ts': [join(repository, 'dist/types/src/index.d.ts')] },
  };
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
});
afterAll(() => rmSync(folder, { recursive: true }));

function complaints(files: Readonly<Record<string, string>>): string[] {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { stdout } = spawnSync(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' });
  for (const name of Object.keys(files)) rmSync(join(folder, name));
  return stdout.split('\n').filter((line) => line.includes(': error '));
}

describe('the jobs that ship', () => {
  it.each(JOBS)('%s leaves the types of its lambdas to the compiler', (name) => {
    expect(annotatedIn(readSource(`jobs/${name}`))).toEqual([]);
  });

  it('have a type for every parameter of their lambdas', () => {
    expect(complaints(Object.fromEntries(JOBS.map((name) => [name, asking(readSource(`jobs/${name}`))])))).toEqual([]);
  });
});

describe('the check of a job', () => {
  const job = (map: string): string => `import { StreamExecutionEnvironment } from 'flink-ts';\nconst env = StreamExecutionEnvironment.getExecutionEnvironment();\n${map}\n`;

  it('notices an annotation', () => {
    expect(annotatedIn(sourceFile('jobs/annotated.ts', job('env.fromElements(1).map((n: number) => n);')))).toEqual(['n: number']);
  });

  it.each([
    ['any', 'env.fromElements(1 as any).map((n) => n);'],
    ['unknown', 'env.fromElements(1 as unknown).map((n) => { return n; });'],
    ['any inside a pattern', 'env.fromElements({ n: 1 as any }).map(({ n }) => n);'],
  ])('notices a parameter of type %s', (_, map) => {
    expect(complaints({ 'bad.ts': asking(sourceFile('jobs/bad.ts', job(map))) })).toHaveLength(1);
  });

  it('is content with what is known', () => {
    expect(complaints({ 'good.ts': asking(sourceFile('jobs/good.ts', job("env.fromElements([1, 'a'] as [number, string]).flatMap(([n, text]) => [text.repeat(n)]).keyBy((text) => text).countWindow(2).reduce((a, b) => a + b);"))) })).toEqual([]);
  });
});
