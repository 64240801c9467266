/** What is left of jobs that have ended. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../src/core/configuration.js';
import { JobStoreCapacity, JobStoreExpiration } from '../../src/core/options.js';
import { JobArchive } from '../../src/dispatcher/job-archive.js';
import { endedOverview, failedJob } from '../../src/dispatcher/submitted-job.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'flink-archive-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const id = (digit: number): string => String(digit).repeat(32);
const ended = (digit: number, at: number) => failedJob(endedOverview({ jobId: id(digit), name: `Job ${digit}`, startTime: at - 5 }, 'FAILED', at), new Error('broken'));

function archive(clock: ManualClock, expirationSeconds = 3600, capacity = 10): JobArchive {
  return new JobArchive(folder, new Configuration().set(JobStoreExpiration, expirationSeconds).set(JobStoreCapacity, capacity), clock);
}

describe('an ended job', () => {
  it('is there for another process, with why it failed', () => {
    const clock = new ManualClock();
    archive(clock).add(ended(1, clock.now()));
    const found = archive(clock).get(id(1));
    expect(found?.overview).toMatchObject({ jid: id(1), name: 'Job 1', state: 'FAILED', duration: 5 });
    expect(found?.answers[`/jobs/${id(1)}/exceptions`]).toMatchObject({ 'root-exception': 'broken' });
  });

  it('is gone when it has expired, and its file with the next one that ends', () => {
    const clock = new ManualClock();
    const jobs = archive(clock, 60);
    jobs.add(ended(1, clock.now()));
    clock.advance(60_001);
    expect(jobs.all()).toEqual([]);
    jobs.add(ended(2, clock.now()));
    expect(readdirSync(folder)).toEqual([`${id(2)}.json`]);
  });

  it('makes room for later ones when there are too many', () => {
    const clock = new ManualClock();
    const jobs = archive(clock, 60, 2);
    for (const digit of [1, 2, 3]) jobs.add(ended(digit, clock.now() + digit));
    expect(jobs.all().map(({ overview }) => overview.jid)).toEqual([id(2), id(3)]);
  });

  it('whose file is damaged is passed over', () => {
    const clock = new ManualClock();
    writeFileSync(join(folder, `${id(1)}.json`), '{"overview":');
    expect([archive(clock).all(), archive(clock).get(id(1))]).toEqual([[], undefined]);
  });
});
