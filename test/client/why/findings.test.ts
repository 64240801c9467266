/** What is said of a job, fact by fact. */
import { describe, expect, it } from 'vitest';
import { type Finding, findingsOf } from '../../../src/client/why/findings.js';
import { explanationJson, explanationText } from '../../../src/client/why/explain-job.js';
import type { CheckpointFact, CheckpointFacts, JobFacts, SubtaskCheckpointFact, VertexFacts } from '../../../src/client/why/job-facts.js';
import type { Standstill } from '../../../src/cluster/standstill.js';
import { PLAIN } from '../../../src/client/terminal.js';

const NOW = 1_000_000;

function vertex(name: string, inputs: readonly string[], loads: readonly (readonly [busy: number, backPressured: number])[] = [[0.1, 0]], more: Partial<VertexFacts> = {}): VertexFacts {
  return {
    id: name, name, parallelism: loads.length, inputs, tasks: { RUNNING: loads.length }, recordlessMs: undefined,
    loads: loads.map(([busy, backPressured], subtask) => ({ subtask, busy, backPressured, idle: 1 - busy - backPressured })), ...more,
  };
}

function facts(more: Partial<JobFacts> = {}): JobFacts {
  return {
    jobId: 'a'.repeat(32), name: 'Words', state: 'RUNNING', since: NOW - 60_000, now: NOW, vertices: [vertex('Source', []), vertex('Sink', ['Source'])],
    standstill: undefined, restarts: 0, failures: [], checkpoints: undefined, slots: undefined, ...more,
  };
}

const first = (more: Partial<JobFacts>): Finding => findingsOf(facts(more))[0]!;
const kinds = (more: Partial<JobFacts>): string[] => findingsOf(facts(more)).map(({ kind }) => kind);

const failure = { time: NOW - 4_000, message: 'operator "Map" failed: RangeError: no', task: 'Map (1/2) - execution #0', place: 'job.ts:5:3' };

describe('a job that gets on', () => {
  it('is held by nothing', () => {
    expect(findingsOf(facts())).toEqual([]);
    expect(explanationText(facts(), [], 80, PLAIN)).toBe(`Nothing holds this job.\n"Words" (${'a'.repeat(32)}) is RUNNING, since 1 min, with 2 subtasks.`);
    expect(explanationJson(facts(), [])).toMatchObject({ held: false, summary: 'Nothing holds this job.', findings: [] });
  });
});

describe('a job whose state says it all', () => {
  it.each([
    ['FINISHED', {}, 'ended', 'The job has finished, 1 min ago.'],
    ['CANCELED', {}, 'ended', 'The job was cancelled, 1 min ago.'],
    ['FAILED', { failures: [failure] }, 'ended', 'The job failed 1 min ago: operator "Map" failed: RangeError: no (job.ts:5:3).'],
    ['FAILING', { failures: [failure] }, 'failing', 'The job is failing: operator "Map" failed: RangeError: no (job.ts:5:3); its tasks are being ended.'],
    ['RESTARTING', { failures: [failure] }, 'restarting', 'The job waits to start again, since 1 min: operator "Map" failed: RangeError: no (job.ts:5:3).'],
    ['CANCELLING', {}, 'cancelling', 'The job is being cancelled, since 1 min.'],
    ['INITIALIZING', {}, 'starting', 'The program is building its graph, since 1 min.'],
    ['CREATED', { slots: { total: 4, free: 1, needed: 3 } }, 'waiting-for-slots', 'The job waits for 3 slots, since 1 min: the cluster has 4, of which 1 is free.'],
    ['CREATED', { slots: { total: 2, free: 0, needed: undefined } }, 'waiting-for-slots', 'The job waits for slots, since 1 min: the cluster has 2, of which 0 are free.'],
  ] as const)('%s', (state, more, kind, what) => {
    expect(findingsOf(facts({ state, ...more }))).toEqual([expect.objectContaining({ kind, what, holds: true })]);
  });

  it('that needs more slots than there are is told to get a larger cluster', () => {
    expect(first({ state: 'CREATED', slots: { total: 2, free: 2, needed: 3 } }).remedy).toMatch(/^Start the cluster with more slots/);
  });

  it('names the task that failed and the failures before', () => {
    expect(first({ state: 'FAILED', failures: [failure, { ...failure, time: NOW - 30_000, message: 'another', place: undefined }] }).details).toEqual(['It failed in Map (1/2) - execution #0', '30 s ago: another']);
  });

  it('names subtasks that have not ended', () => {
    expect(first({ state: 'CANCELLING', vertices: [vertex('Source', [], undefined, { tasks: { CANCELED: 1 } }), vertex('Sink', ['Source'], [[0, 0], [0, 0]], { tasks: { CANCELING: 1, CANCELED: 1 } })] }).details)
      .toEqual(['"Sink": 1 of 2 subtasks is CANCELING']);
  });
});

