/**
 * Savepoints that versions before this one have written, kept beside this file by the version of their format: a job goes
 * on from each as if nothing had happened, on the built command line.
 *
 * When the format gets another version, take new ones with `WRITE_SAVEPOINTS=1 npx vitest run test/checkpoint/written-before`,
 * and leave the old ones where they are.
 */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ended, workspace } from '../commands/flink.js';

const kept = fileURLToPath(new URL('./written-before/', import.meta.url));
const CURRENT = 'version-1';
const { file, flink, path, start } = workspace();

/** Every kind of state; what it prints comes at its end, so that all of the job counts in it. */
const JOB = file('all-kinds.ts', `import {
  DataGeneratorSource, KeyedProcessFunction, ListStateDescriptor, MapStateDescriptor, ParameterTool, ReducingStateDescriptor,
  StreamExecutionEnvironment, TumblingEventTimeWindows, ValueStateDescriptor, WatermarkStrategy,
} from 'flink-ts';
const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();
const END = 1_000_000_000_000;
class Kept extends KeyedProcessFunction {
  open() {
    const context = this.getRuntimeContext();
    this.first = context.getState(new ValueStateDescriptor('first'));
    this.last = context.getListState(new ListStateDescriptor('last'));
    this.digits = context.getMapState(new MapStateDescriptor('digits'));
    this.sum = context.getReducingState(new ReducingStateDescriptor('sum', (a, b) => a + b));
  }
  processElement(n, context) {
    if (this.first.value() === null || this.first.value() === undefined) this.first.update({ n, big: BigInt(n) * 10n ** 20n, at: new Date(n) });
    this.last.update([...this.last.get(), n].slice(-2));
    this.digits.put(String(n % 10), (this.digits.get(String(n % 10)) ?? 0) + 1);
    this.sum.add(n);
    context.timerService().registerEventTimeTimer(END);
  }
  onTimer(time, context, out) {
    const { n, big, at } = this.first.value();
    const digits = [...this.digits.entries()].sort().map(([digit, count]) => digit + 'x' + count).join(' ');
    out.collect(context.getCurrentKey() + ': from ' + n + ' ' + big + ' ' + at.getTime() + ', last ' + [...this.last.get()].join(' ') + ', ' + digits + ', sum ' + this.sum.get());
  }
}
class Counted {
  seen = 0;
  initializeState(context) {
    this.state = context.getOperatorStateStore().getListState(new ListStateDescriptor('seen'));
    for (const seen of this.state.get()) this.seen += seen;
  }
  snapshotState() {
    this.state.update([this.seen]);
  }
  map(n) {
    this.seen++;
    return this.seen === COUNT ? 'seen ' + this.seen : '';
  }
}
// So many keys that a database is begun for them; each is met in the beginning and, after the savepoint, once more.
class Met extends KeyedProcessFunction {
  open() {
    this.times = this.getRuntimeContext().getState(new ValueStateDescriptor('times', 0));
  }
  processElement(key, context, out) {
    this.times.update(this.times.value() + 1);
    if (this.times.value() === 2) out.collect(key);
  }
}
const COUNT = 400;
const keysOf = (n) => Array.from({ length: 20 }, (_, i) => (n < 60 ? n : n - (COUNT - 60)) * 20 + i);
let again = 0;
const numbers = env.fromSource(
  new DataGeneratorSource((n) => n, COUNT, parameters.getInt('rate', 100_000)), WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner((n) => n), 'Numbers',
).uid('numbers');
numbers.keyBy((n) => n % 3).process(new Kept()).uid('kept').print().uid('print kept');
numbers.keyBy((n) => n % 2).window(TumblingEventTimeWindows.of('1 h')).reduce((a, b) => a + b).uid('windows').map((sum) => 'window ' + sum).print().uid('print windows');
numbers.filter((n) => n < 60 || n >= COUNT - 60).flatMap((n, out) => keysOf(n).forEach((key) => out.collect(key))).keyBy((key) => key).process(new Met()).uid('met')
  .map(() => (++again === 1_200 ? 'met again ' + again : '')).setParallelism(1).uid('again').filter((text) => text !== '').print().uid('print again');
numbers.map(new Counted()).uid('counted').filter((text) => text !== '').print().uid('print counted');
await env.execute('All kinds');
`);

/** The type, the state backend, and below which size state is in the metadata rather than in a file. */
const WRITERS = { canonical: ['canonical', 'hashmap', '20kb'], native: ['native', 'hashmap', '20kb'], level: ['native', 'level', '0'] } as const;

/** Stops the job in its middle, and keeps its savepoint. */
async function write(name: keyof typeof WRITERS): Promise<void> {
  const [format, backend, inline] = WRITERS[name];
  const run = ended(start(['run', '-q', `-Dstate.backend.type=${backend}`, `-Dexecution.checkpointing.data-inline-threshold=${inline}`, JOB, '--rate', '40']));
  while (!(await flink(['list'])).stdout.includes('All kinds (RUNNING)')) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const { stdout } = await flink(['stop', '--type', format, '-p', join(path, name), 'All kinds']);
  await run;
  cpSync(/Savepoint completed\. Path: (.*)/.exec(stdout)![1]!.replace(/^file:(\/\/)?/, ''), join(kept, CURRENT, name), { recursive: true });
}

if (process.env['WRITE_SAVEPOINTS']) for (const name of Object.keys(WRITERS)) await write(name as keyof typeof WRITERS);
const untouched = (await flink(['run', '-q', JOB])).stdout.split('\n').sort();

it('without a savepoint the job prints what it should', () => {
  expect(untouched).toEqual([
    '', '0: from 0 0 0, last 396 399, 0x14 1x13 2x13 3x14 4x13 5x13 6x14 7x13 8x13 9x14, sum 26733', '1: from 1 100000000000000000000 1, last 394 397, 0x13 1x14 2x13 3x13 4x14 5x13 6x13 7x14 8x13 9x13, sum 26467',
    '2: from 2 200000000000000000000 2, last 395 398, 0x13 1x13 2x14 3x13 4x13 5x14 6x13 7x13 8x14 9x13, sum 26600', 'met again 1200', 'seen 400', 'window 39800', 'window 40000',
  ]);
});

const savepoints = readdirSync(kept).flatMap((version) => readdirSync(join(kept, version)).map((name) => `${version}/${name}`));

it('there is one of each kind of this version’s format', () => {
  expect(savepoints.filter((name) => name.startsWith(`${CURRENT}/`))).toEqual(Object.keys(WRITERS).sort().map((name) => `${CURRENT}/${name}`));
});

it.each(savepoints)('from %s a job goes on as if nothing had happened', async (name) => {
  const backend = name.endsWith('/level') ? 'level' : 'hashmap';
  const { code, stdout, stderr } = await flink(['run', '-q', '-s', join(kept, name), `-Dstate.backend.type=${backend}`, '-p', '2', JOB]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n').map((line) => line.replace(/^\d+> /, '')).sort()).toEqual(untouched);
});
