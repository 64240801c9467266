/**
 * The stories for a shell in the README and on the pages about operations and metrics: each `sh` block with a `text` block behind it, run as it stands in a folder that has
 * the jobs; `…` in the output stands for anything.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repository } from '../jobs/flink.js';
import { lines } from './example.js';
import { removeFolder } from '../remove-folder.js';

const pages = ['README.md', 'docs/operations.md', 'docs/metrics.md'].map((page) => readFileSync(join(repository, page), 'utf8')).join('\n');
const stories = [...pages.matchAll(/^```sh\n((?:(?!```).*\n)*)```\n```text\n((?:(?!```).*\n)*)```$/gm)].map(([, script, output]) => ({ script: script!, output: lines(output!) }));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stories-'));
  for (const name of ['bin', 'temporary']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'bin/flink'), `#!/bin/sh\nexec '${process.execPath}' '${join(repository, 'bin/run.js')}' "$@"\n`);
  chmodSync(join(folder, 'bin/flink'), 0o755);
  symlinkSync(join(repository, 'jobs'), join(folder, 'jobs'));
});
afterAll(() => removeFolder(folder));

it('are there', () => expect(stories.length).toBe(5));

it.each(stories)('comes out as the page says: $script', async ({ script, output }) => {
  const shell = spawn('sh', ['-c', `${script}\nwait`], {
    cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1', HOME: folder, TMPDIR: join(folder, 'temporary'), PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
  });
  let [printed, said] = ['', ''];
  shell.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  shell.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await new Promise((resolve) => void shell.on('close', resolve));
  const pattern = output.map((line) => line.split('…').map(literally).join('.*')).join('\n');
  expect(`${printed.trim().split('\n').map((line) => line.trim()).join('\n')}`, said).toMatch(new RegExp(`^${pattern}$`));
});

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
