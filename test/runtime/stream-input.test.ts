import { beforeEach, describe, expect, it } from 'vitest';
import { registeredClasses } from '../../src/core/serialization/class-registry.js';
import type { HashedEmit, Output } from '../../src/operators/output.js';
import { sharedKernels } from '../../src/operators/specialise.js';
import { BatchPool } from '../../src/runtime/exchange/batch-pool.js';
import type { OutputChannel } from '../../src/runtime/exchange/channel.js';
import { openLocalChannel } from '../../src/runtime/exchange/local-channel.js';
import { TaskGate } from '../../src/runtime/gate.js';
import { OperatorChain } from '../../src/runtime/operator-chain.js';
import { StreamInput } from '../../src/runtime/stream-input.js';
import { allocateMetrics, TaskMetrics } from '../../src/runtime/task-metrics.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import type { CheckpointTaker } from '../../src/runtime/barriers/input-barriers.js';
import { barrierOf } from './barriers/facts.js';
import { noMemory } from './chain-fixture.js';
import { batchOf } from './exchange/records.js';

const FOR_EVER = Number.POSITIVE_INFINITY;

let seen: string[];
let onRecord: (value: unknown) => void;
let gate: TaskGate;
let metrics: TaskMetrics;
let endedChannelsCount: boolean;
let wakes: number;
let clock: ManualClock;
/** What the input tells of checkpoints goes into `seen`; `onRecord` hears of a checkpoint, too. */
const taker: CheckpointTaker = {
  take(barrier, { unaligned }) {
    seen.push(`checkpoint ${barrier.checkpointId}${unaligned ? ' unaligned' : ''}`);
    onRecord(barrier);
  },
  abandon: (checkpointId, reason) => void seen.push(`abandon ${checkpointId} ${reason}`),
};

beforeEach(() => {
  seen = [];
  endedChannelsCount = true;
  wakes = 0;
  onRecord = () => {};
  gate = new TaskGate(() => {});
  metrics = new TaskMetrics(allocateMetrics(1), 0);
  clock = new ManualClock();
});

