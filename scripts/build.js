// Builds the package: the public entry points, the TaskManager's worker and the commands as one set of ES modules
// with shared chunks (so that a job, the client and the engine share one instance of everything), and the types.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const commands = readdirSync(`${root}commands`).filter((file) => file.endsWith('.ts'));

rmSync(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    index: 'src/index.ts',
    testing: 'src/testing/index.ts',
    'task-manager': 'src/cluster/task-manager-worker.ts',
    ...Object.fromEntries(commands.map((file) => [`commands/${file.slice(0, -3)}`, `commands/${file}`])),
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  // Hot kernels are copied by their source text: nothing may be injected into function bodies or renamed.
  keepNames: false,
  minify: false,
  external: Object.keys(dependencies),
  logLevel: 'warning',
});
if (!process.argv.includes('--no-types')) {
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.types.json`], { stdio: 'inherit' });
}
