// Builds the package: the public entry points, the TaskManager's worker and the commands as one set of ES modules
// with shared chunks (so that a job, the client and the engine share one instance of everything), and the types.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
// Loaded from node_modules: what holds native parts. Everything else is bundled, which halves the time to start.
const external = ['esbuild', 'level', 'classic-level', 'msgpackr'];
const commands = readdirSync(`${root}commands`).filter((file) => file.endsWith('.ts'));

rmSync(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    index: 'src/index.ts',
    testing: 'src/testing/index.ts',
    'task-manager': 'src/cluster/task-manager-worker.ts',
    main: 'src/client/command-line/main.ts',
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
  external,
  // Bundled CommonJS asks for Node's own modules by `require`.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
});
await writeManifest();
if (!process.argv.includes('--no-types')) {
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.types.json`], { stdio: 'inherit' });
}

/** What oclif wants to know of the commands, so that only the one that is called is loaded. */
async function writeManifest() {
  const { Plugin } = await import('@oclif/core');
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  writeFileSync(`${root}oclif.manifest.json`, JSON.stringify(plugin.manifest));
}
