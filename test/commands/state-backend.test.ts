/** Jobs that keep their state in LevelDB: after a failure, and through savepoints from and to the heap. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, workspace } from './flink.js';

const { file, flink, path, start, leftovers } = workspace();

const LEVEL = ['-D', 'state.backend.type=level'];
const CHECKPOINTS = ['-D', 'execution.checkpointing.interval=30 ms', '-D', `execution.checkpointing.dir=${join(path, 'checkpoints')}`];
const RESTART = ['-D', 'restart-strategy.type=fixed-delay', '-D', 'restart-strategy.fixed-delay.delay=10 ms'];

/** Counts 120,000 numbers under 9,000 keys and fails once after a checkpoint; tells each key's count at the end. */
const FAILING = `import { KeyedProcessFunction, RichMapFunction, StreamExecutionEnvironment, ValueStateDescriptor } from 'flink-ts';
class FailOnce extends RichMapFunction {
  completed = false;
  notifyCheckpointComplete() { this.completed = true; }
  map(n) {
    if (this.completed && this.getRuntimeContext().getAttemptNumber() === 0) throw new Error('once');
    return n;
  }
}
class Count extends KeyedProcessFunction {
  open() { this.count = this.getRuntimeContext().getState(new ValueStateDescriptor('count')); }
  processElement(n, context) {
    const count = this.count.value() ?? { n: 0, key: 'key ' + context.getCurrentKey() };
    this.count.update({ ...count, n: count.n + 1 });
    if (count.n === 0) context.timerService().registerEventTimeTimer(1e15);
  }
  onTimer(_time, context, out) {
    const count = this.count.value();
    out.collect(count.key + ': ' + count.n);
  }
}
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromSequence(0, 119_999).map(new FailOnce()).keyBy((n) => n % 9_000).process(Count).print();
await env.execute();
`;

/** Counts what comes under 3,000 keys: an endless sequence, or (with an argument) each key once, telling its count. */
const COUNTING = `import { KeyedProcessFunction, StreamExecutionEnvironment, ValueStateDescriptor } from 'flink-ts';
const tells = process.argv[2] === 'tell';
class Count extends KeyedProcessFunction {
  open() { this.count = this.getRuntimeContext().getState(new ValueStateDescriptor('count')); }
  processElement(_n, context, out) {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    if (tells) out.collect(String(count));
  }
}
const env = StreamExecutionEnvironment.getExecutionEnvironment();
const numbers = tells ? env.fromSequence(0, 2_999).uid('each once') : env.fromSequence(0, 1e12).uid('endless');
numbers.keyBy((n) => n % 3_000).process(Count).uid('count').print().uid('out');
await env.execute('Counting');
`;

/** Lets the endless job run until it has taken a checkpoint, and stops it with a savepoint, whose path it answers. */
async function stopped(words: readonly string[], folder: string): Promise<string> {
  const child = start(['run', ...CHECKPOINTS, ...words, file('counting.ts', COUNTING)]);
  const run = ended(child);
  for (let tries = 0; (await flink(['checkpoint', 'Counting'])).code !== 0; tries++) expect(tries).toBeLessThan(50);
  const { code, stderr } = await flink(['stop', '-p', join(path, folder), 'Counting']);
  expect([code, stderr.split('\n').find((line) => line.startsWith('Error'))]).toEqual([0, undefined]);
  expect((await run).code).toBe(0);
  return join(path, folder, readdirSync(join(path, folder))[0]!);
}

async function counts(words: readonly string[], savepoint: string): Promise<number[]> {
  const { code, stdout, stderr } = await flink(['run', '-q', '-n', '-s', savepoint, ...words, 'counting.ts', 'tell']);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.trim().split('\n').map((line) => Number(line.replace(/^\d+> /, '')));
}

describe('a job with its state in LevelDB', () => {
  it.each([['1', 'rocksdb'], ['2', 'level']])('at parallelism %s counts every record once, through a failure, when the backend is called %s', async (parallelism, backend) => {
    const run = await flink(['run', '-p', parallelism, '-D', `state.backend.type=${backend}`, ...CHECKPOINTS, ...RESTART, file('failing.ts', FAILING)]);
    expect(run.stderr).toContain('once');
    expect([run.stderr.includes('Warning: state.backend.type is rocksdb'), run.code]).toEqual([backend === 'rocksdb', 0]);
    const lines = run.stdout.trim().split('\n').map((line) => line.replace(/^\d+> /, ''));
    expect(lines.sort()).toEqual(Array.from({ length: 9_000 }, (_, key) => `key ${key}: ${key < 3_000 ? 14 : 13}`).sort());
    expect(leftovers()).toEqual([]);
  });

  it.each([['level', LEVEL, []], ['hashmap', [], LEVEL]] as const)('gives its savepoint to the other backend: from %s', async (_, from, to) => {
    const savepoint = await stopped(from, `savepoints-of-${_}`);
    const told = await counts([...to], savepoint);
    expect(told).toHaveLength(3_000);
    expect(Math.max(...told) - Math.min(...told)).toBeLessThanOrEqual(1);
    expect(Math.min(...told)).toBeGreaterThan(1);
    expect(leftovers()).toEqual([]);
  });
});
