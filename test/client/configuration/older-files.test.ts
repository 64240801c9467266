/**
 * Configuration files that worked with versions before this one: each key of theirs, in either spelling, still does. A key
 * that gets another name keeps its old one among the `deprecatedKeys` of its option.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfiguration } from '../../../src/client/configuration/load-configuration.js';
import { Configuration } from '../../../src/core/configuration.js';
import { ALL_OPTIONS, findOption } from '../../../src/core/options.js';

const file = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));
const FILES = { 'version-0.1.yaml': 'present', 'version-0.1-older-spellings.yaml': 'older' } as const;

if (process.env['WRITE_CONFIGURATION']) {
  for (const [name, spelling] of Object.entries(FILES)) {
    const keys = ALL_OPTIONS.flatMap((option) => (spelling === 'present' ? [option.key] : option.deprecatedKeys.slice(0, 1)).map((key) => `${key}: ${JSON.stringify(valueFor(option.key))}\n`));
    writeFileSync(file(name), `# Every key of version 0.1, in its ${spelling} spelling.\n${keys.sort().join('')}`);
  }
}

/** The default, or else anything that the option takes. */
function valueFor(key: string): unknown {
  const option = findOption(key)!;
  return [option.defaultValue, 'text', 1, '10 s', 'none', 'fixed-delay', 'filesystem', 'local', '1mb'].find((value) => {
    try {
      return value !== undefined && new Configuration().setRaw(option, value, 'a file') !== undefined;
    } catch {
      return false;
    }
  });
}

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'flink-configuration-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each(Object.keys(FILES))('%s is read, each key of it with effect', async (name) => {
  const text = readFileSync(file(name), 'utf8');
  writeFileSync(join(folder, 'config.yaml'), text);
  const { configuration, warnings, remarks } = await loadConfiguration({ environment: { FLINK_CONF_DIR: folder } });
  const keys = [...text.matchAll(/^([\w.-]+): /gm)].map(([, key]) => key!);
  expect([warnings, remarks, keys.filter((key) => configuration.getOptional(findOption(key)!) === undefined)]).toEqual([[], [], []]);
  expect(keys.length).toBeGreaterThan(15);
});
