/**
 * Every example of the pages passes the strict type check as it stands: what the API infers is part of what it promises.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as flinkTs from 'flink-ts';
import { expect, it } from 'vitest';
import { repository } from '../jobs/flink.js';
import { examplesOf, program, testsOf } from './example.js';

const PAGES = [
  'docs/operators.md', 'docs/time.md', 'docs/windows.md', 'docs/joins.md', 'docs/state.md', 'docs/process-functions.md', 'docs/checkpoints.md', 'docs/failure-handling.md', 'docs/connectors.md', 'docs/from-flink.md',
  'README.md',
];

it('the examples of the pages pass the strict type check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'example-types-'));
  try {
    for (const page of PAGES) {
      for (const [index, example] of examplesOf(page).entries()) {
        const name = `${page.replaceAll(/\W/g, '-')}-${index}.ts`;
        writeFileSync(join(folder, name), program(example, Object.keys(flinkTs)));
      }
    }
    for (const [index, { code }] of testsOf('docs/testing.md').entries()) writeFileSync(join(folder, `docs-testing-${index}.ts`), code);
    const compilerOptions = {
      target: 'ES2023', lib: ['ES2023', 'ES2024.SharedMemory'], module: 'NodeNext', moduleDetection: 'force', strict: true, noUncheckedIndexedAccess: true, skipLibCheck: true, noEmit: true,
      typeRoots: [join(repository, 'node_modules/@types')], types: ['node'], paths: {
        'flink-ts': [join(repository, 'dist/types/src/index.d.ts')],
        'flink-ts/testing': [join(repository, 'dist/types/src/testing/index.d.ts')],
        vitest: [join(repository, 'node_modules/vitest/dist/index.d.ts')],
      },
    };
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const { stdout, status } = spawnSync(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
