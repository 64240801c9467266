import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { answersOf } from '../../src/dispatcher/answers-without-process.js';
import { dispatcherEndpoints } from '../../src/dispatcher/dispatcher-application.js';
import { endedOverview, SubmittedJob } from '../../src/dispatcher/submitted-job.js';

const endpoints = dispatcherEndpoints({ served: { clock: systemClock, configuration: new Configuration() } } as never);
const jobId = 'a'.repeat(32);
const named = { jobId, name: 'Job', startTime: 1_000 };
const waiting = new SubmittedJob({ jobId, jobFile: 'job.ts', programArgs: [], configuration: {} }, 1_000).overview(2_000);

describe('a job whose process cannot be asked', () => {
  it.each([
    ['waits for slots', answersOf(waiting, undefined, 3)],
    ['has failed', answersOf(endedOverview(named, 'FAILED', 2_000), new Error('no luck'))],
    ['was cancelled', answersOf(endedOverview(named, 'CANCELED', 2_000), undefined)],
  ])('and %s is told of in the form of any other', (_, answers) => {
    const wrong = Object.entries(answers).flatMap(([path, json]) => {
      const { answer } = endpoints.find((one) => one.method === 'get' && one.path === path.replace(jobId, ':jobid'))!;
      return answer!().safeParse(json).error?.issues.map((issue) => `${path}: ${issue.path.join('.')}: ${issue.message}`) ?? [];
    });
    expect(wrong).toEqual([]);
    expect(Object.keys(answers)).toHaveLength(7);
  });
});