describe('subtasks that do not run yet', () => {
  const starting = [vertex('Source', [], undefined, { tasks: { RUNNING: 1 } }), vertex('Sink', ['Source'], [[0, 0], [0, 0]], { tasks: { INITIALIZING: 2, RUNNING: 0 } })];
  it('are named', () => expect(first({ vertices: starting })).toMatchObject({ kind: 'starting', what: '"Sink": 2 of 2 subtasks are INITIALIZING, 1 min after the job began to run.' }));
  it('are given a moment', () => expect(kinds({ vertices: starting, since: NOW - 1_000 })).toEqual([]));
});

describe('back pressure', () => {
  it('names the first operator downstream that is busy and not held back itself', () => {
    const found = first({ vertices: [vertex('Source', [], [[0.2, 0.8]]), vertex('Map', ['Source'], [[0.3, 0.6]]), vertex('Slow', ['Map'], [[0.98, 0]]), vertex('Sink', ['Slow'])] });
    expect(found).toMatchObject({ kind: 'back-pressure', holds: true, what: '"Slow" is busy 98 % of its time and cannot take more: "Source" waits 80 % of its time for room.', details: ['"Map" waits 60 % of its time, too'], place: { vertexId: 'Slow', subtask: 0 } });
  });

  it('follows the branch that is held back, and of several outputs names the busy one', () => {
    const found = first({ vertices: [vertex('Source', [], [[0, 0.7]]), vertex('Quick', ['Source'], [[0.1, 0]]), vertex('Slow', ['Source'], [[0.9, 0]])] });
    expect(found.place?.vertex).toBe('Slow');
  });

  it('is of the operator itself where nothing comes after it', () => {
    expect(first({ vertices: [vertex('Source', [], [[0, 0.7]]), vertex('Sink', ['Source'], [[0.05, 0.95]])] }).what).toBe('"Sink" waits 95 % of its time, though nothing downstream of it is held up: for a promise of its own sink or asynchronous function, or for whoever reads its output.');
  });

  it('blames the way between two operators where neither is busy', () => {
    expect(first({ vertices: [vertex('Source', [], [[0.2, 0.7]]), vertex('Sink', ['Source'], [[0.2, 0]])] }).what).toBe('"Source" waits 70 % of its time for room, though "Sink" behind it is busy only 20 % of its: the way between the two is what is slow.');
  });

  it('says when one subtask has most of the work', () => {
    const { details, remedy } = first({ vertices: [vertex('Source', [], [[0, 0.9]]), vertex('Count', ['Source'], [[0.1, 0], [0.96, 0], [0.2, 0]])] });
    expect([details, remedy]).toEqual([['Subtask 2 of 3 is busy 96 % of its time, the others 15 %: few keys have most of the records'], expect.stringContaining('More subtasks would not help') as string]);
  });

  it('that is low deserves a look only, and less is nothing', () => {
    const low = (held: number) => [vertex('Source', [], [[0.2, held]]), vertex('Slow', ['Source'], [[0.9, 0]])];
    expect([first({ vertices: low(0.3) }).holds, kinds({ vertices: low(0.05) })]).toEqual([false, []]);
  });

  it('ends in a loop of an iteration', () => {
    expect(first({ vertices: [vertex('Head', ['Tail'], [[0.1, 0.8]]), vertex('Tail', ['Head'], [[0.1, 0.8]])] }).kind).toBe('back-pressure');
  });
});

