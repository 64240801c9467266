/** What `flink why` says of jobs that are held, in other terminals and in a session cluster. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { ended, workspace } from './flink.js';

const { file, flink, start } = workspace();

const running: ChildProcessWithoutNullStreams[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    const over = ended(child);
    if (child.exitCode === null && child.kill('SIGKILL')) await over;
  }
});

interface Explanation {
  readonly state: string;
  readonly held: boolean;
  readonly summary: string;
  readonly findings: readonly { readonly kind: string; readonly place: { readonly vertex: string } | null }[];
}

/** Asks until the answer is so. */
async function whyWhen(job: string, so: (explanation: Explanation) => boolean): Promise<Explanation> {
  for (;;) {
    const { code, stdout } = await flink(['why', '--json', job]);
    if (code === 0 && so(JSON.parse(stdout) as Explanation)) return JSON.parse(stdout) as Explanation;
  }
}

const prelude = `import { StreamExecutionEnvironment, WatermarkStrategy, TumblingEventTimeWindows, Time } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
`;

it('names the operator that is too slow for the one before it', async () => {
  file('slow.ts', `${prelude}const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
env.fromSequence(1, 1e9).map((n) => n + 1).name('Quick').map((n) => (spin(1), n)).name('Slow').slotSharingGroup('slow').filter(() => false).print();
await env.execute('Held');`);
  running.push(start(['run', '-q', 'slow.ts']));
  const { held, summary, findings } = await whyWhen('Held', ({ findings: [first] }) => first?.kind === 'back-pressure');
  expect([held, findings[0]!.place!.vertex]).toEqual([true, expect.stringMatching(/^Slow/)]);
  expect(summary).toMatch(/^"Slow.*" is busy \d+ % of its time and cannot take more: "Source: Sequence Source -> Quick" waits \d+ % of its time for room\.$/);
  const { stdout } = await flink(['why', 'Held']);
  expect(stdout.split('\n')[0]).toMatch(/^"Slow.*cannot take more/);
});

it('names who holds the watermark back, and the line that made the job restart', async () => {
  file('quiet.ts', `${prelude}import { RichMapFunction } from 'flink-ts';
class Two { run(ctx) { ctx.collect(1000); ctx.collect(3000); return new Promise((resolve) => { const timer = setInterval(() => {}, 1000); this.stop = () => (clearInterval(timer), resolve()); }); } cancel() { this.stop?.(); } }
class Once extends RichMapFunction {
  map(n) {
    if (this.getRuntimeContext().getAttemptNumber() === 0) throw new RangeError('once');
    return n;
  }
}
env.addSource(new Two()).map(new Once()).assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner((n) => n)).keyBy(() => 'all').window(TumblingEventTimeWindows.of(Time.seconds(10))).reduce((a, b) => a + b).print();
await env.execute('Quiet');`);
  running.push(start(['run', '-q', '-D', 'restart-strategy.type=fixed-delay', '-D', 'restart-strategy.fixed-delay.delay=1ms', 'quiet.ts']));
  const { summary, findings } = await whyWhen('Quiet', ({ findings: all }) => all[0]?.kind === 'watermark');
  expect(summary).toMatch(/^"TumblingEventTimeWindows" \(1\/1\) has 1 window open and fires none: event time stands at 1970-01-01T00:00:02\.999Z, since \d+ s, because "Timestamps\/Watermarks" \(1\/1\) behind "Source: .*" has had no record for \d+ s\.$/);
  expect(findings.map(({ kind }) => kind)).toContain('restarts');
  expect((await flink(['why', 'Quiet'])).stdout).toMatch(/The job has restarted once, the last time after a failure \d+ s ago: .*once \(quiet\.ts:7:\d+\)\./);
});

it('names the slots that a job of a session cluster waits for', async () => {
  file('endless.ts', `${prelude}env.fromSequence(1, 1e15).filter(() => false).print();\nawait env.execute('Waits');`);
  const started = await flink(['cluster', 'start', '--json', '--port', '0', '--task-managers', '1', '--slots', '1']);
  expect(started.code).toBe(0);
  try {
    running.push(start(['run', '-t', 'remote', '-p', '3', 'endless.ts']));
    const { summary, findings } = await whyWhen('Waits', ({ state }) => state === 'CREATED');
    expect(findings.map(({ kind }) => kind)).toEqual(['waiting-for-slots']);
    expect(summary).toMatch(/^The job waits for 3 slots, since \d+ s: the cluster has 1, of which 1 is free\.$/);
  } finally {
    await flink(['cluster', 'stop']);
  }
});
