/**
 * Programs that cannot go on from a savepoint because a state has changed: refused by name before a record is read, with
 * the savepoint and the output of the run before as they were.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, type Run, workspace } from './flink.js';
import { eventually } from '../eventually.js';

const { file, flink, path, start, leftovers } = workspace();

/** Keeps numbers by key in the way that the first argument names; the others tell what it writes and reads. */
const KEEPING = `import {
  DataGeneratorSource, KeyedProcessFunction, ListStateDescriptor, ProcessFunction, StateTtlConfig, StreamExecutionEnvironment, Time, TumblingEventTimeWindows,
  ValueStateDescriptor, WatermarkStrategy,
} from 'flink-ts';
const [way, rate, restarts] = process.argv.slice(2);
const descriptor = () => {
  if (way === 'list') return new ListStateDescriptor('kept');
  const value = new ValueStateDescriptor('kept');
  if (way === 'ttl') value.enableTimeToLive(StateTtlConfig.newBuilder(Time.hours(1)).build());
  return value;
};
class Keep extends KeyedProcessFunction {
  open() {
    console.error('opened');
    const context = this.getRuntimeContext();
    if (way === 'list') context.getListState(descriptor());
    else context.getState(descriptor()).update;
    this.kept = way === 'list' ? undefined : context.getState(descriptor());
    if (way === 'throws') throw new Error('no connection');
  }
  processElement(n, context, out) {
    this.kept?.update(n);
    out.collect(context.getCurrentKey() + ': ' + n);
  }
}
/** Remembers how many there were, by no key. */
class Remember extends ProcessFunction {
  initializeState(context) {
    const store = context.getOperatorStateStore();
    this.count = way === 'union' ? store.getUnionListState(new ListStateDescriptor('count')) : store.getListState(new ListStateDescriptor('count'));
  }
  snapshotState() { this.count.update([1]); }
  processElement(n, _context, out) { out.collect(n); }
}
const env = StreamExecutionEnvironment.getExecutionEnvironment();
const numbers = env.fromSource(
  new DataGeneratorSource((n) => n, 1e9, Number(rate)), WatermarkStrategy.forMonotonousTimestamps().withTimestampAssigner((n) => n), 'numbers').uid('numbers')
  .process(new Remember()).uid('remember').name('Remember');
const keyed = numbers.keyBy((n) => (way === 'number keys' ? n % 3 : 'key ' + (n % 3)));
keyed.process(new Keep()).uid('keep').name('Keep').writeAsText('kept.txt', 'OVERWRITE').uid('kept');
const windows = numbers.keyBy((n) => (way === 'number window keys' ? n % 3 : 'key ' + (n % 3))).window(TumblingEventTimeWindows.of(20));
(way === 'elements' ? windows.apply((key, window, elements, out) => out.collect(elements.length)) : windows.reduce((a, b) => a + b))
  .uid('windows').name('Windows').writeAsText('windows.txt', 'OVERWRITE').uid('totals');
numbers.disableChaining().map((n) => String(n)).disableChaining().writeAsText('all.txt', 'OVERWRITE').uid('all');
await env.execute('Keeping');
`;

const RESTARTING = ['-D', 'restart-strategy.type=fixed-delay', '-D', 'restart-strategy.fixed-delay.attempts=100', '-D', 'restart-strategy.fixed-delay.delay=10 ms'];

let savepoint: string;
beforeAll(async () => {
  file('keeping.ts', KEEPING);
  const running = start(['run', 'keeping.ts', 'value', '1000']);
  const run = ended(running);
  // A window has closed, so that there is state everywhere.
  await eventually(() => {
    if (outputs().includes('')) throw new Error('an output is still empty');
  });
  const stopped = await flink(['stop', '-p', 'saves', 'Keeping']);
  savepoint = /Path: (.*)/.exec(stopped.stdout)![1]!;
  await run;
});

const contents = (folder: string): string[] => readdirSync(folder).sort().map((name) => `${name}: ${readFileSync(join(folder, name)).toString('base64')}`);
const outputs = (): string[] => ['kept.txt', 'windows.txt', 'all.txt'].map((name) => readFileSync(join(path, name), 'utf8'));

