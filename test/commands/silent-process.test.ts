/** A process of a job that does not answer: stopped, as by Ctrl-Z. */
import { expect, it } from 'vitest';
import { ended, workspace } from './flink.js';
import { TICKS } from './ticks.js';

const { file, flink, start } = workspace();

const endless = (name: string): string => `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
${TICKS}
env.addSource(new Ticks()).filter(() => false).print();
await env.execute('${name}');
`;

it('is named, with what can be done, and holds up neither the list nor other jobs', async () => {
  const children = ['Stuck', 'Lively'].map((name) => start(['run', '-q', file(`${name}.ts`, endless(name))]));
  const over = children.map(ended);
  const [stuck] = children;
  try {
    while (!/Stuck \(RUNNING\)[^]*Lively \(RUNNING\)|Lively \(RUNNING\)[^]*Stuck \(RUNNING\)/.test((await flink(['list', '-r'])).stdout));
    stuck!.kill('SIGSTOP');
    const advice = `It is stopped (as by Ctrl-Z): \`kill -CONT ${stuck!.pid}\` lets it go on; \`kill -9 ${stuck!.pid}\` ends it, and its jobs with it.`;
    const { code, stdout, stderr } = await flink(['list', '--json']);
    expect([code, (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)]).toEqual([0, ['Lively']]);
    expect(stderr).toBe(`Warning: process ${stuck!.pid} has not answered for 3 s. ${advice} Its jobs are not in this list.\n`);
    expect(await flink(['cancel', '--timeout', '500ms', 'Stuck'])).toEqual({ code: 1, stdout: '', stderr: `Error [TIMEOUT] process ${stuck!.pid} has not answered for 500 ms\n  hint     ${advice}\n` });
    expect((await flink(['cancel', '--wait', 'Lively'])).code).toBe(0);
    expect((await over[1]!).code).toBe(130);
    stuck!.kill('SIGCONT');
    expect((await flink(['cancel', '--wait', 'Stuck'])).code).toBe(0);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(over);
  }
});
