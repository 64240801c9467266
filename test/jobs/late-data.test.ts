/**
 * Late data: counted in time, counted again, or set aside, depending on how late.
 */
import { describe, expect, it } from 'vitest';
import { flink, linesOf } from './flink.js';

describe.each(['1', '3'])('the late data job at parallelism %s', (parallelism) => {
  const run = (...args: string[]): string[] => ['run', '-q', '-p', parallelism, 'jobs/late-data.ts', ...args];

  it('waits for the watermark, corrects within the allowed lateness, and sets aside what comes later', async () => {
    const lines = await linesOf(flink(run()));
    const counts = (app: string): string[] => lines.filter((line) => line.includes(`${app} `));
    expect(counts('app1')).toEqual(['12:00-12:10 app1 3', '12:00-12:10 app1 4', '12:10-12:20 app1 1', '12:20-12:30 app1 1']);
    expect(counts('app2')).toEqual(['12:00-12:10 app2 2', '12:10-12:20 app2 2']);
    expect(lines.filter((line) => line.startsWith('late'))).toEqual(['late 12:02 app1']);
  });

  it('fires a window at the watermark of its last millisecond, and closes it one lateness later', async () => {
    // The watermark is 2 min 1 ms behind: 12:11:59.999 is one short of the window's end, 12:16:59.999 of its clean-up.
    const times = ['12:00:00.000', '12:11:59.999', '12:09:59.999', '12:12:00.000', '12:16:59.999', '12:05:00.000', '12:17:00.000', '12:05:00.000'];
    const lines = await linesOf(flink(run('--input', '-'), times.map((time) => `2024-05-01T${time}Z,app\n`).join('')));
    expect(lines.filter((line) => !line.startsWith('late'))).toEqual(['12:00-12:10 app 2', '12:00-12:10 app 3', '12:10-12:20 app 4']);
    expect(lines.filter((line) => line.startsWith('late'))).toEqual(['late 12:05 app']);
  });

  it('finds nothing late in batch mode', async () => {
    const lines = await linesOf(flink(['run', '-q', '-p', parallelism, '-D', 'execution.runtime-mode=BATCH', 'jobs/late-data.ts']));
    expect(lines.sort()).toEqual(['12:00-12:10 app1 5', '12:00-12:10 app2 2', '12:10-12:20 app1 1', '12:10-12:20 app2 2', '12:20-12:30 app1 1']);
  });
});
