/**
 * Stopping with a savepoint: what becomes of it when the job does not stop.
 */
import { describe, expect, it } from 'vitest';
import type { CompletedSnapshot } from '../../src/checkpoint/checkpoint-storage.js';
import type { JobCheckpoints } from '../../src/cluster/job-checkpoints.js';
import { type SavepointedJob, stopWithSavepoint } from '../../src/cluster/job-savepoints.js';
import type { JobResult } from '../../src/cluster/running-job.js';

/** A job whose savepoints are complete at once, and whose end the test decides. */
function job(): SavepointedJob & { end(status: JobResult['status']): void; restart(): void; savepoint: string | undefined } {
  let end!: (result: JobResult) => void;
  const restarts = new Set<(error: Error) => void>();
  return {
    jobId: 'abc', streaming: true, savepoint: undefined,
    checkpoints: { take: () => Promise.resolve({ path: '/savepoint' }) } as unknown as JobCheckpoints,
    result: new Promise((resolve) => (end = resolve)),
    endsWith(path) {
      this.savepoint = path;
    },
    whenRestarting(call) {
      restarts.add(call);
      return () => restarts.delete(call);
    },
    cancel: () => {},
    end: (status) => end({ status } as JobResult),
    restart: () => restarts.forEach((call) => call(new Error('commit failed'))),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a job that is stopped with a savepoint', () => {
  it('answers with its folder when it has finished', async () => {
    const stopped = job();
    const path = stopWithSavepoint(stopped);
    await settled();
    stopped.end('FINISHED');
    expect([await path, stopped.savepoint]).toEqual(['/savepoint', '/savepoint']);
  });

  it('and starts again because it failed before it had stopped, has not been stopped: going on from both would double its output', async () => {
    const stopped = job();
    const path = stopWithSavepoint(stopped);
    await settled();
    stopped.restart();
    await expect(path).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED', message: expect.stringContaining('failed before it had stopped'), cause: new Error('commit failed') });
    stopped.end('FINISHED');
    expect(stopped.savepoint).toBeUndefined();
  });

  it('and has failed before its savepoint was complete has not been stopped either', async () => {
    const stopped = job();
    let complete!: (snapshot: CompletedSnapshot) => void;
    stopped.checkpoints.take = () => new Promise((resolve) => (complete = resolve));
    const path = stopWithSavepoint(stopped);
    stopped.restart();
    complete({ path: '/savepoint' } as CompletedSnapshot);
    await expect(path).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED', message: expect.stringContaining('failed before it had stopped') });
  });

  it('and fails for good can be gone on from', async () => {
    const stopped = job();
    const path = stopWithSavepoint(stopped);
    await settled();
    stopped.end('FAILED');
    await expect(path).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED', hint: 'You can go on from the savepoint.' });
  });
});
