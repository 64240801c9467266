/**
 * The running installation: where its package lies and what version it is.
 *
 * The compiled code sits at different depths (`dist/`, `dist/commands/`, or `src/client/` under a test), so the
 * package's folder is found by walking up to its package.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PACKAGE_NAME = 'flink-ts';

let root: string | undefined;

/** Folder of the running package (it holds package.json, bin/ and dist/). */
export function installationFolder(): string {
  root ??= findRoot(dirname(fileURLToPath(import.meta.url)));
  return root;
}

/** Version of the running package. */
export function installedVersion(): string {
  return (JSON.parse(readFileSync(join(installationFolder(), 'package.json'), 'utf8')) as { version: string }).version;
}

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === PACKAGE_NAME) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json of ${PACKAGE_NAME} above ${start}`);
  }
}
