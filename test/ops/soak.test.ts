/** The soak, in its short form: `npm run soak -- --minutes 30` is the long one. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/soak.js', import.meta.url));

function soak(...options: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...options], (_, stdout, stderr) => resolve({ code: child.exitCode!, said: stdout + stderr }));
  });
}

it('ten jobs with a checkpoint each second take no more memory and files as time goes, and leave nothing behind', async () => {
  const { code, said } = await soak('--minutes', '1', '--every', '3');
  expect(said).toMatch(/\nMemory and open files stayed where they were, and nothing is left\.\n$/);
  expect([code, said.match(/ RUNNING with \d+ checkpoints, 0 failed$/gm)?.length]).toEqual([0, 10]);
}, 300_000);

it('a job that keeps more and more is noticed', async () => {
  const { code, said } = await soak('--minutes', '0.4', '--every', '1', '--leaking');
  expect(said).toMatch(/^not ok: the process of leaks grew from \d+ MB to \d+ MB$/m);
  expect(said).toMatch(/^not ok: the process of leaks had \d+ files, then \d+$/m);
  expect(code).toBe(1);
}, 300_000);
