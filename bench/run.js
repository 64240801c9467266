// `npm run bench [-- [filter…] [--quick] [--runs n]]`: runs the cases whose names hold a filter word, prints a table
// a case and writes everything to bench/results/; cases of 20 million keys only run when a word is their whole name. `--quick` takes a fiftieth of the work and one run, to see that the
// cases still work; its numbers mean nothing. Targets are printed beside the results and never fail the run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cases } from './cases.js';
import { runCase } from './harness.js';
import { table } from './table.js';

const { values: options, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, runs: { type: 'string' } },
});

/** Some take many minutes: these want to be named in full. */
const isChosen = ({ name, onlyNamed }) => (onlyNamed ? filters.includes(name) : filters.length === 0 || filters.some((filter) => name.includes(filter)));
const chosen = cases(options.quick ? 0.02 : 1).filter(isChosen);
if (chosen.length === 0) {
  console.error(`no case matches ${filters.join(' ')}; there are: ${cases(1).map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const results = [];
for (const one of chosen) {
  const runs = options.quick ? 1 : Number(options.runs ?? one.runs);
  console.log(`\n${one.name}: ${one.what} (${runs} ${runs === 1 ? 'run' : 'runs'})`);
  const result = await runCase(one, runs, (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`));
  results.push(result);
  console.log(table(result));
}

const folder = fileURLToPath(new URL('results', import.meta.url));
mkdirSync(folder, { recursive: true });
const when = new Date().toISOString();
const file = `${folder}/${when.replaceAll(':', '').slice(0, 17)}.json`;
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memoryBytes: totalmem(), node: process.version, platform: `${process.platform} ${process.arch}` };
writeFileSync(file, `${JSON.stringify({ when, commit: commit(), quick: options.quick, machine, results }, null, 2)}\n`);
console.log(`\nwritten to ${file}`);

function commit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