/** Runs the program so changed, and sees that nothing but the words has come of it. */
async function refused(...options: string[]): Promise<Run> {
  const before = { output: outputs(), savepoint: contents(savepoint) };
  expect(before.output.every((text) => text.length > 0)).toBe(true);
  const run = await flink(['run', '-q', '-s', savepoint, ...RESTARTING, ...options]);
  expect(run).toMatchObject({ code: 2, stdout: '' });
  expect(run.stderr).toContain('Error [STATE_INCOMPATIBLE] ');
  expect({ output: outputs(), savepoint: contents(savepoint) }).toEqual(before);
  expect(leftovers()).toEqual([]);
  return run;
}

describe('a program whose state does not fit the savepoint is refused before it reads or writes anything', () => {
  it.each([
    ['another kind of state', 'list', 'the state "kept" of the operator "Keep" was a value state in the snapshot and is a list state in the program'],
    ['a time to live that was not there', 'ttl', 'the state "kept" of the operator "Keep" had no time to live in the snapshot and has a time to live in the program'],
    ['operator state that is dealt out in another way', 'union', 'the operator state "count" of "Remember" was SPLIT_DISTRIBUTE in the snapshot and is UNION in the program'],
  ])('%s, once the functions have asked for it, at one subtask and at two', async (_, way, message) => {
    for (const parallelism of ['1', '2']) {
      const { stderr } = await refused('-p', parallelism, 'keeping.ts', way, '100000');
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('restart');
    }
  });

  it('windows that keep their elements where there were aggregates, before any function is opened', async () => {
    const { stderr } = await refused('keeping.ts', 'elements', '100000');
    expect(stderr).toMatch(/the state "\S+" of the operator "Windows" was an? \S+ state.* in the snapshot and is an? \S+ state.* in the program/);
    expect(stderr).not.toContain('opened');
  });

  it('also when the savepoint is claimed and checkpoints are not to be kept', async () => {
    await refused('--claimMode', 'claim', '-D', 'execution.checkpointing.externalized-checkpoint-retention=NO_EXTERNALIZED_CHECKPOINTS', 'keeping.ts', 'list', '100000');
  });
});

describe('keys of another type', () => {
  it.each([
    ['"Keep" (uid "keep")', 'number keys', '"kept"'],
    ['"Windows" (uid "windows")', 'number window keys', '"window-contents/window-contents", "window-timers"'],
  ])('are told by name with the first record that %s gets, before any sink of the job is opened, and not tried again', async (operator, way, states) => {
    for (const parallelism of ['1', '2']) {
      const { stderr } = await refused('-p', parallelism, 'keeping.ts', way, '1000');
      expect(stderr).toContain(`the keys of the operator ${operator} were of the type string in the snapshot and are of the type number in the program, so that what it keeps by key (${states}) would not be found`);
      expect(stderr.match(/Error \[/g)).toHaveLength(1);
    }
  });

  it('are taken with --allowNonRestoredState', async () => {
    const running = start(['run', '-q', '-n', '-s', savepoint, 'keeping.ts', 'number keys', '1000']);
    const run = ended(running);
    await eventually(() => expect(readFileSync(join(path, 'kept.txt'), 'utf8')).toContain('\n2: '));
    running.kill('SIGINT');
    expect((await run).code).toBe(130);
  });
});

describe('--dry-run', () => {
  const dry = (way: string): Promise<Run> => flink(['run', '--dry-run', '-s', savepoint, 'keeping.ts', way, '1000']);

  it('tells of states that functions ask for when they are opened, and of those that operators are made with', async () => {
    const before = outputs();
    expect(await dry('list')).toMatchObject({ code: 2, stderr: expect.stringContaining('the state "kept" of the operator "Keep" was a value state') as string });
    expect(await dry('union')).toMatchObject({ code: 2, stderr: expect.stringContaining('the operator state "count" of "Remember"') as string });
    expect(await dry('elements')).toMatchObject({ code: 2, stderr: expect.stringContaining('of the operator "Windows" was') as string });
    expect(await dry('value')).toMatchObject({ code: 0 });
    expect(outputs()).toEqual(before);
  });

  it('says of which type the keys in the snapshot are', async () => {
    expect((await dry('number keys')).stdout).toMatch(/ {2}restored {2}"Keep" \(uid keep\), \d+ bytes: kept, keys of the type string\n/);
    const { stdout } = await flink(['state', 'ls', savepoint]);
    expect(stdout).toMatch(/Keep\n {2}uid keep, .*, keys string\n/);
  });

  it('says what it could not compare, for it could not be opened', async () => {
    const { code, stdout } = await dry('throws');
    expect(code).toBe(0);
    expect(stdout).toContain('  unchecked "Keep": its states could not be compared, for opening it failed: no connection\n');
  });
});
