/**
 * Where a thread stands, asked of threads that are at work, block, have nothing to do or have ended. Only a main thread
 * can ask, and tests run in others: a process of its own does, and prints what it got.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, expect, it } from 'vitest';
import { stackOf } from '../../src/cluster/thread-stack.js';
import { systemClock } from '../../src/core/clock.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flink-stack-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ASKING = `
import { Worker } from 'node:worker_threads';
import { registerThread } from './src/cluster/live-threads.js';
import { stackOf, ThreadStack } from './src/cluster/thread-stack.js';
import { sampleThread } from './src/cluster/thread-samples.js';
import { allocateTurnBoard, turnBoard } from './src/cluster/turn-board.js';
import { sleep, systemClock as clock } from './src/core/clock.js';

const SPINNING = "const count = new Int32Array(require('node:worker_threads').workerData);\\nfunction spin() {\\n  for (;;) Atomics.add(count, 0, 1);\\n}\\nspin();";
const workers: Worker[] = [];
async function thread(code: string) {
  const count = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(code, { eval: true, workerData: count.buffer });
  workers.push(worker);
  await new Promise((resolve) => worker.once(code === '' ? 'exit' : 'online', resolve));
  return { worker, goesOn: async () => {
    for (const seen = code.startsWith('const') ? Atomics.load(count, 0) : 0; Atomics.load(count, 0) === seen;) await sleep(clock, 5);
    return true;
  } };
}

const { worker, goesOn } = await thread(SPINNING);
await goesOn();
const [innermost] = (await stackOf(worker, 10_000, clock)) ?? [];
const went = await goesOn();
const stack = (await ThreadStack.open(worker, clock))!;
const asked: unknown[] = [];
for (let time = 0; time < 3; time++) asked.push(...(await Promise.all([stack.now(10_000), stackOf(worker, 10_000, clock)])).map((frames) => frames?.[0]?.functionName));
stack.close();
const turns = allocateTurnBoard();
registerThread('taskmanager-7', { worker, turns });
const between = await sampleThread('taskmanager-7', { samples: 2, delayMs: 1 }, clock);
turnBoard(turns).begin({ name: 'Map', parts: { vertexId: 'a', subtask: 1 } } as never);
const [sample] = await sampleThread('taskmanager-7', { samples: 1, delayMs: 1 }, clock);
/** After it has begun to do nothing. */
async function still(code: string) {
  const { worker: one, goesOn: begins } = await thread("Atomics.add(new Int32Array(require('node:worker_threads').workerData), 0, 1);" + code);
  await begins();
  await sleep(clock, 300);
  const began = clock.monotonic();
  const frames = await stackOf(one, 300, clock);
  return { frames, ms: clock.monotonic() - began };
}
const blocked = await still("require('node:child_process').execFileSync('sleep', ['5'])");
const idle = await still('setInterval(() => {}, 60_000)');
const ended = await stackOf((await thread('')).worker, 300, clock);
console.log(JSON.stringify({
  innermost, went, asked, between, turn: sample!.turn, stands: sample!.frames![0]!.functionName, unknown: [blocked.frames, idle.frames, ended].map((frames) => frames === undefined), inTime: blocked.ms < 3_000 && idle.ms < 3_000,
  nobody: await sampleThread('taskmanager-8', { samples: 1, delayMs: 1 }, clock),
}));
process.exit();
`;

it('is the line of a loop that never ends, and is not known of a thread that blocks, has nothing to do or has ended', async () => {
  const outfile = join(folder, 'asking.mjs');
  const resolveDir = fileURLToPath(new URL('../..', import.meta.url));
  await build({ stdin: { contents: ASKING, resolveDir, loader: 'ts' }, outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  const printed = await new Promise<string>((resolve, reject) => void execFile(process.execPath, [outfile], (error, stdout) => (error ? reject(error) : resolve(stdout))));
  expect(JSON.parse(printed)).toEqual({
    innermost: { functionName: 'spin', url: '[worker eval]', line: 3, column: expect.any(Number) as number },
    went: true,
    asked: Array.from({ length: 6 }, () => 'spin'),
    between: [{}, {}],
    turn: { vertexId: 'a', subtask: 1, name: 'Map' },
    stands: 'spin',
    unknown: [true, true, true],
    inTime: true,
    nobody: [],
  });
});

it('is not known to who is no main thread', async () => {
  expect(await stackOf({ threadId: 1 }, 100, systemClock)).toBeUndefined();
});
