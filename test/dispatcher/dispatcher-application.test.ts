/** What a session cluster tells of its jobs while their processes come and go. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { dispatcherApplication } from '../../src/dispatcher/dispatcher-application.js';
import type { Dispatcher } from '../../src/dispatcher/dispatcher.js';
import { JobArchive } from '../../src/dispatcher/job-archive.js';
import { answersOf } from '../../src/dispatcher/answers-without-process.js';
import { endedOverview, SubmittedJob } from '../../src/dispatcher/submitted-job.js';

const folder = mkdtempSync(join(tmpdir(), 'dispatcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const jobId = '1'.repeat(32);
const archive = new JobArchive(folder, new Configuration(), systemClock);

/** A job that has run, and whose process listens no more. */
function leaving(): SubmittedJob {
  const job = new SubmittedJob({ jobId, jobFile: 'job.ts', programArgs: [], configuration: {} }, systemClock.now());
  return Object.assign(job, { submitted: true, socket: join(folder, 'nobody.sock') });
}

async function listed(job: SubmittedJob): Promise<unknown> {
  const dispatcher = { jobs: [job], options: { archive } } as unknown as Dispatcher;
  const { fetch } = dispatcherApplication({ dispatcher, clock: systemClock, served: { clock: systemClock, configuration: new Configuration() } } as never);
  return ((await (await fetch(new Request('http://localhost/jobs'))).json()) as { jobs: unknown }).jobs;
}

it('a job whose process is about to go is told of as what it has become, not as running', async () => {
  const job = leaving();
  const answer = listed(job);
  const overview = endedOverview({ jobId, name: 'Job', startTime: job.startTime }, 'FINISHED', systemClock.now());
  archive.add({ overview, answers: answersOf(overview, undefined) });
  job.over();
  expect(await answer).toEqual([{ id: jobId, status: 'FINISHED' }]);
  expect(await listed(job)).toEqual([{ id: jobId, status: 'FINISHED' }]);
});