describe('event time that stands', () => {
  const standstill: Standstill = {
    cause: 'no-more-records', since: NOW - 8_000, forMs: 8_000, recordlessMs: 8_000,
    waiting: { vertexId: 'w', operator: 'Windows', subtask: 0, parallelism: 1, openWindows: 3, timers: 3, watermark: 5_000, input: 1 },
    holder: { vertexId: 'b', operator: 'Times', subtask: 1, parallelism: 2, watermark: 5_000, head: 'Source b', alone: false, split: undefined },
  };
  it('names who holds the watermark back', () => expect(first({ standstill })).toMatchObject({ kind: 'watermark', holds: true, what: expect.stringContaining('because "Times" (2/2) behind "Source b" has had no record for 8 s.') as string, place: { vertexId: 'b', subtask: 1 } }));
  it('for a moment is on its way', () => expect(kinds({ standstill: { ...standstill, forMs: 2_000 } })).toEqual([]));
  it('comes after back pressure, which explains it', () => {
    expect(kinds({ standstill, vertices: [vertex('Source', [], [[0, 0.9]]), vertex('Slow', ['Source'], [[0.9, 0]])] })).toEqual(['back-pressure', 'watermark']);
  });
});

describe('checkpoints', () => {
  const checkpoint = (id: number, status: CheckpointFact['status'], more: Partial<CheckpointFact> = {}): CheckpointFact => ({ id, status, savepoint: false, triggered: NOW - 20_000, durationMs: 2_000, message: undefined, subtasks: [], ...more });
  const of = (history: readonly CheckpointFact[], more: Partial<CheckpointFacts> = {}): CheckpointFacts => ({ intervalMs: 5_000, history, lastCompleted: history.find(({ status }) => status === 'COMPLETED'), ...more });
  const pending = (vertexName: string, subtask: number): SubtaskCheckpointFact => ({ vertex: vertexName, subtask, parallelism: 4, took: undefined });

  it('that are complete are nothing to speak of', () => expect(kinds({ checkpoints: of([checkpoint(2, 'IN_PROGRESS', { triggered: NOW - 100, durationMs: 100 }), checkpoint(1, 'COMPLETED')]) })).toEqual([]));

  it('that fail are told with the message, the subtask and the last complete one', () => {
    const found = first({ checkpoints: of([checkpoint(9, 'FAILED', { message: 'the checkpoint 9 failed, for it was not complete within execution.checkpointing.timeout (CHECKPOINT_EXPIRED)', subtasks: [pending('Window', 1)] }), checkpoint(8, 'FAILED'), checkpoint(7, 'COMPLETED', { triggered: NOW - 120_000 })]) });
    expect(found).toMatchObject({
      kind: 'checkpoint-failing', holds: true, details: ['"Window" (2/4) has not acknowledged it'],
      what: 'The last 2 checkpoints failed, the newest of them, 9, 18 s ago: it was not complete within execution.checkpointing.timeout (CHECKPOINT_EXPIRED); the last complete one is 7, 1.97 min old.',
    });
  });

  it('that were not waited for have nobody to blame', () => {
    expect(first({ checkpoints: of([checkpoint(9, 'FAILED', { message: 'it could not be started', subtasks: [pending('Window', 1)] })]) })).toMatchObject({ kind: 'checkpoint-failing', details: [], what: expect.stringContaining('none is complete so far') as string });
  });

  it('that failed before the last complete one are over', () => expect(kinds({ checkpoints: of([checkpoint(9, 'COMPLETED'), checkpoint(8, 'FAILED')]) })).toEqual([]));
  it('a savepoint that failed is its own matter', () => expect(kinds({ checkpoints: of([checkpoint(9, 'FAILED', { savepoint: true }), checkpoint(8, 'COMPLETED')]) })).toEqual([]));

  it('under way for long is told with those that have not acknowledged it, a few of them', () => {
    const found = first({ checkpoints: of([checkpoint(9, 'IN_PROGRESS', { triggered: NOW - 40_000, subtasks: [0, 1, 2, 3, 4, 5, 6].map((at) => pending('Window', at)) }), checkpoint(8, 'COMPLETED')]) });
    expect(found).toMatchObject({ kind: 'checkpoint-slow', holds: false, what: 'Checkpoint 9 has been under way for 40 s; the last complete one took 2 s.' });
    expect(found.details).toEqual([...[1, 2, 3, 4, 5].map((at) => `"Window" (${at}/4) has not acknowledged it`), 'and 2 subtasks more']);
  });

  it('that take longer than their interval are told with the slowest subtask', () => {
    const took = { endToEndMs: 30_000, startDelayMs: 20_000, alignmentMs: 0, syncMs: 3_000, asyncMs: 7_000 };
    expect(first({ checkpoints: of([checkpoint(8, 'COMPLETED', { durationMs: 30_000, subtasks: [{ ...pending('Window', 0), took: { ...took, endToEndMs: 9_000 } }, { ...pending('Window', 3), took }] })]) })).toMatchObject({
      what: 'Checkpoint 8 took 30 s, longer than from one to the next (5 s).', details: ['"Window" (4/4) took longest, 30 s: 20 s until its first barrier came, 7 s writing it, 3 s taking the snapshot'],
    });
  });
});

