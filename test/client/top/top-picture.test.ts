/** The picture of `flink top`. */
import { describe, expect, it } from 'vitest';
import type { JobPicture, Picture, VertexPicture } from '../../../src/client/top/ask-picture.js';
import { topPicture } from '../../../src/client/top/top-picture.js';

const vertex = (name: string, more: Partial<VertexPicture> = {}): VertexPicture => ({ name, parallelism: 2, state: 'RUNNING', source: false, inPerSecond: 1234, outPerSecond: 12, busy: 0.5, backPressured: 0.25, watermarkLagMs: 1_500, ...more });
const job = (more: Partial<JobPicture> = {}): JobPicture => ({ jobId: '5f0c'.padEnd(32, '0'), name: 'Words', state: 'RUNNING', durationMs: 61_000, restarts: 0, checkpoint: null, failedCheckpoints: 0, vertices: [vertex('Source', { source: true, watermarkLagMs: null }), vertex('Count')], ...more });
const picture = (jobs: readonly JobPicture[], more: Partial<Picture> = {}): Picture => ({ time: 0, jobs, silent: [], ...more });
const lines = (shown: Picture, width = 120): string[] => topPicture(shown, width).split('\n').slice(1);

describe('flink top', () => {
  it('shows each job, and its vertices with rates, load and how far event time is behind', () => {
    expect(lines(picture([job()]))).toEqual([
      '',
      'Words  RUNNING  1.02 min  5f0c0000',
      '  Vertex            State       Par     In/s    Out/s   Busy  Back pressure     Watermark',
      '  Source            RUNNING       2        -       12    50%  ███░░░░░░░ 25%            -',
      '  Count             RUNNING       2    1.23k       12    50%  ███░░░░░░░ 25%        1.5 s',
    ]);
    expect(topPicture(picture([job()]), 120).split('\n')[0]).toMatch(/^flink top {2}\d\d:\d\d:00 {2}1 job, 4 subtasks$/);
  });

  it('says of a job its last checkpoint, how many failed, and restarts', () => {
    expect(lines(picture([job({ checkpoint: { id: 7, agoMs: 4_000, durationMs: 120 }, failedCheckpoints: 2, restarts: 1 })]))[1]).toBe('Words  RUNNING  1.02 min  5f0c0000  checkpoint 7 4 s ago, in 120 ms  2 failed  restarted once');
  });

  it.each([[-2_000, '+2 s'], [90_000, '1.5 min'], [20_000 * 86_400_000, '20000 d']])('writes a watermark %i ms behind as %s', (watermarkLagMs, text) => {
    expect(lines(picture([job({ vertices: [vertex('Count', { watermarkLagMs })] })])).at(-1)).toMatch(new RegExp(` ${text.replace('+', '\\+')}$`));
  });

  it('loses the last columns where the terminal is narrow, and is never wider than it', () => {
    for (const width of [30, 50, 80, 100]) for (const line of topPicture(picture([job({ name: 'A long name '.repeat(9) })]), width).split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines(picture([job()]), 60)[2]).toBe('  Vertex            State       Par     In/s    Out/s   Busy');
  });

  it('names clusters that do not answer, and says when no job runs', () => {
    expect(lines(picture([], { silent: ['process 7 has not answered for 3 s'] }))).toEqual(['! process 7 has not answered for 3 s', 'No job runs.']);
  });
});
