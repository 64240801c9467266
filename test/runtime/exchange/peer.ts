/**
 * A worker thread for the tests of the exchange: it sends records over some channels, receives over others, and
 * does both in one loop that sleeps on its doorbell when neither is possible, as a TaskManager's does.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../../src/core/clock.js';
import { BatchPool } from '../../../src/runtime/exchange/batch-pool.js';
import { isBatch } from '../../../src/runtime/exchange/channel.js';
import type { InputChannel, OutputChannel } from '../../../src/runtime/exchange/channel.js';
import { Doorbell } from '../../../src/runtime/exchange/doorbell.js';
import { RingInputChannel, RingOutputChannel } from '../../../src/runtime/exchange/ring-channel.js';

export interface PeerTask {
  readonly bell: SharedArrayBuffer;
  readonly sends: readonly { readonly ring: SharedArrayBuffer; readonly peer: SharedArrayBuffer }[];
  readonly receives: readonly { readonly ring: SharedArrayBuffer; readonly peer: SharedArrayBuffer }[];
  /** Records to send over each channel. */
  readonly records: number;
  readonly batch: number;
  /** Whether to send the next batch only when one has arrived, so that both sides sleep for each. */
  readonly alternate?: boolean;
  readonly first?: boolean;
}

export interface PeerResult {
  readonly received: number;
  /** Records that were not what or where they should be. */
  readonly wrong: number;
  readonly sleeps: number;
}

const task = workerData as PeerTask;
const bell = new Doorbell(task.bell);
const pool = new BatchPool(task.batch);
const outputs: OutputChannel[] = task.sends.map(({ ring, peer }) => new RingOutputChannel({ ring, peer: new Doorbell(peer), pool }));
const inputs: InputChannel[] = task.receives.map(({ ring, peer }) => new RingInputChannel({ ring, peer: new Doorbell(peer), pool }));
const sent = outputs.map(() => 0);
const received = inputs.map(() => 0);
let credit = task.alternate ? (task.first ? 1 : 0) : Number.POSITIVE_INFINITY;
let open = inputs.length;
let wrong = 0;
let sleeps = 0;

function sendSome(): boolean {
  let moved = false;
  outputs.forEach((output, channel) => {
    while (credit > 0 && output.writable && sent[channel]! < task.records) {
      const batch = pool.take(true);
      while (batch.count < task.batch && sent[channel]! < task.records) {
        const i = sent[channel]!++;
        batch.values[batch.count] = { word: `word ${i % 1000}`, count: i };
        batch.timestamps[batch.count] = i;
        batch.hashes![batch.count++] = -i;
      }
      output.send(batch);
      credit--;
      moved = true;
      if (sent[channel] === task.records) output.sendEvent({ type: 'end-of-partition' });
    }
  });
  return moved;
}

function receiveSome(): boolean {
  let moved = false;
  inputs.forEach((input, channel) => {
    for (let item = input.poll(); item !== undefined; item = input.poll()) {
      moved = true;
      if (!isBatch(item)) {
        open--;
        continue;
      }
      credit++;
      for (let i = 0; i < item.count; i++) {
        const expected = received[channel]!++;
        const { word, count } = item.values[i] as { word: string; count: number };
        if (count !== expected || word !== `word ${expected % 1000}` || item.timestamps[i] !== expected || item.hashes![i] !== (-expected | 0)) wrong++;
      }
      pool.give(item);
    }
  });
  return moved;
}

const hasWork = (): boolean => {
  const blocked = outputs.filter((output) => !output.writable);
  const drained = blocked.filter((output) => output.drain()).length > 0;
  return drained || inputs.some((input) => !input.empty);
};

const finished = (): boolean => open === 0 && outputs.every((output) => output.writable) && sent.every((count) => count === task.records);

async function run(): Promise<void> {
  while (!finished()) {
    outputs.forEach((output) => output.drain());
    const moved = [receiveSome(), sendSome()];
    if (moved.includes(true) || finished()) continue;
    const slept = bell.sleep(hasWork, systemClock);
    if (slept) {
      sleeps++;
      await slept;
    }
  }
  parentPort!.postMessage({ received: received.reduce((sum, count) => sum + count, 0), wrong, sleeps } satisfies PeerResult);
}

void run();