describe('what only deserves a look', () => {
  it('is that it keeps its parallelism, and why, for as long as that is news; a restart has another cause', () => {
    const kept = { time: NOW - 3_000, message: 'the lower bounds take 3 slots, of which 1 is missing: the job keeps its parallelism', task: undefined, place: undefined };
    expect(first({ failures: [kept] })).toMatchObject({ kind: 'keeps-parallelism', holds: false, what: 'The job was to have another parallelism 3 s ago: the lower bounds take 3 slots, of which 1 is missing: the job keeps its parallelism.' });
    expect(kinds({ failures: [{ ...kept, time: NOW - 700_000 }] })).toEqual([]);
    expect(findingsOf(facts({ restarts: 1, failures: [kept, failure] })).map(({ kind, what }) => `${kind}: ${what}`)[1]).toBe('restarts: The job has restarted once, the last time after a failure 4 s ago: operator "Map" failed: RangeError: no (job.ts:5:3).');
  });

  it('is a recent restart, with its cause and line', () => {
    expect(first({ restarts: 2, failures: [failure] })).toMatchObject({ kind: 'restarts', holds: false, what: 'The job has restarted 2 times, the last time after a failure 4 s ago: operator "Map" failed: RangeError: no (job.ts:5:3).' });
    expect(kinds({ restarts: 2, failures: [{ ...failure, time: NOW - 700_000 }] })).toEqual([]);
  });

  it('is a source that has had no record', () => {
    const idle = facts({ vertices: [vertex('Source', [], undefined, { recordlessMs: 20_000 }), vertex('Sink', ['Source'])] });
    expect(findingsOf(idle)).toMatchObject([{ kind: 'idle-source', holds: false, what: '"Source" has had no record for 20 s: it waits for input.' }]);
    expect(explanationText(idle, findingsOf(idle), 80, PLAIN).split('\n').slice(0, 2)).toEqual(['Nothing holds this job.', '"Source" has had no record for 20 s: it waits for input.']);
  });

  it('is not a source that cannot read because it is held back', () => {
    expect(kinds({ vertices: [vertex('Source', [], [[0, 1]], { recordlessMs: 20_000 }), vertex('Slow', ['Source'], [[1, 0]])] })).toEqual(['back-pressure']);
  });

  it('comes after what holds the job', () => {
    const found = findingsOf(facts({ restarts: 1, failures: [failure], vertices: [vertex('Source', [], [[0.2, 0.3]]), vertex('Slow', ['Source'], [[0.9, 0]])], checkpoints: { intervalMs: 1, history: [{ id: 1, status: 'FAILED', savepoint: false, triggered: NOW - 9, durationMs: 1, message: 'no', subtasks: [] }], lastCompleted: undefined } }));
    expect(found.map(({ kind }) => kind)).toEqual(['checkpoint-failing', 'back-pressure', 'restarts']);
  });
});
