import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { SharedScreen } from '../../src/cluster/shared-screen.js';
import type { ExecutionState } from '../../src/cluster/running-job.js';
import { FlinkError } from '../../src/core/errors.js';
import { displayJob, jointState, stateLines } from '../../src/client/job-display.js';
import type { Terminal } from '../../src/client/terminal.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { settled } from '../runtime/chain-fixture.js';
import { FakeJob, metrics, vertex } from './fake-job.js';

const two = () => [vertex('a', 'Source', [metrics(0, { state: 'CREATED' }), metrics(1, { state: 'CREATED' })]), vertex('b', 'Sink', [metrics(0, { state: 'CREATED' })])];

function screen(more: Partial<Terminal> = {}): { terminal: Terminal; said: string[]; text: () => string; stream: PassThrough } {
  const stream = Object.assign(new PassThrough(), { columns: 80, rows: 24, isTTY: true });
  let written = '';
  stream.on('data', (chunk: Buffer) => (written += String(chunk)));
  const said: string[] = [];
  const terminal: Terminal = {
    live: false, colour: false, screens: [stream as unknown as NodeJS.WriteStream], columns: () => 80, rows: () => 24,
    say: (text) => void said.push(text), closed: () => false, print: () => undefined, ...more,
  };
  return { terminal, said, text: () => written, stream };
}

/** Windows behind a source whose watermark left `forMs` ago. */
function standing(forMs: number) {
  const source = vertex('a', 'Source', [metrics(0, { state: 'RUNNING', currentOutputWatermark: 5, watermarkAt: 100_000 - forMs, lastRecordAt: 100_000 - forMs })], { operators: [{ nodeId: 1, name: 'Times', makesWatermarks: true }] });
  const operators = [{ nodeId: 2, name: 'Windows', metrics: { numOpenWindows: 1, numEventTimeTimers: 1, currentInputWatermark: 5 } }];
  return [source, vertex('b', 'Windows', [metrics(0, { state: 'RUNNING', operators })], { edges: [{ from: 'a', input: 0, partitioning: 'HASH' }] })];
}

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

  it('a job that restarts says when, what and why, and what runs again', async () => {
    const { said, terminal } = screen();
    const job = new FakeJob('1', two());
    const display = displayJob(job, terminal, new ManualClock(), false, undefined);
    const all = (state: ExecutionState): void => {
      for (const [id, subtask] of [['a', 0], ['a', 1], ['b', 0]] as const) job.subtask(id, subtask, state);
    };
    job.become('RUNNING');
    all('RUNNING');
    job.subtask('a', 0, 'FAILED');
    job.become('RESTARTING');
    job.restart(1500, 'it broke\nin many lines', 3);
    await settled();
    all('CANCELED');
    job.become('RUNNING');
    all('RUNNING');
    job.restart(2000, 'again', 1);
    await settled();
    display.close();
    expect(said.slice(4)).toEqual([
      '  Source (2) is FAILED', 'Job "WordCount" is RESTARTING', '  3 tasks will start again in 1.5 s: it broke', '  Source (2) is CANCELED', '  Sink (1) is CANCELED',
      'Job "WordCount" is RUNNING', '  Source (2) is RUNNING', '  Sink (1) is RUNNING', '  1 task will start again in 2 s: again',
    ]);
  });

  it('checkpoints that fail are told once for each way to fail, with what can be done, and that they are complete again', async () => {
    const { said, terminal } = screen();
    const job = new FakeJob('1', two());
    const display = displayJob(job, terminal, new ManualClock(), false, undefined);
    const full = (id: number): FlinkError => {
      const cause = new FlinkError('CHECKPOINT_STORAGE', `could not write /chk-${id}: ENOSPC`, { cause: Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }), hint: 'Free some space.' });
      return new FlinkError('CHECKPOINT_FAILED', `the checkpoint ${id} failed (IO_EXCEPTION): ${cause.message}`, { cause, hint: cause.hint });
    };
    job.checkpoint(1);
    job.checkpoint(2, full(2));
    job.checkpoint(3, full(3));
    job.checkpoint(4, new FlinkError('CHECKPOINT_FAILED', 'the checkpoint 4 failed (CHECKPOINT_EXPIRED)', { hint: 'Wait longer.' }));
    await settled();
    job.checkpoint(5);
    job.checkpoint(6);
    job.checkpoint(7, full(7));
    await settled();
    display.close();
    expect(said.filter((text) => /checkpoint/i.test(text))).toEqual([
      '  The job runs on without a checkpoint: the checkpoint 2 failed (IO_EXCEPTION): could not write /chk-2: ENOSPC. Free some space.',
      '  The job runs on without a checkpoint: the checkpoint 4 failed (CHECKPOINT_EXPIRED). Wait longer.',
      '  Checkpoints are complete again, from 5 on, after 3 failed',
      '  The job runs on without a checkpoint: the checkpoint 7 failed (IO_EXCEPTION): could not write /chk-7: ENOSPC. Free some space.',
    ]);
  });

  it('a restart for a reason outside the job says what can be done', async () => {
    const { said, terminal } = screen();
    const job = new FakeJob('1', two());
    const display = displayJob(job, terminal, new ManualClock(), false, undefined);
    job.restart(1500, new FlinkError('OUTPUT_UNWRITABLE', 'Cannot write out/part: no space', { hint: 'Free some space.' }), 3);
    await settled();
    display.close();
    expect(said.at(-1)).toBe('  3 tasks will start again in 1.5 s: Cannot write out/part: no space. Free some space.');
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

  it('a job that stands still says why, once', () => {
    const { said, terminal } = screen();
    const job = new FakeJob('1');
    const clock = new ManualClock();
    const display = displayJob(job, terminal, clock, false, undefined);
    const shown = (forMs: number): string[] => {
      job.shown = { ...job.shown, status: 'RUNNING', durationMs: 100_000, vertices: standing(forMs) };
      clock.advance('2 s');
      return said.filter((line) => line.includes('fires none'));
    };
    expect(shown(9000)).toEqual([]);
    const [line, ...more] = shown(11_000);
    expect(line).toMatch(/^"Windows" \(1\/1\) has 1 window open .* because "Times" \(1\/1\) has had no record for 11 s\. The next record/);
    expect(more).toEqual([]);
    expect(shown(13_000)).toHaveLength(1);
    display.close();
    expect(clock.scheduled).toBe(0);
  });

  it('nothing is said when quiet', () => {
    const { said, terminal } = screen();
    const job = new FakeJob('1', two());
    displayJob(job, terminal, new ManualClock(), true, undefined);
    job.become('RUNNING');
    expect(said).toEqual([]);
  });
});

