/** What a session cluster remembers, and what it makes of stores that other versions have written. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localFiles } from '../../src/checkpoint/local-files.js';
import { EndedJobs } from '../../src/dispatcher/ended-jobs.js';
import { openJobStore, type StoredJob } from '../../src/dispatcher/job-store.js';
import { endedOverview, failedJob } from '../../src/dispatcher/submitted-job.js';

/** A store of the first version with one job that runs and one that has ended. */
const KEPT = fileURLToPath(new URL('./job-store-version-1/', import.meta.url));

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'flink-store-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const id = (digit: number): string => String(digit).repeat(32);
const job = (digit: number): StoredJob => ({
  submission: { jobId: id(digit), jobFile: '/jobs/count.ts', programArgs: ['--input', 'ä'], configuration: { 'parallelism.default': 2 }, sourceFolder: '/jobs', folder: '/jobs' },
  name: `Job ${digit}`, startTime: 1_700_000_000_000 + digit, process: { pid: 17, socket: '/tmp/flink-ts-0/job/control.sock' },
});
const ended = (digit: number) => failedJob(endedOverview({ jobId: id(digit), name: `Job ${digit}`, startTime: 5 }, 'FAILED', 10), Object.assign(new Error('broken'), { stack: 'Error: broken' }));

async function entry(key: string, value: unknown): Promise<void> {
  const database = new Level<string, unknown>(join(folder, 'jobs'), { valueEncoding: 'json' });
  await database.put(key, value);
  await database.close();
}

describe('a job store', () => {
  it('has what was put there when it is opened again, until it is deleted', async () => {
    const first = await openJobStore(folder);
    for (const digit of [1, 2, 3]) await first.put(job(digit));
    await first.delete(id(2));
    await first.close();
    const again = await openJobStore(folder);
    expect(await again.all()).toEqual([job(1), job(3)]);
    await again.close();
  });

  it('of the first version is read: its jobs, and how one ended', async () => {
    cpSync(KEPT, folder, { recursive: true });
    const store = await openJobStore(folder);
    expect(await store.all()).toEqual([job(1), job(2)]);
    const answers = expect.objectContaining({ [`/jobs/${id(2)}/status`]: { status: 'FAILED' } });
    expect([await store.ended(id(1)), await store.ended(id(2))]).toEqual([{ jobs: [], over: false }, { jobs: [{ ...ended(2), answers }], over: true }]);
    await store.close();
  });

  it('of another version is refused with the versions named, and left as it is', async () => {
    await (await openJobStore(folder)).close();
    await entry('version', 2);
    const refused = { code: 'JOB_STORE', message: `the job store in ${folder} has version 2, this engine reads version 1` };
    for (let time = 0; time < 2; time++) await expect(openJobStore(folder)).rejects.toMatchObject(refused);
  });

  it('has how the jobs of a program ended, with what the program learns of them, until the program is forgotten', async () => {
    const store = await openJobStore(folder);
    const record = new EndedJobs(store.endedFolder(id(1)), localFiles);
    const accumulators = { words: 7, seen: new Map([['to', new Date(5)]]) };
    await record.record(ended(1), { jobId: id(1), jobName: 'Job 1', netRuntimeMs: 12.5, accumulators: {}, error: { name: 'Error', message: 'broken' } });
    await record.record(ended(2), { jobId: id(2), jobName: 'Job 2', netRuntimeMs: 3, accumulators });
    const learned = await record.learned();
    expect(learned.get(id(1))).toMatchObject({ jobName: 'Job 1', netRuntimeMs: 12.5, error: { message: 'broken' } });
    expect(learned.get(id(2))).toEqual({ jobId: id(2), jobName: 'Job 2', netRuntimeMs: 3, accumulators });
    expect([learned.size, await store.ended(id(1))]).toMatchObject([2, { jobs: [{ overview: { jid: id(1) } }, { overview: { jid: id(2) } }], over: false }]);
    await record.recordOver();
    expect((await store.ended(id(1))).over).toBe(true);
    await store.delete(id(1));
    expect(await store.ended(id(1))).toEqual({ jobs: [], over: false });
    await store.close();
  });

  it('says which job it cannot read, rather than passing over it', async () => {
    await (await openJobStore(folder)).close();
    await entry(id(4), { ...job(4), name: undefined });
    const store = await openJobStore(folder);
    await expect(store.all()).rejects.toMatchObject({ code: 'JOB_STORE', message: expect.stringMatching(new RegExp(`^what the job store holds of job ${id(4)} is not as this engine writes it: name: `)) });
    await store.close();
  });

  it('says which end of a job it cannot read', async () => {
    const store = await openJobStore(folder);
    const write = (digit: number, text: string): void => {
      mkdirSync(store.endedFolder(id(digit)));
      writeFileSync(join(store.endedFolder(id(digit)), `${id(digit)}.json`), text);
    };
    write(1, '{"overview":');
    write(2, '{"overview":{}}');
    await expect(store.ended(id(1))).rejects.toThrow(/1{32}\.json, which says how a job ended, is not JSON/);
    await expect(store.ended(id(2))).rejects.toThrow(/of the end of a job \(.*2{32}\.json\) is not as this engine writes it: overview\.jid: /);
    await store.close();
  });
});

if (process.env['WRITE_JOB_STORE']) {
  const store = await openJobStore(KEPT);
  for (const digit of [1, 2]) await store.put(job(digit));
  writeFileSync(join(KEPT, 'results', `${id(2)}.json`), JSON.stringify(ended(2)));
  await store.close();
}
