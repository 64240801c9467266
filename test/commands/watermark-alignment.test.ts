import { expect, it } from 'vitest';
import { workspace } from './flink.js';

const { file, flink } = workspace();

/** Two subtasks on two threads: the first has everything at hand, the second brings a second of event time every 5 ms. */
const JOB = `import { StreamExecutionEnvironment, WatermarkStrategy, type Source } from 'flink-ts';
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const source: Source<string> = {
  boundedness: 'BOUNDED',
  createEnumerator: () => ({ handleSplitRequest() {}, addSplitsBack() {}, addReader() {}, snapshotState: () => null }),
  restoreEnumerator: () => source.createEnumerator(undefined as never),
  createReader({ subtaskIndex }) {
    let at = 0;
    let due = subtaskIndex === 1;
    return {
      pollNext(output) {
        if (!due) return 'NOTHING_AVAILABLE';
        due = subtaskIndex === 0;
        output.collect(subtaskIndex + ' ' + at++);
        return at > 100 ? 'END_OF_INPUT' : 'MORE_AVAILABLE';
      },
      // The other one has begun by then.
      isAvailable: () => wait(subtaskIndex === 0 ? 500 : 5).then(() => void (due = true)),
      addSplits() {}, notifyNoMoreSplits() {}, snapshotState: () => [],
    };
  },
};
const strategy = WatermarkStrategy.forMonotonousTimestamps<string>()
  .withTimestampAssigner((line) => Number(line.split(' ')[1]) * 1000)
  .withWatermarkAlignment('group', '10 s', '20 ms');
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromSource(source, strategy, 'seconds').print('');
await env.execute();
`;

it('keeps the subtasks of a source together, each on a thread of its own', async () => {
  const { code, stdout, stderr } = await flink(['run', '-q', '--json', '-p', '2', file('drift.ts', JOB)]);
  expect(stderr).toContain('"status":"FINISHED"');
  expect(code).toBe(0);
  const reached = [-1, -1];
  let lead = 0;
  for (const line of stdout.trim().split('\n')) {
    const [subtask, second] = line.replace(/^.*> /, '').split(' ').map(Number) as [number, number];
    reached[subtask] = second;
    if (subtask === 0 && reached[1] !== -1) lead = Math.max(lead, second - reached[1]!);
  }
  expect(reached).toEqual([100, 100]);
  // One record is read before it is seen to be too far ahead, and what a thread has read it prints a little later.
  expect(lead).toBeLessThanOrEqual(15);
  const [{ subtasks }] = (JSON.parse(stderr) as { vertices: [{ subtasks: { alignmentPausedMs: number }[] }] }).vertices;
  expect(subtasks[0]!.alignmentPausedMs).toBeGreaterThan(100);
});
