/**
 * The rules of the house. Each takes files and answers with one message a breach: where, what, and how to mend it.
 */
import { dirname, posix } from 'node:path';
import { ENTRY_FILES, layerOf, mayImport } from './layers.js';
import { childrenOf, codeLines, isNode, lineOf, nameOf, referencesOf, walk } from './source-file.js';
import type { SourceFile, SyntaxNode } from './source-file.js';

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 70;

/** Imports follow the table in layers.ts; a job imports `flink-ts`, and files beside it. */
export function layering(file: SourceFile): string[] {
  const layer = layerOf(file.path);
  if (!layer) return [`${file.path}: no row of test/tidy/layers.ts holds this file. Move it to a folder that is there, or add a row saying what the new folder is and what it may import.`];
  return referencesOf(file).flatMap((reference) => {
    const at = `${file.path}:${reference.line}`;
    if (file.path.startsWith('jobs/') && reference.specifier !== 'flink-ts' && !/^(node:|\.\/)/.test(reference.specifier)) {
      return [`${at}: a job that ships imports 'flink-ts' and files beside it only, found '${reference.specifier}'. Export what it needs from src/index.ts.`];
    }
    if (reference.target === undefined || !reference.target.endsWith('.ts') || mayImport(layer, reference.target)) return [];
    return [`${at}: ${layer.path} may not import ${reference.target} (it may import ${layer.mayImport.join(', ') || 'nothing of ours'}). Turn the arrow round: declare what is needed as an interface in ${layer.path} and hand the implementation in from above.`];
  });
}

/** Schemas are made of zod's small build: what one file uses of the full one, the bundler puts into every process and thread. */
export function smallZod(file: SourceFile): string[] {
  return referencesOf(file)
    .filter(({ specifier }) => specifier === 'zod' || (specifier.startsWith('zod/') && specifier !== 'zod/mini'))
    .map(({ specifier, line }) => `${file.path}:${line}: imports ${specifier}. Write \`import * as z from 'zod/mini'\`: the full build is 660 KB larger and takes 30 ms to load, in TaskManagers too.`);
}

