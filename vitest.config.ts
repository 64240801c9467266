/**
 * How the tests run. Two projects:
 * - `unit`: pure and in-process tests; they share module instances within a worker, which halves the time.
 * - `process`: tests that start processes, worker threads or whole jobs (everything under the folders listed, and
 *   `*.process.test.ts` anywhere). They get more time and never more than two at once.
 *
 * `it.only` and skipped tests fail the run: a test that does not run proves nothing.
 */
import { defineConfig } from 'vitest/config';

const PROCESS_TESTS = ['test/{commands,jobs,docs,package,bench,crash,ops}/**/*.test.ts', 'test/**/*.process.test.ts'];
/** They take a distribution of Apache Flink, whose folder the variable names. */
const APACHE_TESTS = 'test/apache-flink/**/*.test.ts';

const root = new URL('.', import.meta.url).pathname;
const alias = { 'flink-ts/testing': `${root}src/testing/index.ts`, 'flink-ts': `${root}src/index.ts` };

export default defineConfig({
  resolve: { alias },
  test: {
    allowOnly: false,
    reporters: ['default', './scripts/no-skipped-tests.js'],
    coverage: { include: ['src/**', 'commands/**'] },
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...PROCESS_TESTS, APACHE_TESTS],
          pool: 'threads',
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'process',
          include: [...PROCESS_TESTS, ...(process.env['FLINK_TS_APACHE_FLINK'] ? [APACHE_TESTS] : [])],
          pool: 'threads',
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
