// Builds the package: the public entry points, the TaskManager's worker and the commands as one set of ES modules
// with shared chunks (so that a job, the client and the engine share one instance of everything), and the types.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
// Loaded from node_modules: what holds native parts. Everything else is bundled, which halves the time to start.
const external = ['esbuild', 'level', 'classic-level'];
const commands = readdirSync(`${root}commands`).filter((file) => file.endsWith('.ts'));

rmSync(`${root}dist`, { recursive: true, force: true });
const { metafile } = await build({
  metafile: true,
  absWorkingDir: root,
  entryPoints: {
    index: 'src/index.ts',
    testing: 'src/testing/index.ts',
    'task-manager': 'src/cluster/task-manager-worker.ts',
    main: 'src/client/command-line/main.ts',
    'job-process': 'src/client/session/job-process-main.ts',
    'session-cluster': 'src/client/session/daemon-main.ts',
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
writeNotices(Object.keys(metafile.inputs));
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

/** The licences of the packages that were bundled, which go where their code goes. */
function writeNotices(files) {
  const folders = new Set(files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean));
  const notices = [...folders].map((folder) => {
    const path = new URL(folder, `file://${root}`).pathname;
    const { name, version, license } = JSON.parse(readFileSync(`${path}/package.json`, 'utf8'));
    const texts = readdirSync(path).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    return `${name} ${version} (${license})\n\n${texts.map((file) => readFileSync(`${path}/${file}`, 'utf8').trim()).join('\n\n')}\n`;
  });
  writeFileSync(`${root}dist/THIRD-PARTY-NOTICES.txt`, notices.sort().join(`\n${'-'.repeat(78)}\n\n`));
}
