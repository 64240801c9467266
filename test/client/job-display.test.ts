import { describe, expect, it } from 'vitest';
import { displayJob, jointState, stateLines } from '../../src/client/job-display.js';
import { systemClock } from '../../src/core/clock.js';
import { FakeJob, metrics, vertex } from './fake-job.js';

const two = () => [vertex('a', 'Source', [metrics(0, { state: 'CREATED' }), metrics(1, { state: 'CREATED' })]), vertex('b', 'Sink', [metrics(0, { state: 'CREATED' })])];

describe('in a pipe', () => {
  it('a job is told in one line for each state that it and its tasks reach, not for each subtask', () => {
    const job = new FakeJob('1', two());
    const said: string[] = [];
    const display = stateLines(job, { say: (text) => void said.push(text) });
    job.become('RUNNING');
    for (const state of ['SCHEDULED', 'DEPLOYING', 'INITIALIZING', 'RUNNING'] as const) for (const [id, subtask] of [['a', 0], ['a', 1], ['b', 0]] as const) job.subtask(id, subtask, state);
    job.subtask('a', 0, 'FINISHED');
    job.subtask('a', 1, 'FINISHED');
    job.subtask('b', 0, 'FINISHED');
    job.become('FINISHED');
    job.become('FINISHED');
    display.close();
    job.become('FAILED');
    expect(said).toEqual(['Job "WordCount" is CREATED', 'Job "WordCount" is RUNNING', '  Source (2) is RUNNING', '  Sink (1) is RUNNING', '  Source (2) is FINISHED', '  Sink (1) is FINISHED', 'Job "WordCount" is FINISHED']);
  });

  it('a job that is cancelled is not told step by step', () => {
    const job = new FakeJob('1', two());
    const said: string[] = [];
    stateLines(job, { say: (text) => void said.push(text) });
    job.become('RUNNING');
    job.become('CANCELLING');
    job.subtask('b', 0, 'CANCELED');
    job.become('CANCELED');
    expect(said).toEqual(['Job "WordCount" is CREATED', 'Job "WordCount" is RUNNING']);
  });

  it('nothing is said when quiet', () => {
    const said: string[] = [];
    const job = new FakeJob('1', two());
    displayJob(job, { live: false, outputOnScreen: false, colour: false, columns: () => 80, say: (text) => void said.push(text), print: () => undefined }, systemClock, true);
    job.become('RUNNING');
    expect(said).toEqual([]);
  });

  it('lines are written on a terminal too when printed records share it', () => {
    const said: string[] = [];
    displayJob(new FakeJob('1', two()), { live: true, outputOnScreen: true, colour: false, columns: () => 80, say: (text) => void said.push(text), print: () => undefined }, systemClock, false);
    expect(said).toEqual(['Job "WordCount" is CREATED']);
  });
});

describe('the state of a task', () => {
  it.each([
    [['RUNNING', 'RUNNING'], 'RUNNING'], [['RUNNING', 'INITIALIZING'], 'DEPLOYING'], [['RUNNING', 'FINISHED'], 'RUNNING'], [['FINISHED', 'FINISHED'], 'FINISHED'],
    [['RUNNING', 'FAILED'], 'FAILED'], [['CANCELED', 'CANCELING'], 'CANCELING'], [['CANCELED', 'FINISHED'], 'CANCELED'], [[], 'DEPLOYING'],
  ] as const)('with subtasks %j is %s', (states, joint) => expect(jointState(states)).toBe(joint));
});
