/**
 * Examples in the pages: a `ts` block and the next `text` block, which is what it prints. A block without imports is the
 * middle of a program; what every program begins and ends with is put around it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../jobs/flink.js';

export interface Example {
  /** The heading it stands under. */
  readonly heading: string;
  readonly code: string;
  readonly output: readonly string[];
  /** `text unordered`: the lines come in any order. */
  readonly unordered: boolean;
  /** `text stderr`: on standard error, where a program's own `console.log` goes. */
  readonly stream: 'stdout' | 'stderr';
}

/** Every example of a page, in order. */
export function examplesOf(page: string): Example[] {
  const text = readFileSync(join(repository, page), 'utf8');
  const blocks = text.matchAll(/^```ts\n([\s\S]*?)^```\n(?:(?!```|#).*\n)*```text( unordered| stderr)?\n([\s\S]*?)^```$/gm);
  return [...blocks].map((block) => {
    const heading = text.slice(0, block.index).match(/^#+ .*$/gm)?.at(-1) ?? page;
    return { heading: heading.replace(/^#+ /, ''), code: block[1] ?? '', output: lines(block[3] ?? ''), unordered: block[2] === ' unordered', stream: block[2] === ' stderr' ? 'stderr' : 'stdout' };
  });
}

/** The whole files of tests on a page: its blocks that import vitest. */
export function testsOf(page: string): { readonly heading: string; readonly code: string }[] {
  const text = readFileSync(join(repository, page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
    .map((block) => ({ heading: (text.slice(0, block.index).match(/^#+ .*$/gm)?.at(-1) ?? page).replace(/^#+ /, ''), code: block[1] ?? '' }))
    .filter(({ code }) => code.includes("from 'vitest'"));
}

export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Types that examples may name; at run time nothing is left of them. */
const TYPES = [
  'Collector', 'Counter', 'KeyedBroadcastContext', 'KeyedBroadcastReadOnlyContext', 'KeyedProcessContext', 'ListState', 'MetricHistogram', 'OnTimerContext', 'OperatorDefinition', 'ReducingState', 'ResultFuture', 'ValueState',
];

/** A whole program; `exported` are the names that `flink-ts` has. */
export function program({ code }: Example, exported: readonly string[]): string {
  if (/^import /m.test(code)) return code;
  const used = [...exported, ...TYPES].filter((name) => name !== 'StreamExecutionEnvironment' && new RegExp(`\\b${name}\\b`).test(code));
  const imported = ['StreamExecutionEnvironment', ...used].map((name) => (TYPES.includes(name) ? `type ${name}` : name));
  return [
    `import { ${imported.join(', ')} } from 'flink-ts';`,
    'const env = StreamExecutionEnvironment.getExecutionEnvironment();',
    code,
    `await env.execute('example');`,
  ].join('\n');
}
