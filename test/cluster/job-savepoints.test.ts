/**
 * Stopping with a savepoint: what becomes of it when the job does not stop.
 */
import { describe, expect, it } from 'vitest';
import type { JobCheckpoints } from '../../src/cluster/job-checkpoints.js';
import { type SavepointedJob, stopWithSavepoint } from '../../src/cluster/job-savepoints.js';
import { FlinkError } from '../../src/core/errors.js';
import type { JobResult } from '../../src/cluster/running-job.js';

/** A job whose savepoints are complete at once, and whose end the test decides. */
function job(): SavepointedJob & { end(status: JobResult['status'], error?: Error): void; savepoint: string | undefined } {
  let end!: (result: JobResult) => void;
  return {
    jobId: 'abc', streaming: true, savepoint: undefined,
    checkpoints: { take: () => Promise.resolve({ path: '/savepoint' }) } as unknown as JobCheckpoints,
    result: new Promise((resolve) => (end = resolve)),
    endsWith(path) {
      this.savepoint = path;
    },
    cancel: () => {},
    end: (status, error) => end({ status, ...(error ? { error } : {}) } as JobResult),
  };
}

describe('a job that is stopped with a savepoint', () => {
  it('answers with its folder when it has finished', async () => {
    const stopped = job();
    const path = stopWithSavepoint(stopped);
    stopped.end('FINISHED');
    expect([await path, stopped.savepoint]).toEqual(['/savepoint', '/savepoint']);
  });

  it('and fails with the savepoint complete has not been stopped, and says why', async () => {
    const stopped = job();
    const path = stopWithSavepoint(stopped);
    const error = new FlinkError('STOP_FAILED', 'commit failed');
    stopped.end('FAILED', error);
    await expect(path).rejects.toBe(error);
  });

  it('and is cancelled meanwhile can be gone on from', async () => {
    const stopped = job();
    const path = stopWithSavepoint(stopped);
    stopped.end('CANCELED');
    await expect(path).rejects.toMatchObject({ code: 'STOP_FAILED', message: expect.stringContaining('then ended CANCELED'), hint: expect.stringContaining('Go on from the savepoint') });
  });
});
