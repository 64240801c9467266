import { expect, it } from 'vitest';
import { logJob } from '../../src/client/log-job.js';
import type { LogFacts } from '../../src/core/log.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { FakeJob, metrics, vertex } from './fake-job.js';

it('the log of a job says what becomes of it, its tasks and its checkpoints, each with what it is about', async () => {
  const job = new FakeJob('1', [vertex('a', 'Source -> Map', [metrics(0), metrics(1)])]);
  const said: [string, LogFacts][] = [];
  const clock = new ManualClock();
  const log = logJob(job, (text, facts = {}) => said.push([text, facts]), clock);
  job.become('RUNNING');
  job.subtask('a', 1, 'DEPLOYING');
  job.subtask('a', 1, 'RUNNING');
  job.checkpoint(3);
  job.checkpoint(4, new Error('disk full'));
  job.restart(1_000, 'broken', 2);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const about = { jobId: job.jobId, jobName: 'WordCount' };
  const task = { ...about, vertexId: 'a', vertex: 'Source -> Map', subtask: 1, attempt: 0 };
  expect(said).toEqual([
    ['Job "WordCount" is CREATED', about], ['Job "WordCount" is RUNNING', about], ['Source -> Map (2/2)#0 is DEPLOYING', { ...task, level: 'DEBUG' }], ['Source -> Map (2/2)#0 is RUNNING', { ...task, level: 'INFO' }],
    ['Checkpoint 3 is complete', { ...about, checkpointId: 3 }], ['  The job runs on without a checkpoint: disk full', { ...about, level: 'WARN' }], [expect.stringMatching(/^ {2}2 tasks will start again in 1 s: .*broken/), { ...about, level: 'WARN' }],
  ]);
  log.close();
  job.become('FINISHED');
  expect([said.length, clock.scheduled]).toEqual([7, 0]);
});
