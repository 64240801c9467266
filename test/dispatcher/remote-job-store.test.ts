/** A store that several clusters share: who has lost it leaves it alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { StoredJob } from '../../src/dispatcher/job-store.js';
import { remoteJobStore } from '../../src/dispatcher/remote-job-store.js';
import { MemoryFiles } from '../checkpoint/memory-files.js';

const folder = mkdtempSync(join(tmpdir(), 'store-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const jobId = 'a'.repeat(32);
const job: StoredJob = { submission: { jobId, jobFile: 'job.ts', programArgs: [], configuration: {} }, name: 'Words', startTime: 1, process: { pid: 1, socket: '/nowhere' } };

it('a store whose lease is gone takes nothing and forgets nothing', async () => {
  const [lease, files] = [{ held: true, release: () => Promise.resolve() }, new MemoryFiles()];
  const store = remoteJobStore({ root: '/shared', files, folder, lease });
  writeFileSync(join(folder, `${jobId}.mjs`), 'export {};');
  await store.put(job);
  lease.held = false;
  await expect(store.put({ ...job, name: 'Other words' })).rejects.toMatchObject({ code: 'JOB_STORE', message: 'the job store cannot be used: another cluster may have it by now' });
  await expect(store.delete(jobId)).rejects.toMatchObject({ code: 'JOB_STORE' });
  expect((await store.all()).map(({ name }) => name)).toEqual(['Words']);
});
