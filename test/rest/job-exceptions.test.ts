/** What is told of a job's failures, as Flink tells it. */
import { expect, it } from 'vitest';
import { exceptionsOf } from '../../src/rest/job-details.js';
import type { JobRecord } from '../../src/rest/job-record.js';

const task = { vertexId: 'v', name: 'Map', subtask: 0, attempt: 0 };
const failure = (message: string, time: number, of?: typeof task): object => ({ error: new Error(message), time, task: of, concurrent: [] });

/** @param taskManager where the task of the vertex is. */
function told(exceptions: readonly object[], max = 20, taskManager?: number) {
  const vertices = [{ id: 'v', parallelism: 1, subtasks: [{ subtask: 0, taskManager }] }];
  return exceptionsOf({ job: { snapshot: () => ({ vertices, exceptions }) }, readableStack: (stack: string) => Promise.resolve(stack) } as unknown as JobRecord, max);
}

it('a job without failures has none', async () => {
  expect(await told([])).toEqual({ exceptionHistory: { entries: [], truncated: false }, 'root-exception': null, timestamp: null, 'all-exceptions': [], truncated: false });
});

it('a failure of the whole job has no task and no place', async () => {
  const { exceptionHistory: { entries }, 'root-exception': root, 'all-exceptions': all } = await told([failure('lost', 7)]);
  expect(entries).toMatchObject([{ exceptionName: 'Error', timestamp: 7, taskName: null, location: null, endpoint: null, taskManagerId: null }]);
  expect([root, all]).toEqual([expect.stringContaining('lost'), []]);
});

it('a failure of a task that had no place yet says so', async () => {
  const { exceptionHistory: { entries }, 'all-exceptions': all } = await told([failure('early', 7, task)]);
  const nowhere = { location: '(unassigned)', endpoint: '(unassigned)', taskManagerId: '(unassigned)' };
  expect(entries).toMatchObject([{ taskName: expect.stringContaining('Map (1/1)'), ...nowhere }]);
  expect(all).toMatchObject([{ task: expect.stringContaining('Map (1/1)'), ...nowhere }]);
  expect((await told([failure('late', 7, task)], 20, 0)).exceptionHistory.entries[0]!.taskManagerId).not.toBe('(unassigned)');
});

it('of more failures than are asked for the newest are told, and that there are more', async () => {
  const failures = [failure('third', 3), failure('second', 2), failure('first', 1)];
  expect(await told(failures, 2)).toMatchObject({ exceptionHistory: { entries: [{ timestamp: 3 }, { timestamp: 2 }], truncated: true }, truncated: true, timestamp: 3 });
  expect(await told(failures, 3)).toMatchObject({ exceptionHistory: { truncated: false }, truncated: false });
});
