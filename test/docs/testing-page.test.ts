/**
 * The tests that the page of testing shows, run as they stand there.
 */
import { transformSync } from 'esbuild';
import * as flinkTs from 'flink-ts';
import * as testing from 'flink-ts/testing';
import * as vitest from 'vitest';
import { testsOf } from './example.js';

const { describe, expect, it } = vitest;

const MODULES: Readonly<Record<string, unknown>> = { vitest, 'flink-ts': flinkTs, 'flink-ts/testing': testing };
const examples = testsOf('docs/testing.md');

it('shows the tests that are run here', () => {
  expect(examples.length).toBeGreaterThanOrEqual(6);
});

describe.each(examples)('$heading', ({ code }) => {
  const script = transformSync(code, { loader: 'ts', format: 'cjs', target: 'node20' }).code;
  const require = (name: string): unknown => MODULES[name];
  // oxlint-disable-next-line no-new-func -- the page is ours, and its tests are to be found while this file is collected.
  new Function('require', 'module', script)(require, {});
});
