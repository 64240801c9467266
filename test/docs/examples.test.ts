/**
 * Every example of the pages prints what the page says.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as flinkTs from 'flink-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flink } from '../jobs/flink.js';
import { examplesOf, lines, program } from './example.js';

describe.each([
  { page: 'README.md', atLeast: 1 },
  { page: 'docs/operators.md', atLeast: 35 },
  { page: 'docs/from-flink.md', atLeast: 1 },
  { page: 'docs/time.md', atLeast: 4 },
  { page: 'docs/connectors.md', atLeast: 3 },
  { page: 'docs/joins.md', atLeast: 4 },
  { page: 'docs/windows.md', atLeast: 8 },
  { page: 'docs/state.md', atLeast: 4 },
  { page: 'docs/process-functions.md', atLeast: 3 },
  { page: 'docs/failure-handling.md', atLeast: 2 },
  { page: 'docs/checkpoints.md', atLeast: 1 },
  { page: 'docs/metrics.md', atLeast: 1 },
])('$page', ({ page, atLeast }) => {
  const examples = examplesOf(page);
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'examples-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has the examples that are run here', () => {
    expect(examples.length).toBeGreaterThanOrEqual(atLeast);
  });

  it.concurrent.each(examples.map((example, index) => ({ ...example, index })))('$heading (example $index) prints what the page says', async (example) => {
    const file = join(folder, `example-${example.index}.ts`);
    writeFileSync(file, program(example, Object.keys(flinkTs)));
    const run = await flink(['run', '-q', file]);
    expect(run.code, run.stderr).toBe(0);
    const printed = lines(run[example.stream]);
    expect(example.unordered ? printed.sort() : printed).toEqual(example.unordered ? [...example.output].sort() : example.output);
  });
});