/** An operator with one input for each number of channels given, hashed when `hashed`. */
function inputOf(channels: readonly number[], hashed = false): { input: StreamInput; senders: OutputChannel[][] } {
  const ends = channels.map((count) => Array.from({ length: count }, () => openLocalChannel()));
  const take = (port: number): HashedEmit => (value, timestamp, hash) => {
    seen.push(`${port}:${String(value)}@${timestamp}${hash === undefined ? '' : `#${hash}`}`);
    onRecord(value);
  };
  const chain = new OperatorChain([{
    place: { operator: 'op', subtask: 0, parallelism: 1 },
    operatorId: 'op',
    memory: noMemory,
    instantiate: (_output: Output) => ({
      inputs: channels.map((_, port) => take(port) as never),
      ...(hashed ? { hashedInputs: channels.map((_, port) => take(port) as never) } : {}),
      watermark: (timestamp) => {
        seen.push(`watermark ${timestamp}`);
        onRecord(timestamp);
      },
      endInput: (port) => {
        seen.push(`end ${port}`);
        onRecord('end');
      },
    }),
    next: [], leaves: [], combine: (targets) => targets[0]!,
  }]);
  const input = new StreamInput({
    channels: ends.map((of) => of.map((end) => end.input)), places: channels.map((count, input) => Array.from({ length: count }, (_, producer) => ({ edgeId: `edge-${input}`, producer, consumer: 0, overtaking: true }))),
    endedChannelsCount, classes: registeredClasses, wake: () => (wakes += 1),
    chain, gate, metrics, clock, wallClock: clock, specialise: sharedKernels, pool: new BatchPool(4), taker,
  });
  return { input, senders: ends.map((of) => of.map((end) => end.output)) };
}

describe('the input of a task through channels', () => {
  it('feeds the records of a batch in order, with their timestamps', () => {
    const { input, senders } = inputOf([1]);
    senders[0]![0]!.send(batchOf(['a', 'b'], [1, 2]));
    expect(input.run(FOR_EVER)).toBe('idle');
    expect(seen).toEqual(['0:a@1', '0:b@2']);
  });

  it('hands on the hash that an exchange has computed, where the operator takes it', () => {
    const { input, senders } = inputOf([1], true);
    senders[0]![0]!.send(batchOf(['a'], [1], [77]));
    senders[0]![0]!.send(batchOf(['b'], [2]));
    input.run(FOR_EVER);
    expect(seen).toEqual(['0:a@1#77', '0:b@2']);
  });

  it('stops in the middle of a batch when the gate is held, and goes on where it stopped', () => {
    const { input, senders } = inputOf([1]);
    onRecord = (value) => value === 'b' && gate.hold();
    senders[0]![0]!.send(batchOf(['a', 'b', 'c'], [1, 2, 3]));
    expect([input.run(FOR_EVER), input.run(FOR_EVER), input.ready]).toEqual(['held', 'held', true]);
    expect(seen).toEqual(['0:a@1', '0:b@2']);
    gate.release();
    expect(input.run(FOR_EVER)).toBe('idle');
    expect(seen).toEqual(['0:a@1', '0:b@2', '0:c@3']);
  });

  it('takes no record after a watermark that made the gate be held', () => {
    const { input, senders } = inputOf([1]);
    onRecord = (value) => value === 5 && gate.hold();
    senders[0]![0]!.sendEvent({ type: 'watermark', timestamp: 5 });
    senders[0]![0]!.send(batchOf(['a'], [9]));
    expect(input.run(FOR_EVER)).toBe('held');
    expect(seen).toEqual(['watermark 5']);
    gate.release();
    input.run(FOR_EVER);
    expect(seen).toEqual(['watermark 5', '0:a@9']);
  });

  it('gives the thread back at its deadline, between two batches', () => {
    const { input, senders } = inputOf([1]);
    onRecord = () => clock.advance(1);
    senders[0]![0]!.send(batchOf(['a', 'b'], [1, 1]));
    senders[0]![0]!.send(batchOf(['c'], [1]));
    expect(input.run(1)).toBe('more');
    expect(seen).toHaveLength(2);
  });

  it('gives the thread back in the middle of a batch, too, where each record takes as long as a turn', () => {
    const { input, senders } = inputOf([1]);
    onRecord = () => clock.advance(20);
    const values = Array.from({ length: 100 }, (_, at) => at);
    senders[0]![0]!.send(batchOf(values, values));
    expect(input.run(clock.monotonic() + 2)).toBe('more');
    const first = seen.length;
    expect(first).toBeLessThan(40);
    expect(input.run(clock.monotonic() + 2)).toBe('more');
    expect(seen).toHaveLength(first + 1);
    while (seen.length < values.length) input.run(clock.monotonic() + 2);
    expect(seen.map((text) => text.split('@')[1])).toEqual(values.map(String));
  });

  it('names the record that was being processed when it throws', () => {
    const { input, senders } = inputOf([1]);
    onRecord = (value) => {
      if (value === 'b') throw new Error('bad');
    };
    senders[0]![0]!.send(batchOf(['a', 'b', 'c'], [1, 1, 1]));
    expect(input.failing()).toBeUndefined();
    expect(() => input.run(FOR_EVER)).toThrow('bad');
    expect(input.failing()).toEqual({ value: 'b' });
  });

  it('takes its inputs in turn and ends each of them once', () => {
    const { input, senders } = inputOf([1, 1]);
    senders[0]![0]!.send(batchOf(['a1'], [1]));
    senders[0]![0]!.send(batchOf(['a2'], [1]));
    senders[1]![0]!.send(batchOf(['b1'], [1]));
    senders[1]![0]!.sendEvent({ type: 'end-of-partition' });
    expect(input.run(FOR_EVER)).toBe('idle');
    expect(seen).toEqual(['0:a1@1', '1:b1@1', '0:a2@1', 'end 1']);
    senders[0]![0]!.sendEvent({ type: 'end-of-partition' });
    expect([input.ready, input.run(FOR_EVER), input.ready]).toEqual([true, 'ended', false]);
    expect(seen.slice(4)).toEqual(['end 0']);
  });

  it('holds event time back to the slower of its inputs', () => {
    const { input, senders } = inputOf([1, 1]);
    senders[0]![0]!.sendEvent({ type: 'watermark', timestamp: 9 });
    input.run(FOR_EVER);
    expect(seen).toEqual([]);
    senders[1]![0]!.sendEvent({ type: 'watermark', timestamp: 4 });
    input.run(FOR_EVER);
    expect(seen).toEqual(['watermark 4']);
  });

  it('waits for an input again as soon as it is active after idleness', () => {
    const { input, senders } = inputOf([1, 1]);
    const [one, other] = [senders[0]![0]!, senders[1]![0]!];
    other.sendEvent({ type: 'idle', idle: true });
    input.run(FOR_EVER);
    one.sendEvent({ type: 'watermark', timestamp: 3 });
    input.run(FOR_EVER);
    other.sendEvent({ type: 'idle', idle: false });
    input.run(FOR_EVER);
    one.sendEvent({ type: 'watermark', timestamp: 4 });
    input.run(FOR_EVER);
    expect(seen).toEqual(['watermark 3']);
  });

  it('counts records and bytes that came in', () => {
    const { input, senders } = inputOf([2]);
    senders[0]![0]!.send(batchOf(['a', 'b']));
    senders[0]![1]!.send(batchOf(['c']));
    input.run(FOR_EVER);
    expect(metrics.read(0)).toMatchObject({ recordsIn: 3, bytesIn: 0 });
  });

  it('gives each batch back to the pool once', () => {
    const pool = new BatchPool(1);
    const end = openLocalChannel();
    const chain = inputOf([1]);
    expect(chain.input.ready).toBe(false);
    const single = new StreamInput({
      channels: [[end.input]], places: [[{ edgeId: 'edge-0', producer: 0, consumer: 0, overtaking: true }]], endedChannelsCount: true, classes: registeredClasses, wake: () => {}, taker, gate, metrics, clock, wallClock: clock, specialise: sharedKernels, pool,
      chain: new OperatorChain([{ operatorId: 'x', memory: noMemory, place: { operator: 'x', subtask: 0, parallelism: 1 }, instantiate: () => ({ inputs: [() => {}] }), next: [], leaves: [], combine: (targets) => targets[0]! }]),
    });
    const batch = pool.take(false);
    batch.values[0] = 'a';
    batch.count = 1;
    end.output.send(batch);
    single.run(FOR_EVER);
    expect(pool.take(false)).toBe(batch);
    expect(pool.take(false)).not.toBe(batch);
  });

  it('makes senders free when it is closed', () => {
    const { input, senders } = inputOf([1]);
    for (let batch = 0; batch < 10; batch++) senders[0]![0]!.send(batchOf(['a']));
    expect(senders[0]![0]!.writable).toBe(false);
    input.close();
    expect(senders[0]![0]!.writable).toBe(true);
  });
});

describe('barriers in the channels of a task', () => {
  const send = (sender: OutputChannel, checkpointId: number, options = {}): void => sender.sendEvent({ type: 'barrier', barrier: barrierOf(checkpointId, options) });

  it('hold back what follows them until they have come on all channels of all inputs', () => {
    const { input, senders } = inputOf([1, 1]);
    send(senders[0]![0]!, 1);
    senders[0]![0]!.send(batchOf(['after'], [1]));
    senders[1]![0]!.send(batchOf(['before'], [1]));
    expect([input.run(FOR_EVER), input.ready]).toEqual(['idle', false]);
    expect(seen).toEqual(['1:before@1']);
    send(senders[1]![0]!, 1);
    input.run(FOR_EVER);
    expect(seen).toEqual(['1:before@1', 'checkpoint 1', '0:after@1']);
  });

  it('stop everything behind them while the checkpoint takes its time: records, event time and the end', () => {
    const { input, senders } = inputOf([1, 1]);
    onRecord = (value) => (value as { checkpointId?: number }).checkpointId !== undefined && gate.hold();
    for (const [sender] of senders) send(sender!, 1);
    senders[0]![0]!.sendEvent({ type: 'watermark', timestamp: 5 });
    senders[1]![0]!.sendEvent({ type: 'watermark', timestamp: 5 });
    senders[1]![0]!.sendEvent({ type: 'end-of-partition' });
    expect(input.run(FOR_EVER)).toBe('held');
    expect(seen).toEqual(['checkpoint 1']);
    gate.release();
    input.run(FOR_EVER);
    expect(seen.slice(1).sort()).toEqual(['end 1', 'watermark 5']);
  });

  it('behind the last record of the last input wait until the task knows of the end', () => {
    const { input, senders } = inputOf([1]);
    senders[0]![0]!.sendEvent({ type: 'end-of-data', drain: true });
    send(senders[0]![0]!, 1);
    senders[0]![0]!.sendEvent({ type: 'end-of-partition' });
    expect([input.run(FOR_EVER), input.exhausted]).toEqual(['ended', false]);
    expect(seen).toEqual(['end 0']);
    expect([input.run(FOR_EVER), input.exhausted]).toEqual(['ended', true]);
    expect(seen).toEqual(['end 0', 'checkpoint 1']);
  });

  it('behind the last record do so also where another checkpoint is given up just then', () => {
    const { input, senders } = inputOf([2]);
    const [one, other] = senders[0] as [OutputChannel, OutputChannel];
    one.sendEvent({ type: 'end-of-data', drain: true });
    send(one, 1);
    send(one, 2);
    other.sendEvent({ type: 'cancel-barrier', checkpointId: 1 });
    other.sendEvent({ type: 'end-of-data', drain: true });
    send(other, 2);
    expect(input.run(FOR_EVER)).toBe('ended');
    expect(seen).toEqual(['abandon 1 CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER', 'end 0']);
    input.run(FOR_EVER);
    expect(seen.at(-1)).toBe('checkpoint 2');
  });

  it('behind the last record do so also where its end makes the gate be held', () => {
    const { input, senders } = inputOf([1]);
    onRecord = (end) => end === 'end' && gate.hold();
    senders[0]![0]!.sendEvent({ type: 'end-of-data', drain: true });
    send(senders[0]![0]!, 1);
    expect(input.run(FOR_EVER)).toBe('held');
    gate.release();
    expect([input.run(FOR_EVER), seen]).toEqual(['ended', ['end 0']]);
  });

  it('that were cancelled let the channels go on, and are told', () => {
    const { input, senders } = inputOf([2]);
    send(senders[0]![0]!, 1);
    senders[0]![0]!.send(batchOf(['a'], [1]));
    senders[0]![1]!.sendEvent({ type: 'cancel-barrier', checkpointId: 1 });
    input.run(FOR_EVER);
    input.run(FOR_EVER);
    expect(seen).toEqual(['abandon 1 CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER', '0:a@1']);
  });

  it('do not wait for a channel that has ended, unless that makes the checkpoint fail', () => {
    for (endedChannelsCount of [true, false]) {
      const { input, senders } = inputOf([2]);
      send(senders[0]![0]!, 1);
      senders[0]![1]!.sendEvent({ type: 'end-of-partition' });
      input.run(FOR_EVER);
    }
    expect(seen).toEqual(['checkpoint 1', 'abandon 1 CHECKPOINT_DECLINED_INPUT_END_OF_STREAM']);
  });

  it('from the JobManager count when everything that was sent has been taken', () => {
    const { input, senders } = inputOf([1]);
    senders[0]![0]!.sendEvent({ type: 'end-of-data', drain: true });
    input.run(FOR_EVER);
    input.trigger(barrierOf(1));
    expect(seen).toEqual(['end 0']);
    senders[0]![0]!.sendEvent({ type: 'end-of-partition' });
    input.run(FOR_EVER);
    expect(seen).toEqual(['end 0', 'checkpoint 1']);
  });

  it('overtake records also while the gate is held', () => {
    const { input, senders } = inputOf([1]);
    onRecord = (value) => value === 'a' && gate.hold();
    senders[0]![0]!.send(batchOf(['a', 'b'], [1, 1]));
    expect([input.run(FOR_EVER), input.pressing]).toEqual(['held', false]);
    senders[0]![0]!.send(batchOf(['c'], [1]));
    send(senders[0]![0]!, 1, { alignment: 'unaligned' });
    expect(input.pressing).toBe(true);
    expect(input.run(FOR_EVER)).toBe('held');
    expect(seen).toEqual(['0:a@1', 'checkpoint 1 unaligned']);
    gate.release();
    input.run(FOR_EVER);
    expect(seen.slice(2)).toEqual(['0:b@1', '0:c@1']);
  });

  it('that wait too long for each other wake the task and go on unaligned', () => {
    clock = new ManualClock(1000);
    const { input, senders } = inputOf([2]);
    send(senders[0]![0]!, 1, { alignment: 'unaligned', alignedTimeoutMs: 50 });
    input.run(FOR_EVER);
    expect([seen, wakes]).toEqual([[], 0]);
    clock.advance(51);
    expect(wakes).toBe(1);
    input.run(FOR_EVER);
    expect(seen).toEqual(['checkpoint 1 unaligned']);
  });

  it('no longer wake a task that is closed', () => {
    clock = new ManualClock(1000);
    const { input, senders } = inputOf([2]);
    send(senders[0]![0]!, 1, { alignment: 'unaligned', alignedTimeoutMs: 50 });
    input.run(FOR_EVER);
    input.close();
    clock.advance(51);
    expect(wakes).toBe(0);
  });
});