/** No file reaches itself through imports that exist at run time. */
export function cycles(files: readonly SourceFile[]): string[] {
  const targets = new Map(files.map((file) => [file.path, referencesOf(file).flatMap(({ target, typeOnly }) => (target && !typeOnly ? [target] : []))]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const from = trail.indexOf(path);
    if (from !== -1) found.push(`import cycle: ${[...trail.slice(from), path].join(' → ')}. Move what both need into a file of its own, or import only the type.`);
    if (from !== -1 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return found;
}

/** Every file under src/ is reached from an entry. */
export function orphans(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const visit = (path: string): void => {
    const file = byPath.get(path);
    if (!file || reached.has(path)) return;
    reached.add(path);
    for (const { target } of referencesOf(file)) if (target) visit(target);
  };
  for (const { path } of files) if (ENTRY_FILES.some((entry) => (typeof entry === 'string' ? entry === path : entry.test(path)))) visit(path);
  return files.filter((file) => !reached.has(file.path)).map((file) => `${file.path}: nothing that ships imports it. Use it, delete it, or, when something outside starts it, list it in ENTRY_FILES of test/tidy/layers.ts.`);
}

export function fileLength(file: SourceFile): string[] {
  const lines = codeLines(file);
  return lines <= FILE_LINES_MAX ? [] : [`${file.path}: ${lines} lines of code, at most ${FILE_LINES_MAX}. Which concept can leave into a file of its own?`];
}

/** A kernel has to hold everything it uses: it counts without the functions inside it, which count for themselves. */
export function functionLength(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.tree, (node) => {
    if (!FUNCTION.test(node.type)) return;
    const inner = nameOf(node['id']).endsWith('Kernel') ? innerFunctions(node) : [];
    const lines = codeLines(file, node.start, node.end) - inner.reduce((sum, each) => sum + codeLines(file, each.start, each.end), 0);
    if (lines > FUNCTION_LINES_MAX) found.push(`${file.path}:${lineOf(file, node.start)}: a function of ${lines} lines, at most ${FUNCTION_LINES_MAX}. Give its steps names of their own.`);
  });
  return found;
}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;

/** The outermost functions inside a function. */
function innerFunctions(outer: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  walk(outer, (node) => {
    if (node === outer || !FUNCTION.test(node.type)) return true;
    found.push(node);
    return false;
  });
  return found;
}

/** A file opens by saying what it is. */
export function moduleHeader(file: SourceFile): string[] {
  const header = /^(?:#!.*\n)?(?:\/\*\*([\s\S]*?)\*\/|((?:\/\/.*\n)+))/.exec(file.text);
  const words = (header?.[1] ?? header?.[2] ?? '').split(/\s+/).filter((word) => /\w/.test(word));
  return words.length >= 4 ? [] : [`${file.path}: does not say what it is. Open it with a comment: what it is for and what must stay true.`];
}

const PATTERN_WORDS = /^(abstract|factory|provider|supplier|wrapper|facade|adapter|delegate|helpers?|manager|impl|utils?)$/;
/** Flink's own nouns. */
const NOUNS_OF_FLINK = /^(task|job)-manager/;

/** Files are named for the concept, not for the pattern. */
export function fileName(path: string): string[] {
  const base = path.slice(path.lastIndexOf('/') + 1).replace(/\.[a-z.]+$/, '').replace(NOUNS_OF_FLINK, '');
  const word = base.split(/[-_.]|(?<=[a-z])(?=[A-Z])/).map((part) => part.toLowerCase()).find((part) => PATTERN_WORDS.test(part));
  const found = word === undefined ? [] : [`${path}: '${word}' names a pattern. Name the file for the thing it holds.`];
  return /[A-Z_]/.test(base) ? [...found, `${path}: file names are lower case with hyphens.`] : found;
}

/** No `any` where others see it: in the signatures of what a file exports. */
export function exportedAny(file: SourceFile): string[] {
  const found: string[] = [];
  const inspect = (node: SyntaxNode): void => walk(node, (inner) => {
    if (inner.type === 'BlockStatement' || inner['accessibility'] === 'private') return false;
    if (inner.type === 'VariableDeclarator' || inner.type === 'PropertyDefinition') {
      for (const part of [inner['id'], inner['typeAnnotation']]) if (isNode(part)) inspect(part);
      if (isNode(inner[inner.type === 'PropertyDefinition' ? 'value' : 'init'])) inspectFunction(inner[inner.type === 'PropertyDefinition' ? 'value' : 'init'] as SyntaxNode);
      return false;
    }
    if (inner.type === 'TSAnyKeyword') found.push(`${file.path}:${lineOf(file, inner.start)}: 'any' in what the file exports. Say the type, make it a type parameter, or use 'unknown'.`);
    return true;
  });
  const inspectFunction = (value: SyntaxNode): void => {
    if (!/Function|ArrowFunction/.test(value.type)) return;
    for (const child of childrenOf(value)) if (child !== value['body']) inspect(child);
  };
  for (const statement of childrenOf(file.tree)) {
    if (statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration') inspect(statement);
  }
  return found;
}

const CLOCK = 'src/core/clock.ts';
const RANDOM = 'src/core/random.ts';
interface BannedCall {
  readonly pattern: RegExp;
  /** Where it may stand. */
  readonly home: RegExp;
  readonly mend: string;
}
const BANNED_CALLS: readonly BannedCall[] = [
  { pattern: /^(globalThis\.)?(Date\.now|Date|performance\.now|process\.hrtime(\.bigint)?)$/, home: /^src\/core\/clock\.ts$/, mend: `Take a Clock (${CLOCK}) and ask it` },
  { pattern: /^(globalThis\.)?(setTimeout|setInterval)$/, home: /^src\/core\/clock\.ts$/, mend: `Use clock.schedule or sleep of ${CLOCK}` },
  { pattern: /^(globalThis\.)?(Math\.random|crypto\.(randomUUID|randomBytes|randomInt|getRandomValues)|randomUUID|randomBytes)$/, home: /^src\/core\/random\.ts$/, mend: `Take a Random (${RANDOM}) and ask it` },
  { pattern: /^(globalThis\.)?setImmediate$/, home: /^src\/(core\/event-loop|cluster\/task-manager-worker)\.ts$/, mend: 'Only the loop of a TaskManager’s thread yields to the event loop: give the work to it, or take an EventLoop (src/core/event-loop.ts)' },
  { pattern: /^console\.\w+$/, home: /^$/, mend: 'Standard output is data and standard error belongs to the client: throw a FlinkError, log through what you were handed, or delete it' },
];
const BANNED_MODULES = /^(node:)?timers(\/promises)?$/;

/** Time, randomness and printing go through their one door. */
export function bannedCalls(file: SourceFile): string[] {
  const found: string[] = [];
  const report = (node: SyntaxNode, what: string, mend: string): void => void found.push(`${file.path}:${lineOf(file, node.start)}: ${what}. ${mend}.`);
  walk(file.tree, (node) => {
    const callee = node.type === 'CallExpression' && isNode(node['callee']) && node['callee'].type === 'Identifier' ? node['callee'] : undefined;
    const name = nameOf(node.type === 'MemberExpression' ? node : callee);
    const ban = BANNED_CALLS.find(({ pattern, home }) => pattern.test(name) && !home.test(file.path));
    if (ban) report(node, name, ban.mend);
    if (node.type === 'NewExpression' && nameOf(node['callee']) === 'Date' && (node['arguments'] as unknown[]).length === 0 && file.path !== CLOCK) {
      report(node, 'new Date() reads the clock', `Take a Clock (${CLOCK}) and ask it`);
    }
    if (node.type === 'DebuggerStatement') report(node, 'debugger', 'Delete it');
  });
  for (const reference of referencesOf(file)) {
    if (BANNED_MODULES.test(reference.specifier)) found.push(`${file.path}:${reference.line}: imports ${reference.specifier}. Use clock.schedule or sleep of ${CLOCK}.`);
  }
  return found;
}

/** Nothing unfinished is left behind. */
export function leftovers(file: SourceFile): string[] {
  return file.text.split('\n').flatMap((line, index) => {
    const mark = /\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b|\b[Nn]ot [i]mplemented\b/.exec(line);
    return mark ? [`${file.path}:${index + 1}: '${mark[0]}'. Do it now, or open an issue and say in the code what is true today.`] : [];
  });
}

const SKIPPING = /^(it|test|describe|suite)\.(.*\.)?(skip|only|todo|fails|skipIf|runIf)(\..*)?$|^(xit|xtest|xdescribe|fit|fdescribe)$/;

/** `it.each.only` for the callee of `it.each([1]).only('title', test)`. */
function chainOf(callee: unknown): string {
  if (!isNode(callee)) return '';
  if (callee.type === 'CallExpression') return chainOf(callee['callee']);
  return callee.type === 'MemberExpression' ? `${chainOf(callee['object'])}.${nameOf(callee['property'])}` : nameOf(callee);
}

/** Every test runs, every time. */
export function skippedTests(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.tree, (node) => {
    if (node.type !== 'CallExpression') return;
    const name = chainOf(node['callee']);
    if (SKIPPING.test(name)) found.push(`${file.path}:${lineOf(file, node.start)}: ${name} keeps tests from running. Make it pass, or delete it.`);
  });
  return found;
}

/** A page has one title, on its first line, and headings go down one step at a time. */
export function oneTitle(path: string, text: string): string[] {
  const headings = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').split('\n').flatMap((line) => /^(#+) /.exec(line)?.[1]?.length ?? []);
  const titles = headings.filter((depth) => depth === 1).length;
  if (titles !== 1) return [`${path}: ${titles} titles, exactly one line starts with '# '.`];
  const jump = headings.findIndex((depth, index) => index > 0 && depth > headings[index - 1]! + 1);
  return jump === -1 ? [] : [`${path}: heading ${jump + 1} goes down more than one step. Close the gap.`];
}

/** Links between pages lead somewhere: to a file that exists and a heading that it has. `read` answers undefined for no file. */
export function deadLinks(path: string, text: string, read: (path: string) => string | undefined): string[] {
  const links = [...text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/\]\((?!\w+:)([^)#\s]*)(#[^)\s]+)?\)/g)];
  return links.flatMap(([, file, anchor]) => {
    const target = file ? posix.join(dirname(path), file) : path;
    const there = read(target);
    if (there === undefined) return [`${path}: links to ${target}, which does not exist. Mend the link or write the page.`];
    const anchors = [...there.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => `#${heading!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')}`);
    return anchor === undefined || anchors.includes(anchor) ? [] : [`${path}: ${target} has no heading for ${anchor}. Mend the link.`];
  });
}

/** Folders of test/ that mirror no folder of src/, with the reason. */
const TESTS_OF_OTHER_THINGS = ['test/commands', 'test/jobs', 'test/docs', 'test/bench', 'test/tidy', 'test/package', 'test/simulation', 'test/crash', 'test/ops', 'test/apache-flink'];

/** Tests are found where their subject is: test/graph for src/graph. */
export function mirrored(path: string, sourceFolders: ReadonlySet<string>): string[] {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (folder === 'test' || TESTS_OF_OTHER_THINGS.some((other) => folder === other || folder.startsWith(`${other}/`))) return [];
  const mirror = folder.replace(/^test/, 'src');
  return sourceFolders.has(mirror) ? [] : [`${path}: there is no ${mirror} that it could be the test of. Move it to the folder that mirrors its subject.`];
}
