import { describe, expect, it } from 'vitest';
import type { JobResult, RunningJob } from '../../src/cluster/running-job.js';
import { ProgramRun, type ProgramRunOptions } from '../../src/client/program-run.js';
import { systemClock } from '../../src/core/clock.js';
import { Configuration } from '../../src/core/configuration.js';
import { FlinkError } from '../../src/core/errors.js';
import type { JobProgram } from '../../src/program/job-program.js';
import { FakeJob } from './fake-job.js';

const program = {} as JobProgram;

function run(jobs: (FakeJob | Error)[], more: Partial<ProgramRunOptions> = {}): { run: ProgramRun; log: string[] } {
  const log: string[] = [];
  const submit = (): Promise<RunningJob> => {
    const next = jobs.shift()!;
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  const options: ProgramRunOptions = {
    configuration: new Configuration(),
    cluster: () => ({ submit }),
    standDown: async () => void log.push('stand down'),
    clock: systemClock,
    built: () => {},
    submitted: (job) => void log.push(`submitted ${Number(job.jobId)}`),
    ended: (result: JobResult) => void log.push(`ended ${result.status}`),
    ...more,
  };
  return { run: new ProgramRun(options), log };
}

describe('a program that is run attached', () => {
  it('is over when it has ended and its job has finished', async () => {
    const job = new FakeJob('1');
    const { run: it_, log } = run([job]);
    const outcome = it_.follow(async () => {
      const client = await it_.executor.execute(program);
      setTimeout(() => job.end({ accumulators: { n: { kind: 'IntCounter', value: 3 } } }), 5);
      const result = await client.getJobExecutionResult();
      log.push(`n=${result.getAccumulatorResult<number>('n')} ${result.getJobName()} ${result.getNetRuntime()}`);
    });
    expect(await outcome).toMatchObject({ results: [{ status: 'FINISHED' }], thrown: undefined, cancelled: false });
    expect(log).toEqual(['submitted 1', 'ended FINISHED', 'n=3 WordCount 12.4']);
  });

  it('has withdrawn the jobs that it cancelled itself, unless it ended by that', async () => {
    const follow = async (wait: boolean) => {
      const job = new FakeJob('1');
      const { run: it_ } = run([job]);
      return it_.follow(async () => {
        const client = await it_.executor.execute(program);
        await client.cancel();
        job.end({ status: 'CANCELED' });
        if (wait) await client.getJobExecutionResult();
      });
    };
    expect(await follow(false)).toMatchObject({ results: [{ status: 'CANCELED', jobId: new FakeJob('1').jobId }], thrown: undefined, withdrawn: new Set([new FakeJob('1').jobId]) });
    expect(await follow(true)).toMatchObject({ thrown: undefined, withdrawn: new Set() });
  });

  it('may forget to await its job', async () => {
    const job = new FakeJob('1');
    const { run: it_ } = run([job]);
    setTimeout(() => job.end(), 20);
    expect(await it_.follow(async () => void it_.executor.execute(program))).toMatchObject({ results: [{ status: 'FINISHED' }] });
  });

  it('may run several jobs', async () => {
    const jobs = [new FakeJob('1'), new FakeJob('2')];
    const { run: it_ } = run([...jobs]);
    const outcome = it_.follow(async () => {
      for (const job of jobs) {
        const client = await it_.executor.execute(program);
        job.end();
        await client.getJobExecutionResult();
      }
    });
    expect((await outcome).results.map(({ jobId }) => Number(jobId))).toEqual([1, 2]);
  });

  it('that throws what its job failed with has failed once, not twice', async () => {
    const job = new FakeJob('1');
    const { run: it_ } = run([job]);
    const failure = new FlinkError('USER_FUNCTION', 'boom');
    const outcome = await it_.follow(async () => {
      const client = await it_.executor.execute(program);
      job.end({ status: 'FAILED', error: failure });
      await client.getJobExecutionResult().catch((cause: unknown) => {
        throw new Error('wrapped', { cause });
      });
    });
    expect(outcome).toMatchObject({ results: [{ status: 'FAILED' }], thrown: undefined });
  });

  it('that throws something else takes its running jobs with it', async () => {
    const job = new FakeJob('1');
    const { run: it_ } = run([job]);
    const outcome = await it_.follow(async () => {
      await it_.executor.execute(program);
      throw new RangeError('mine');
    });
    expect(outcome).toMatchObject({ results: [{ status: 'CANCELED' }], thrown: { message: 'mine' } });
    expect(job.cancelled).toBe(1);
  });

  it('whose job is refused says why, awaited or not', async () => {
    const refused = new FlinkError('GRAPH_INVALID', 'no');
    for (const awaited of [true, false]) {
      const { run: it_ } = run([refused]);
      const outcome = it_.follow(async () => {
        const request = it_.executor.execute(program);
        request.catch(() => undefined);
        if (awaited) await request;
      });
      expect(await outcome).toEqual({ results: [], thrown: refused, cancelled: false, withdrawn: new Set() });
    }
  });

  it('ends on an error nobody awaited', async () => {
    const job = new FakeJob('1');
    const { run: it_ } = run([job]);
    const outcome = it_.follow(async () => {
      await it_.executor.execute(program);
      setTimeout(() => it_.fail(new Error('stray')), 5);
      await new Promise(() => undefined);
    });
    expect(await outcome).toMatchObject({ thrown: { message: 'stray' }, results: [{ status: 'CANCELED' }] });
  });

  it('that never executes is told so, after the cluster has been let go', async () => {
    const { run: it_, log } = run([]);
    const outcome = it_.follow(async () => undefined);
    setTimeout(() => process.emit('beforeExit', 0), 30);
    expect(await outcome).toMatchObject({ thrown: { code: 'JOB_NEVER_EXECUTED', message: "The program didn't contain a Flink job. Perhaps you forgot to call execute() on the execution environment." } });
    expect(log).toEqual(['stand down']);
  });

  it('may execute late, from a main it did not await', async () => {
    const job = new FakeJob('1');
    job.end();
    const { run: it_ } = run([job]);
    const outcome = it_.follow(async () => void setTimeout(() => void it_.executor.execute(program), 20));
    expect(await outcome).toMatchObject({ results: [{ status: 'FINISHED' }], thrown: undefined });
  });
});

describe('cancelling', () => {
  it('before a job is there ends the run at once', async () => {
    const { run: it_ } = run([]);
    const outcome = it_.follow(() => new Promise(() => undefined));
    it_.cancel();
    expect(await outcome).toEqual({ results: [], thrown: undefined, cancelled: true, withdrawn: new Set() });
  });

  it('stops every job and does not wait for the program', async () => {
    const jobs = [new FakeJob('1'), new FakeJob('2')];
    const { run: it_ } = run([...jobs]);
    const outcome = it_.follow(async () => {
      for (let submitted = 0; submitted < 2; submitted++) await it_.executor.execute(program);
      it_.cancel();
      await new Promise(() => undefined);
    });
    expect(await outcome).toMatchObject({ results: [{ status: 'CANCELED' }, { status: 'CANCELED' }], cancelled: true });
  });

  it('also reaches a job that is submitted afterwards', async () => {
    const job = new FakeJob('1');
    const { run: it_ } = run([job]);
    await it_.follow(async () => it_.cancel());
    await it_.executor.execute(program);
    expect(job.cancelled).toBe(1);
  });

  it('by a reader that went away ends the run although the program waits', async () => {
    const job = new FakeJob('1');
    const { run: it_ } = run([job]);
    const outcome = it_.follow(async () => {
      await it_.executor.execute(program);
      job.end({ status: 'CANCELED', outputClosed: true });
      await new Promise(() => undefined);
    });
    expect(await outcome).toMatchObject({ results: [{ outputClosed: true }], cancelled: false, thrown: undefined });
  });
});