describe('on a terminal', () => {
  it('a job that stands still says why below its table, in lines that fit', () => {
    const { terminal, text } = screen({ live: true });
    const job = new FakeJob('1');
    job.shown = { ...job.shown, status: 'RUNNING', durationMs: 100_000, vertices: standing(6000) };
    const clock = new ManualClock();
    const display = displayJob(job, terminal, clock, false, new SharedScreen(SharedScreen.allocate()));
    clock.advance(500);
    const lines = text().split('\n').filter((line) => line !== '');
    const at = lines.findIndex((line) => line.includes('has 1 window open'));
    expect(lines.slice(at).join(' ').replaceAll(/ +/g, ' ')).toContain('because "Times" (1/1) has had no record for 6 s.');
    expect(Math.max(...lines.slice(at).map((line) => line.length))).toBeLessThanOrEqual(80);
    display.close();
  });

  const frames = (text: string): string[] => text.split(/(?=WordCount)/).filter((frame) => frame.startsWith('WordCount'));
  const shared = (): SharedScreen => new SharedScreen(SharedScreen.allocate());

  it('lines are written when another job has the screen', () => {
    const { said, terminal } = screen({ live: true });
    displayJob(new FakeJob('1', two()), terminal, new ManualClock(), false, undefined);
    expect(said).toEqual(['Job "WordCount" is CREATED']);
  });

  it('records that a TaskManager prints take the picture away and go above the next one', () => {
    const { terminal, text } = screen({ live: true });
    const clock = new ManualClock();
    const memory = SharedScreen.allocate();
    const display = displayJob(new FakeJob('1', two()), terminal, clock, false, new SharedScreen(memory));
    clock.advance(500);
    // What StandardOutput does in another thread.
    const elsewhere = new SharedScreen(memory);
    elsewhere.exclusively(() => expect(elsewhere.erasePicture()).toBe('\u001b[4A\u001b[J'));
    expect(elsewhere.erasePicture()).toBe('');
    const drawn = text().length;
    clock.advance(500);
    expect(text().slice(drawn)).not.toContain('\u001b[4A');
    display.close();
    expect(text().slice(drawn)).toContain('\u001b[4A\u001b[J');
  });

  it('a picture is redrawn every half second, with what is said meanwhile above it, and the whole run stays', () => {
    const { terminal, text, stream } = screen({ live: true });
    const clock = new ManualClock();
    const job = new FakeJob('1', two());
    const display = displayJob(job, terminal, clock, false, shared());
    clock.advance(499);
    expect(text()).toBe('');
    clock.advance(1);
    expect(frames(text())).toHaveLength(1);
    stream.write('something\n');
    expect(text().lastIndexOf('something')).toBeLessThan(text().lastIndexOf('WordCount'));
    job.become('RUNNING');
    clock.advance(500);
    job.become('FINISHED');
    display.close();
    display.close();
    expect(frames(text()).map((frame) => /^WordCount  (\w+)/.exec(frame)![1])).toEqual(['CREATED', 'CREATED', 'RUNNING', 'FINISHED']);
    expect(clock.scheduled).toBe(0);
    stream.write('afterwards\n');
    expect(text().endsWith('afterwards\n')).toBe(true);
  });

  it('a job that ends sooner gets no picture', () => {
    const { terminal, text } = screen({ live: true });
    const clock = new ManualClock();
    displayJob(new FakeJob('1', two()), terminal, clock, false, shared()).close();
    clock.advance(1000);
    expect(text()).toBe('');
  });
});

describe('the state of a task', () => {
  it.each([
    [['RUNNING', 'RUNNING'], 'RUNNING'], [['RUNNING', 'INITIALIZING'], 'DEPLOYING'], [['RUNNING', 'FINISHED'], 'RUNNING'], [['FINISHED', 'FINISHED'], 'FINISHED'],
    [['RUNNING', 'FAILED'], 'FAILED'], [['CANCELED', 'CANCELING'], 'CANCELING'], [['CANCELED', 'FINISHED'], 'CANCELED'], [[], 'DEPLOYING'],
  ] as const)('with subtasks %j is %s', (states, joint) => expect(jointState(states)).toBe(joint));
});
