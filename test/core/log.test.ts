import { describe, expect, it } from 'vitest';
import { type LogFormat, type LogLevel, logTo, type Say } from '../../src/core/log.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

const TIME = '2026-11-23T00:00:00.123Z';
const TASK = { jobId: 'j', jobName: 'Words', vertexId: 'v', vertex: 'Map', subtask: 1, attempt: 2 };

/** What is written of what is said. */
function written(format: LogFormat, level: LogLevel, speak: (say: Say) => void): string {
  let lines = '';
  speak(logTo({ format, level, clock: new ManualClock(Date.parse(TIME)), write: (more) => void (lines += more) }, 'JobManager'));
  return lines;
}

describe('a log for people', () => {
  it('has time, level, who speaks and what about before the text', () => {
    expect(written('pretty', 'INFO', (say) => {
      say('The cluster ends');
      say('Map is FAILED: broken', { ...TASK, level: 'WARN' });
      say('Job "Words" is RUNNING', { jobId: 'j', jobName: 'Words' });
    })).toBe(`${TIME} INFO  JobManager - The cluster ends\n${TIME} WARN  JobManager [Words, Map 1#2] - Map is FAILED: broken\n${TIME} INFO  JobManager [Words] - Job "Words" is RUNNING\n`);
  });

  it('knows warnings and errors by how they begin', () => {
    expect(written('pretty', 'INFO', (say) => {
      say('Warning: careful');
      say('Error [INTERNAL] broken\n  hint     none');
    })).toBe(`${TIME} WARN  JobManager - careful\n${TIME} ERROR JobManager - Error [INTERNAL] broken\n  hint     none\n`);
  });
});

describe('a log for programs', () => {
  it('has one object for each thing said, whatever is in the text', () => {
    const lines = written('json', 'INFO', (say) => {
      say('two\nlines and a "quote"', TASK);
      say('Warning: careful');
    }).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { time: TIME, level: 'INFO', logger: 'JobManager', message: 'two\nlines and a "quote"', ...TASK }, { time: TIME, level: 'WARN', logger: 'JobManager', message: 'careful' },
    ]);
  });
});

it.each([['DEBUG', 4], ['INFO', 3], ['WARN', 2], ['ERROR', 1], ['OFF', 0]] as const)('the level %s lets %d of four lines through', (level, count) => {
  const lines = written('json', level, (say) => (['DEBUG', 'INFO', 'WARN', 'ERROR'] as const).forEach((one) => say('x', { level: one })));
  expect(lines.split('\n').length - 1).toBe(count);
});
