// Bundles the simulation of jobs that are made to fail, and runs it: npm run simulate -- --runs 100000 --seed 1
import { build } from 'esbuild';
import { rmSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
const outfile = `${root}dist/simulate-${process.pid}.mjs`;
await build({
  absWorkingDir: root,
  entryPoints: ['test/simulation/recovery/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  external: ['esbuild', 'level', 'classic-level'],
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
});
process.setSourceMapsEnabled(true);
try {
  await import(outfile);
} finally {
  rmSync(outfile, { force: true });
}
