/**
 * A source file as the tidy rules see it: its path in the repository, its text and its syntax tree.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseAst } from 'vitest/node';

/** A node of the syntax tree; every further field is reached through `childrenOf` or by name. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: SyntaxNode;
}

/** An import, export-from, dynamic import or `new URL('./x', import.meta.url)` of one file. */
export interface Reference {
  readonly specifier: string;
  /** The repository path it leads to, when it is relative. */
  readonly target: string | undefined;
  /** Only types cross: nothing is left of it at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

export const repositoryRoot = new URL('../..', import.meta.url).pathname;

/** Parses text as if it stood in the repository at `path`. */
export function sourceFile(path: string, text: string): SourceFile {
  const lang = path.endsWith('.ts') ? 'ts' : 'js';
  return { path, text, tree: parseAst(text, { lang }) as unknown as SyntaxNode };
}

/** Every file below the folders with one of the extensions, in a stable order. */
export function filesBelow(folders: readonly string[], extensions: readonly string[]): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(repositoryRoot, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (extensions.some((extension) => entry.name.endsWith(extension))) found.push(path);
    }
  };
  const atRoot = new Set(readdirSync(repositoryRoot));
  for (const folder of folders) if (atRoot.has(folder)) visit(folder);
  return found.sort();
}

export function readSource(path: string): SourceFile {
  return sourceFile(path, readFileSync(join(repositoryRoot, path), 'utf8'));
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []));
}

/** Calls `see` for the node and everything below it; a node for which `see` answers false is not entered. */
export function walk(node: SyntaxNode, see: (node: SyntaxNode) => boolean | void): void {
  if (see(node) === false) return;
  for (const child of childrenOf(node)) walk(child, see);
}

/** From 1. */
export function lineOf(file: SourceFile, offset: number): number {
  let line = 1;
  for (let at = file.text.indexOf('\n'); at !== -1 && at < offset; at = file.text.indexOf('\n', at + 1)) line++;
  return line;
}

const codeOfFile = new WeakMap<SourceFile, readonly boolean[]>();

/** For each line whether it holds more than blanks and comments. */
function linesWithCode(file: SourceFile): readonly boolean[] {
  const known = codeOfFile.get(file);
  if (known) return known;
  const masked = file.text.split('');
  walk(file.tree, (node) => {
    if (node.type !== 'Literal' && node.type !== 'TemplateElement') return;
    for (let at = node.start; at < node.end; at++) if (masked[at] !== '\n') masked[at] = 'x';
  });
  const code = masked.join('').replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).replace(/\/\/.*/g, '');
  const found = code.split('\n').map((line) => line.trim() !== '');
  codeOfFile.set(file, found);
  return found;
}

/** How many of the lines between two offsets hold more than blanks and comments. */
export function codeLines(file: SourceFile, start = 0, end = file.text.length): number {
  return linesWithCode(file).slice(lineOf(file, start) - 1, lineOf(file, end)).filter(Boolean).length;
}

export function referencesOf(file: SourceFile): Reference[] {
  const references: Reference[] = [];
  const add = (node: SyntaxNode, specifier: unknown, typeOnly: boolean): void => {
    if (!isNode(specifier) || typeof specifier['value'] !== 'string') return;
    const text = specifier['value'];
    const target = text.startsWith('.') ? posix.join(dirname(file.path), text).replace(/\.js$/, '.ts') : undefined;
    references.push({ specifier: text, target, typeOnly, line: lineOf(file, node.start) });
  };
  const addWorker = (node: SyntaxNode, path: unknown): void => {
    if (isNode(path) && /^\.{1,2}\/.*\.[jt]s$/.test(String(path['value']))) add(node, path, false);
  };
  walk(file.tree, (node) => {
    if (node.type === 'ImportDeclaration') add(node, node['source'], isTypeOnly(node, 'importKind'));
    if (node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration') add(node, node['source'], isTypeOnly(node, 'exportKind'));
    if (node.type === 'ImportExpression') add(node, node['source'], false);
    if (node.type === 'TSImportType') add(node, node['source'] ?? node['argument'], true);
    if (node.type === 'NewExpression' && nameOf(node['callee']) === 'URL') addWorker(node, (node['arguments'] as unknown[])[0]);
  });
  return references;
}

function isTypeOnly(node: SyntaxNode, kind: 'importKind' | 'exportKind'): boolean {
  const specifiers = node['specifiers'] as SyntaxNode[] | undefined;
  return node[kind] === 'type' || (specifiers !== undefined && specifiers.length > 0 && specifiers.every((specifier) => specifier[kind] === 'type'));
}

/** `a` for an identifier, `a.b` for a member of one, else the empty string. */
export function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  if (node.type === 'Identifier') return String(node['name']);
  if (node.type === 'MemberExpression' && node['computed'] !== true) {
    const object = nameOf(node['object']);
    return object === '' ? '' : `${object}.${nameOf(node['property'])}`;
  }
  return '';
}
