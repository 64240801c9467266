/** Real threads, real sleeping. A lost wake-up shows as a test that runs into its time limit. */
import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { Doorbell } from '../../../src/runtime/exchange/doorbell.js';
import { allocateRing } from '../../../src/runtime/exchange/ring.js';
import type { PeerResult, PeerTask } from './peer.js';

/** Well below the longest sleep, after which a lost wake-up would mend itself. */
const TIME_LIMIT = 40_000;

let code: string;

beforeAll(async () => {
  const bundle = await build({ entryPoints: [new URL('peer.ts', import.meta.url).pathname], bundle: true, platform: 'node', format: 'cjs', write: false });
  code = bundle.outputFiles[0]!.text;
});

function start(task: PeerTask): { worker: Worker; result: Promise<PeerResult> } {
  const worker = new Worker(code, { eval: true, workerData: task });
  const result = new Promise<PeerResult>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (status) => reject(new Error(`The worker ended with ${status} and no result.`)));
  });
  return { worker, result };
}

function channel(ringBytes: number, sender: SharedArrayBuffer, receiver: SharedArrayBuffer) {
  const ring = allocateRing(ringBytes);
  return { send: { ring, peer: receiver }, receive: { ring, peer: sender } };
}

describe('threads that exchange records', () => {
  it('pass a million records without losing one or a wake-up', { timeout: TIME_LIMIT }, async () => {
    const [one, two] = [Doorbell.allocate(), Doorbell.allocate()];
    const { send, receive } = channel(1 << 14, one, two);
    const [sender, receiver] = await Promise.all([
      start({ bell: one, sends: [send], receives: [], records: 1_000_000, batch: 64 }).result,
      start({ bell: two, sends: [], receives: [receive], records: 0, batch: 64 }).result,
    ]);
    expect(receiver).toMatchObject({ received: 1_000_000, wrong: 0 });
    expect(sender.sleeps + receiver.sleeps).toBeGreaterThan(0);
  });

  it('wake each other for every single record', { timeout: TIME_LIMIT }, async () => {
    const [one, two] = [Doorbell.allocate(), Doorbell.allocate()];
    const there = channel(1 << 10, one, two);
    const back = channel(1 << 10, two, one);
    const task = { records: 20_000, batch: 1, alternate: true };
    const results = await Promise.all([
      start({ ...task, bell: one, sends: [there.send], receives: [back.receive], first: true }).result,
      start({ ...task, bell: two, sends: [back.send], receives: [there.receive] }).result,
    ]);
    for (const result of results) {
      expect(result).toMatchObject({ received: 20_000, wrong: 0 });
      expect(result.sleeps).toBeGreaterThan(5000);
    }
  });

  it('do not lock up when both fill the rings of each other', { timeout: TIME_LIMIT }, async () => {
    const [one, two] = [Doorbell.allocate(), Doorbell.allocate()];
    const there = channel(1 << 10, one, two);
    const back = channel(1 << 10, two, one);
    const results = await Promise.all([
      start({ bell: one, sends: [there.send], receives: [back.receive], records: 100_000, batch: 100 }).result,
      start({ bell: two, sends: [back.send], receives: [there.receive], records: 100_000, batch: 100 }).result,
    ]);
    for (const result of results) expect(result).toMatchObject({ received: 100_000, wrong: 0 });
  });

  it('may ring one bell from several sides', { timeout: TIME_LIMIT }, async () => {
    const bells = Array.from({ length: 4 }, () => Doorbell.allocate());
    const channels = bells.slice(1).map((sender) => channel(1 << 12, sender, bells[0]!));
    const [receiver] = await Promise.all([
      start({ bell: bells[0]!, sends: [], receives: channels.map(({ receive }) => receive), records: 0, batch: 10 }).result,
      ...channels.map(({ send }, i) => start({ bell: bells[i + 1]!, sends: [send], receives: [], records: 50_000, batch: 10 }).result),
    ]);
    expect(receiver).toMatchObject({ received: 150_000, wrong: 0 });
  });

  it('can be ended while they sleep', { timeout: TIME_LIMIT }, async () => {
    const [one, two] = [Doorbell.allocate(), Doorbell.allocate()];
    const { receive } = channel(1 << 10, one, two);
    const { worker, result } = start({ bell: two, sends: [], receives: [receive], records: 0, batch: 1 });
    const ended = result.catch((error: Error) => error.message);
    const words = new Int32Array(two);
    while (Atomics.load(words, 1) === 0) await new Promise((resolve) => setImmediate(resolve));
    await worker.terminate();
    expect(await ended).toContain('no result');
  });
});

describe('the codec', () => {
  it('works the same where generating code is not allowed', async () => {
    const script = `
      import { deepStrictEqual, throws } from 'node:assert';
      import { decodeBatch, encodeBatch } from '../../../src/runtime/exchange/encoded-batch.js';
      import { registerClass } from '../../../src/core/serialization/class-registry.js';
      import { batchOf, valuesOf } from './records.js';
      class Point { x = 1 }
      registerClass('Point', Point);
      throws(() => new Function(''), EvalError);
      const records = Array.from({ length: 200 }, (_, i) => ({ word: 'w' + i, count: i, at: new Point(), list: [i, { i }] }));
      deepStrictEqual(valuesOf(decodeBatch(encodeBatch(batchOf(records)))), records);
      console.log('same');
    `;
    const bundle = await build({ stdin: { contents: script, resolveDir: import.meta.dirname, loader: 'ts' }, bundle: true, platform: 'node', format: 'cjs', write: false });
    const output = execFileSync(process.execPath, ['--disallow-code-generation-from-strings', '-'], { input: bundle.outputFiles[0]!.text, encoding: 'utf8' });
    expect(output.trim()).toBe('same');
  });
});
