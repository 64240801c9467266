/**
 * The rule that lets hot functions be copied by their source text: a kernel refers to nothing but its parameters,
 * what it declares itself and the language's own globals.
 */
import { childrenOf, isNode, lineOf, nameOf, walk } from './source-file.js';
import type { SourceFile, SyntaxNode } from './source-file.js';

const LANGUAGE_GLOBALS = new Set([
  'undefined', 'NaN', 'Infinity', 'Math', 'Number', 'String', 'Boolean', 'BigInt', 'Symbol', 'Object', 'Array', 'Map', 'Set', 'WeakMap', 'Promise', 'Error',
  'TypeError', 'Float64Array', 'Int32Array', 'Uint8Array', 'Uint32Array', 'Atomics', 'Reflect', 'JSON', 'globalThis',
]);
const TYPE_SHELLS = /^TS(As|Satisfies|NonNull|TypeAssertion)/;

/** Functions whose name ends in `Kernel`, wherever they are declared. */
export function kernels(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.tree, (node) => {
    const name = node.type === 'FunctionDeclaration' ? nameOf(node['id']) : node.type === 'VariableDeclarator' && isFunction(node['init']) ? nameOf(node['id']) : '';
    if (!name.endsWith('Kernel')) return;
    const kernel = (node.type === 'FunctionDeclaration' ? node : node['init']) as SyntaxNode;
    const free = [...freeNames(kernel)].filter(([freeName]) => !LANGUAGE_GLOBALS.has(freeName) && freeName !== name);
    for (const [freeName, at] of free) {
      found.push(`${file.path}:${lineOf(file, at)}: ${name} refers to '${freeName}' from outside. A kernel is copied by its source text: hand '${freeName}' in as a parameter.`);
    }
  });
  return found;
}

function isFunction(node: unknown): boolean {
  return isNode(node) && /^(FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

/** Every name used inside and declared nowhere inside, with the place of its first use. */
function freeNames(kernel: SyntaxNode): Map<string, number> {
  const declared = new Set<string>();
  const used = new Map<string, number>();
  const visit = (node: SyntaxNode): void => {
    if (node.type.startsWith('TS') && !TYPE_SHELLS.test(node.type)) return;
    declare(node, declared);
    if (node.type === 'Identifier' && !used.has(nameOf(node))) used.set(nameOf(node), node.start);
    const skipped = node.type === 'MemberExpression' && node['computed'] !== true ? node['property']
      : /^(Property|MethodDefinition|PropertyDefinition)$/.test(node.type) && node['computed'] !== true ? node['key']
      : /^(LabeledStatement|BreakStatement|ContinueStatement)$/.test(node.type) ? node['label'] : undefined;
    for (const child of childrenOf(node)) if (child !== skipped || node['shorthand'] === true) visit(child);
  };
  visit(kernel);
  for (const name of declared) used.delete(name);
  return used;
}

function declare(node: SyntaxNode, into: Set<string>): void {
  if (node.type === 'VariableDeclarator') bind(node['id'], into);
  if (node.type === 'CatchClause') bind(node['param'], into);
  if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') bind(node['id'], into);
  if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) {
    bind(node['id'], into);
    for (const parameter of node['params'] as unknown[]) bind(parameter, into);
  }
}

function bind(pattern: unknown, into: Set<string>): void {
  if (!isNode(pattern)) return;
  if (pattern.type === 'Identifier') into.add(nameOf(pattern));
  else if (pattern.type === 'AssignmentPattern') bind(pattern['left'], into);
  else if (pattern.type === 'RestElement') bind(pattern['argument'], into);
  else if (pattern.type === 'ArrayPattern') for (const element of pattern['elements'] as unknown[]) bind(element, into);
  else if (pattern.type === 'ObjectPattern') for (const property of pattern['properties'] as SyntaxNode[]) bind(property.type === 'Property' ? property['value'] : property, into);
}
