/** What is left of jobs that have ended. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../src/core/configuration.js';
import { JobStoreCapacity, JobStoreExpiration } from '../../src/core/options.js';
import { JobArchive } from '../../src/dispatcher/job-archive.js';
import { endedOverview, failedJob } from '../../src/dispatcher/submitted-job.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

/** A job as the first version wrote it. */
const KEPT = fileURLToPath(new URL('./archived-job-version-1.json', import.meta.url));

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'flink-archive-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const id = (digit: number): string => String(digit).repeat(32);
const ended = (digit: number, at: number) => failedJob(endedOverview({ jobId: id(digit), name: `Job ${digit}`, startTime: at - 5 }, 'FAILED', at), Object.assign(new Error('broken'), { stack: 'Error: broken' }));

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

  it('that was refused leaves nothing but its logs, which go when a job would have expired, or as the oldest of too many', () => {
    const clock = new ManualClock();
    const logs = mkdtempSync(join(folder, 'logs-'));
    const jobs = new JobArchive(join(folder, 'archive'), new Configuration().set(JobStoreExpiration, 60).set(JobStoreCapacity, 2), clock, logs);
    const refuse = (digit: number): void => {
      writeFileSync(join(logs, `${id(digit)}.log`), 'x');
      clock.advance(10_000);
      jobs.refused(id(digit));
    };
    [1, 2, 3].forEach(refuse);
    expect([readdirSync(logs), jobs.all()]).toEqual([[2, 3].map((digit) => `${id(digit)}.log`), []]);
    jobs.begun(id(3));
    clock.advance(60_001);
    jobs.sweep();
    expect([readdirSync(logs), readdirSync(join(folder, 'archive'))]).toEqual([[`${id(3)}.log`], []]);
  });

  it('takes its log and its output with it, older ones included, and nobody else’s', () => {
    const clock = new ManualClock();
    const logs = mkdtempSync(join(folder, 'logs-'));
    const jobs = new JobArchive(folder, new Configuration().set(JobStoreExpiration, 60), clock, logs);
    for (const name of [`${id(1)}.log`, `${id(1)}.log.1`, `${id(1)}.out`, `${id(2)}.log`, `${id(3)}.out`, 'flink-me-session-here.log']) writeFileSync(join(logs, name), 'x');
    jobs.add(ended(1, clock.now()));
    clock.advance(50_000);
    jobs.add(ended(2, clock.now()));
    clock.advance(20_000);
    jobs.sweep();
    expect([readdirSync(logs).sort(), readdirSync(folder).filter((name) => name.endsWith('.json'))]).toEqual([[`${id(2)}.log`, `${id(3)}.out`, 'flink-me-session-here.log'], [`${id(2)}.json`]]);
  });

  it('makes room for later ones when there are too many', () => {
    const clock = new ManualClock();
    const jobs = archive(clock, 60, 2);
    for (const digit of [1, 2, 3]) jobs.add(ended(digit, clock.now() + digit));
    expect(jobs.all().map(({ overview }) => overview.jid)).toEqual([id(2), id(3)]);
  });

  it('that another version of the engine has put there is not told of, but counted, and stays', () => {
    const clock = new ManualClock();
    const jobs = archive(clock, 60, 1);
    const newer = { version: 2, jobs: ['something else'] };
    for (const digit of [1, 2]) writeFileSync(join(folder, `${id(digit)}.json`), JSON.stringify(newer));
    jobs.add(ended(3, clock.now()));
    expect([jobs.all().map(({ overview }) => overview.jid), [...jobs.foreign()]]).toEqual([[id(3)], [[2, 2]]]);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('that the first version has put there is told of, also from before it wrote its version', () => {
    const clock = new ManualClock();
    const { version, ...before } = JSON.parse(readFileSync(KEPT, 'utf8')) as { version: number };
    expect(version).toBe(1);
    for (const [digit, text] of [[1, { ...before, version }], [2, before]] as const) writeFileSync(join(folder, `${id(digit)}.json`), JSON.stringify(text));
    expect([archive(clock).all().length, archive(clock).foreign().size, archive(clock).get(id(2))?.answers[`/jobs/${id(1)}/status`]]).toEqual([2, 0, { status: 'FAILED' }]);
  });

  it('whose file is damaged is passed over', () => {
    const clock = new ManualClock();
    writeFileSync(join(folder, `${id(1)}.json`), '{"overview":');
    expect([archive(clock).all(), archive(clock).get(id(1))]).toEqual([[], undefined]);
  });
});

if (process.env['WRITE_ARCHIVED_JOB']) {
  const written = mkdtempSync(join(tmpdir(), 'flink-archive-'));
  new JobArchive(written, new Configuration(), new ManualClock()).add(ended(1, 1_000));
  copyFileSync(join(written, `${id(1)}.json`), KEPT);
  rmSync(written, { recursive: true });
}
