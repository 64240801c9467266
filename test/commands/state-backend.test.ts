/** Jobs that keep their state in LevelDB: after a failure, and through savepoints from and to the heap. */
import { existsSync, readdirSync } from 'node:fs';
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

/** Tells each of 9,000 keys when it has come 13 times; once after a checkpoint it deletes what checkpoints have stored, and fails. */
const DELETING = `import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KeyedProcessFunction, RichMapFunction, StreamExecutionEnvironment, ValueStateDescriptor } from 'flink-ts';
class DeleteAndFail extends RichMapFunction {
  completed = false;
  notifyCheckpointComplete() { this.completed = true; }
  map(n) {
    if (!this.completed || n < 50_000 || this.getRuntimeContext().getAttemptNumber() > 0) return n;
    for (const { parentPath, name } of readdirSync(process.argv[2], { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== '_metadata')) rmSync(join(parentPath, name), { force: true });
    throw new Error('once');
  }
}
class Count extends KeyedProcessFunction {
  open() { this.count = this.getRuntimeContext().getState(new ValueStateDescriptor('count')); }
  processElement(n, context, out) {
    const count = (this.count.value()?.n ?? 0) + 1;
    this.count.update({ n: count, key: 'key ' + context.getCurrentKey() });
    if (count === 13) out.collect(context.getCurrentKey());
  }
}
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromSequence(0, 116_999).map(new DeleteAndFail()).keyBy((n) => n % 9_000).process(new Count()).print();
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

/** Keeps 2 KB, hard to compress, under each of 50,000 keys, reads all of it again, and tells how many were as they should be. */
const LARGE = `import { KeyedProcessFunction, StreamExecutionEnvironment, ValueStateDescriptor } from 'flink-ts';
const textOf = (key) => {
  let text = '';
  for (let n = key + 1; text.length < 2_000; n = (n * 48271) % 2147483647) text += n.toString(36) + ' ';
  return text;
};
class Keep extends KeyedProcessFunction {
  open() { this.text = this.getRuntimeContext().getState(new ValueStateDescriptor('text')); }
  processElement(n, context, out) {
    const key = context.getCurrentKey();
    if (n < 50_000) this.text.update(textOf(key));
    else if (this.text.value() === textOf(key)) out.collect(1);
  }
}
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromSequence(0, 99_999).keyBy((n) => n % 50_000).process(new Keep()).keyBy(() => 'all').reduce((a, b) => a + b).filter((n) => n === 50_000).map((n) => 'keys: ' + n).print();
await env.execute();
`;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

/** Complete checkpoints in a folder, the oldest first. */
function checkpointsIn(folder: string): string[] {
  const jobs = existsSync(join(path, folder)) ? readdirSync(join(path, folder)) : [];
  const found = jobs.flatMap((job) => readdirSync(join(path, folder, job)).filter((name) => name.startsWith('chk-')).map((name) => join(path, folder, job, name)));
  return found.filter((checkpoint) => existsSync(join(checkpoint, '_metadata'))).sort((a, b) => Number(a.split('chk-')[1]) - Number(b.split('chk-')[1]));
}

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
  it.each([['1', 'rocksdb', 'true'], ['2', 'level', 'false'], ['3', 'level', 'true']])('at parallelism %s counts every record once, through a failure, as backend %s with incremental checkpoints: %s', async (parallelism, backend, incremental) => {
    const run = await flink(['run', '-p', parallelism, '-D', `state.backend.type=${backend}`, '-D', `execution.checkpointing.incremental=${incremental}`, ...CHECKPOINTS, ...RESTART, file('failing.ts', FAILING)]);
    expect(run.stderr).toContain('once');
    expect([run.stderr.includes('Warning: state.backend.type is rocksdb'), run.code]).toEqual([backend === 'rocksdb', 0]);
    const lines = run.stdout.trim().split('\n').map((line) => line.replace(/^\d+> /, ''));
    expect(lines.sort()).toEqual(Array.from({ length: 9_000 }, (_, key) => `key ${key}: ${key < 3_000 ? 14 : 13}`).sort());
    expect(filesBelow(join(path, 'checkpoints'))).toEqual([]);
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

  it('goes on from its last checkpoint, an incremental one, after the process was killed, at another parallelism', async () => {
    const words = [...LEVEL, '-D', 'execution.checkpointing.incremental=true', '-D', `execution.checkpointing.dir=${join(path, 'killed')}`, '-D', 'execution.checkpointing.interval=30 ms'];
    const child = start(['run', '-p', '2', ...words, file('counting.ts', COUNTING)]);
    const run = ended(child);
    for (let tries = 0; (await flink(['checkpoint', 'Counting'])).code !== 0 || checkpointsIn('killed').length === 0; tries++) expect(tries).toBeLessThan(50);
    child.kill('SIGKILL');
    await run;
    const told = await counts(['-p', '3', ...LEVEL], checkpointsIn('killed').at(-1)!);
    expect(told).toHaveLength(3_000);
    expect(Math.min(...told)).toBeGreaterThan(1);
    // Two splits of the sequence, each of which may end anywhere.
    expect(Math.max(...told) - Math.min(...told)).toBeLessThanOrEqual(2);
    expect(readdirSync(join(path, 'temporary')).filter((name) => name.startsWith('flink-level-'))).toEqual([]);
  });

  it('goes on from its local copy of a checkpoint whose files are gone, and leaves none behind', async () => {
    const words = [...LEVEL, '-D', 'execution.checkpointing.incremental=true', ...CHECKPOINTS, ...RESTART, '-D', 'restart-strategy.fixed-delay.attempts=2'];
    const run = await flink(['run', ...words, '-D', 'state.backend.local-recovery=true', file('deleting.ts', DELETING), join(path, 'checkpoints')]);
    expect([run.stderr.includes('once'), run.code]).toEqual([true, 0]);
    expect(new Set(run.stdout.trim().split('\n'))).toEqual(new Set(Array.from({ length: 9_000 }, (_, key) => String(key))));
    expect(readdirSync(join(path, 'temporary')).filter((name) => name.startsWith('flink-level-'))).toEqual([]);
    const without = await flink(['run', '-q', ...words, 'deleting.ts', join(path, 'checkpoints')]);
    expect([without.code, without.stderr.includes('SNAPSHOT_FILE_MISSING')]).toEqual([1, true]);
  });

  it('keeps more state than the heap holds', async () => {
    const heap = ['-D', 'taskmanager.memory.heap.size=64mb'];
    const run = await flink(['run', ...heap, ...LEVEL, '-D', 'execution.checkpointing.incremental=true', ...CHECKPOINTS, file('large.ts', LARGE)]);
    expect([run.code, run.stdout]).toEqual([0, 'keys: 50000\n']);
    const onHeap = await flink(['run', ...heap, 'large.ts']);
    expect([onHeap.code === 0, onHeap.stderr.includes('OUT_OF_MEMORY')]).toEqual([false, true]);
  });
});
