/** `flink top` and `flink metrics` of a job in another terminal. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ended, workspace } from './flink.js';
import { eventually } from '../eventually.js';

const { file, flink, inTerminal, start } = workspace();
let child: ChildProcessWithoutNullStreams;

beforeAll(async () => {
  file('ticks.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.enableCheckpointing(50);
class Ticks {
  run(ctx) {
    return new Promise((resolve) => {
      const timer = setInterval(() => ctx.collect(1), 5);
      this.stop = () => { clearInterval(timer); resolve(); };
    });
  }
  cancel() { this.stop?.(); }
}
env.addSource(new Ticks()).rebalance().map((n) => n).setParallelism(2).filter(() => false).print();
await env.execute('Ticks');`);
  child = start(['run', '-q', 'ticks.ts']);
  child.stdout.resume();
  while (!(await flink(['list', '-r'])).stdout.includes('Ticks (RUNNING)'));
});
afterAll(async () => {
  const over = ended(child);
  child.kill('SIGKILL');
  await over;
});

it('flink top prints one picture where nobody watches', async () => {
  const { code, stdout, stderr } = await flink(['top']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^flink top {2}\S+ {2}1 job, \d subtasks\n\nTicks {2}RUNNING .*checkpoint \d+ \d+ s ago, in \d+ m?s\n {2}Vertex +State +Par +In\/s +Out\/s +Busy +Back pressure +Watermark\n {2}Source: .* RUNNING +1 +- +\d+ /);
  const { jobs } = JSON.parse((await flink(['top', '--json'])).stdout) as { jobs: { name: string; vertices: { source: boolean; outPerSecond: number }[] }[] };
  expect([jobs.length, jobs[0]!.name]).toEqual([1, 'Ticks']);
  expect(jobs[0]!.vertices[0]).toMatchObject({ source: true, outPerSecond: expect.any(Number) as number });
  expect(jobs[0]!.vertices[0]!.outPerSecond).toBeGreaterThan(10);
});

describe('flink top in a terminal', () => {
  const [ENTER, LEAVE, HOME] = ['\u001B[?1049h\u001B[?25l', '\u001B[?25h\u001B[?1049l', '\u001B[H'];
  const LINE = "stty rows 20 cols 100; stty -g; sh -c 'echo PID=$$; exec $FLINK top'; echo; echo CODE=$?; stty -g";

  it.each([['q', 'q'], ['Ctrl-C', '\u0003'], ['SIGTERM', undefined]])('draws again and again on a page of its own until %s, and leaves the terminal as it was', async (_, key) => {
    const terminal = inTerminal(LINE);
    onTestFinished(() => void terminal.kill('SIGKILL'));
    let text = '';
    terminal.stdout.on('data', (more: Buffer) => (text += more.toString('utf8')));
    const over = ended(terminal);
    await eventually(() => expect(text.split(HOME).length).toBeGreaterThan(3));
    if (key === undefined) process.kill(Number(/PID=(\d+)/.exec(text)![1]), 'SIGTERM');
    else terminal.stdin.write(key);
    expect((await over).code).toBe(0);
    const [before, page = '', after = ''] = text.split(/\u001B\[\?1049[hl]/);
    const pictures = page.split(HOME).slice(1);
    expect(text).toContain(ENTER);
    expect(text).toContain(LEAVE);
    for (const picture of pictures) expect(picture).toMatch(/^flink top {2}\d\d:\d\d:\d\d {2}1 job, \d subtasks/);
    expect(pictures.at(-1)).toMatch(/Ticks {2}RUNNING[^]*Source: .*RUNNING[^]*q ends this/);
    // Once a second.
    expect(new Set(pictures.map((picture) => picture.slice(0, 'flink top  00:00:00'.length))).size).toBeGreaterThan(1);
    const [, settings] = /^(\S+)\r\nPID/m.exec(before!)!;
    expect(after.trim().split(/\s+/)).toEqual(['CODE=0', settings]);
  });

  it('loses lines and columns that have no room', async () => {
    const terminal = inTerminal('stty rows 4 cols 40; $FLINK top');
    onTestFinished(() => void terminal.kill('SIGKILL'));
    let text = '';
    terminal.stdout.on('data', (more: Buffer) => (text += more.toString('utf8')));
    const over = ended(terminal);
    await eventually(() => expect(text).toContain(`${HOME}flink top`));
    terminal.stdin.write('q');
    expect((await over).code).toBe(0);
    const lines = text.split(HOME)[1]!.split('\u001B[J')[0]!.split('\n').map((line) => line.replaceAll(/\r|\u001B\[K/g, ''));
    expect([lines.length <= 4, lines.every((line) => line.length <= 40)]).toEqual([true, true]);
  });
});

it('flink metrics prints metrics of the job and of each subtask, those that are named', async () => {
  const all = JSON.parse((await flink(['metrics', 'Ticks', '--json'])).stdout) as { metrics: Record<string, unknown>; vertices: { parallelism: number; subtasks: { metrics: Record<string, unknown> }[] }[] };
  expect(all.metrics).toMatchObject({ numRestarts: 0, numberOfFailedCheckpoints: 0 });
  expect(all.vertices.map(({ parallelism, subtasks }) => [parallelism, subtasks.length])).toEqual(all.vertices.map(({ parallelism }) => [parallelism, parallelism]));
  expect(all.vertices[0]!.subtasks[0]!.metrics['numRecordsOut']).toBeGreaterThan(0);
  const { code, stdout } = await flink(['metrics', 'Ticks', 'numRecordsIn', '*restarts']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^"Ticks" \([0-9a-f]{32}\) is RUNNING\n {2}(fullRestarts +0\n {2})?numRestarts +0\nSource: /);
  expect(stdout).toMatch(/ #0 +#1\n(?: {2}\S+numRecordsIn\S* +\d.*\n)* {2}numRecordsIn +\d+ +\d+\n/);
  expect(stdout).not.toContain('numBytes');
  expect(await flink(['metrics', 'Ticks', 'numRecordIn'])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/no metric of job "Ticks" has "numRecordIn" in its name\n {2}hint {5}Close are numRecordsIn/) as string });
});
