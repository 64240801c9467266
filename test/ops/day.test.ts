/** A day with a session cluster, as a shell script plays it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { removeFolder } from '../remove-folder.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flink-day-')));
const script = fileURLToPath(new URL('day.sh', import.meta.url));

afterAll(() => removeFolder(folder));

it('five jobs, a savepoint, a restore with more parallelism and a killed cluster later no record is missing and none is there twice', async () => {
  const { FORCE_COLOR: _, ...environment } = process.env;
  const said = await new Promise<string>((resolve) => execFile(script, [folder], { env: { ...environment, NO_COLOR: '1' } }, (error, stdout, stderr) => resolve(`${stdout}${stderr}${error ? `\n${error.message}` : ''}`)));
  expect(said).toMatch(/\nThe day is over\.\n$/);
}, 300_000);
