/** What a TaskManager's thread does for the program in it, seen from a job. */
import { describe, expect, it } from 'vitest';
import { workspace } from '../commands/flink.js';

const { file, flink } = workspace();

describe('the program of a TaskManager', () => {
  it('alone in its thread has promises that nobody follows, for those cost three times as much', async () => {
    file('promises.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromElements(1).map(() => Object.getOwnPropertySymbols(Promise.resolve()).length).print();
await env.execute();`);
    expect(await flink(['run', '-q', 'promises.ts'])).toMatchObject({ code: 0, stdout: '0\n' });
  });

  it.each([1, 2])('executes a second job, with %i slots in the thread', async (slots) => {
    file('twice.ts', `import { StreamExecutionEnvironment } from 'flink-ts';
for (const name of ['first', 'second']) {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  env.fromSequence(1, 4).map((n) => n * 10).name(name).setParallelism(${slots}).print().setParallelism(1);
  await env.execute(name);
}`);
    const { code, stdout, stderr } = await flink(['run', '-q', '-p', `${slots}`, '-D', `taskmanager.numberOfTaskSlots=${slots}`, 'twice.ts']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').sort().join(' ').trim()).toBe('10 10 20 20 30 30 40 40');
  });
});
