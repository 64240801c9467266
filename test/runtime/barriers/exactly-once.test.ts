/**
 * What a snapshot holds, put to the model: records go through the channels of a task at random, barriers between them;
 * whatever the mode and the order of things, state and records in flight together are what came before the barriers.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSnapshotReader } from '../../../src/checkpoint/snapshot-input.js';
import { openSnapshotStreams } from '../../../src/checkpoint/snapshot-output.js';
import type { CheckpointOptions } from '../../../src/core/checkpoint.js';
import { registeredClasses } from '../../../src/core/serialization/class-registry.js';
import type { SnapshotInProgress } from '../../../src/state/operator-snapshot.js';
import { sharedKernels } from '../../../src/operators/specialise.js';
import { readInFlight } from '../../../src/runtime/barriers/in-flight-records.js';
import { BatchPool } from '../../../src/runtime/exchange/batch-pool.js';
import { type InputChannel, isBatch, type OutputChannel } from '../../../src/runtime/exchange/channel.js';
import { openLocalChannel } from '../../../src/runtime/exchange/local-channel.js';
import { RingInputChannel, RingOutputChannel } from '../../../src/runtime/exchange/ring-channel.js';
import { allocateRing } from '../../../src/runtime/exchange/ring.js';
import { TaskGate } from '../../../src/runtime/gate.js';
import { OperatorChain } from '../../../src/runtime/operator-chain.js';
import { StreamInput } from '../../../src/runtime/stream-input.js';
import { allocateMetrics, TaskMetrics } from '../../../src/runtime/task-metrics.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { noMemory } from '../chain-fixture.js';
import { batchOf } from '../exchange/records.js';
import { barrierOf } from './facts.js';

const MEMORY = { storage: 'memory', maxStateBytes: 1 << 20 } as const;
const MODES: Record<string, Partial<CheckpointOptions>> = {
  aligned: {},
  'at-least-once': { alignment: 'at-least-once' },
  unaligned: { alignment: 'unaligned' },
  timed: { alignment: 'unaligned', alignedTimeoutMs: 30 },
};

interface Taken {
  readonly processed: ReadonlySet<number>;
  readonly inFlight: SnapshotInProgress | undefined;
}

function ringPair(): { output: OutputChannel; input: InputChannel } {
  const ring = allocateRing(1024);
  const pool = new BatchPool(4);
  const peer = { ring: () => {} };
  return { output: new RingOutputChannel({ ring, peer, pool }), input: new RingInputChannel({ ring, peer, pool }) };
}

class Bench {
  readonly gate = new TaskGate(() => {});
  readonly clock = new ManualClock(1000);
  readonly senders: OutputChannel[];
  readonly input: StreamInput;
  /** By channel: what was sent before the barrier of each checkpoint. */
  readonly before = new Map<number, Set<number>[]>();
  readonly processed: number[] = [];
  readonly taken = new Map<number, Taken>();
  readonly twice: number[] = [];
  readonly abandoned = new Set<number>();
  private readonly sent: number[][];
  private next = 0;
  /** Records to take before the gate is held. */
  private allowance = 0;

  constructor(channels: number, overtaking: readonly boolean[], rings: boolean) {
    const ends = Array.from({ length: channels }, () => (rings ? ringPair() : openLocalChannel(2)));
    this.senders = ends.map(({ output }) => output);
    this.sent = ends.map(() => []);
    const { gate, clock } = this;
    const chain = new OperatorChain([{
      place: { operator: 'op', subtask: 0, parallelism: 1 }, operatorId: 'op', memory: noMemory,
      instantiate: () => ({
        inputs: [(value: { id: number }) => {
          this.processed.push(value.id);
          if (--this.allowance === 0) gate.hold();
        }],
      }),
      next: [], leaves: [], combine: (targets) => targets[0] ?? (() => {}),
    }]);
    this.input = new StreamInput({
      channels: [ends.map(({ input }) => input)], chain, gate, clock, wallClock: clock, specialise: sharedKernels, pool: new BatchPool(4),
      metrics: new TaskMetrics(allocateMetrics(1), 0), endedChannelsCount: true, classes: registeredClasses, wake: () => {},
      places: [overtaking.map((may, producer) => ({ edgeId: 'edge', producer, consumer: 0, overtaking: may }))],
      taker: {
        take: ({ checkpointId }, { inFlight }) => {
          if (this.taken.has(checkpointId)) this.twice.push(checkpointId);
          this.taken.set(checkpointId, { processed: new Set(this.processed), inFlight: inFlight?.snapshot(openSnapshotStreams(MEMORY, () => '')) });
        },
        abandon: (checkpointId) => void this.abandoned.add(checkpointId),
      },
    });
  }

  send(channel: number, records: number): void {
    const ids = Array.from({ length: records }, () => this.next++);
    this.sent[channel]!.push(...ids);
    this.senders[channel]!.send(batchOf(ids.map((id) => ({ id }))));
  }

  barrier(channel: number, checkpointId: number, mode: string): void {
    const before = this.before.get(checkpointId) ?? this.senders.map(() => new Set<number>());
    before[channel] = new Set(this.sent[channel]);
    this.before.set(checkpointId, before);
    this.senders[channel]!.sendEvent({ type: 'barrier', barrier: { ...barrierOf(checkpointId, MODES[mode]), timestamp: this.clock.now() } });
  }

  run(records: number): void {
    for (const sender of this.senders) sender.drain();
    this.allowance = records;
    this.input.run(Number.POSITIVE_INFINITY);
    if (this.gate.holds > 0) {
      // What may overtake does so while the task is held, too.
      this.input.run(Number.POSITIVE_INFINITY);
      this.gate.release();
    }
  }
}

async function storedIn(snapshot: SnapshotInProgress): Promise<Map<number, number[]>> {
  const state = await snapshot.result();
  const stored = new Map<number, number[]>();
  for (const handle of state?.inputChannels ?? []) {
    const items = await readInFlight(handle, openSnapshotReader({ exclusive: undefined, shared: undefined }), registeredClasses);
    stored.set(handle.producer, items.flatMap((item) => (isBatch(item) ? item.values.slice(0, item.count).map((value) => (value as { id: number }).id) : [])));
  }
  return stored;
}

describe('a snapshot and the records in flight that belong to it', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant('send' as const), channel: fc.nat(2), records: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('run' as const), records: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('barrier' as const), channel: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 40 }) }) },
  );

  it.each([
    ['aligned', false], ['at-least-once', false], ['unaligned', false], ['timed', false], ['unaligned', true], ['timed', true],
  ] as const)('are exactly what came before the barriers: %s, through rings: %s', async (mode, rings) => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), async (steps, overtaking) => {
      const bench = new Bench(3, overtaking, rings);
      const at = [0, 0, 0];
      for (const one of steps) {
        if (one.type === 'send') bench.send(one.channel, one.records);
        else if (one.type === 'run') bench.run(one.records);
        else if (one.type === 'time') bench.clock.advance(one.ms);
        else bench.barrier(one.channel, ++at[one.channel]!, mode);
      }
      // Every channel ends with the same barrier.
      const last = Math.max(...at);
      for (const channel of [0, 1, 2]) while (at[channel]! < last) bench.barrier(channel, ++at[channel]!, mode);
      for (let round = 0; round < 200; round++) bench.run(1000);
      const sent = new Set(Array.from({ length: bench.processed.length }, (_, id) => id));
      expect(new Set(bench.processed)).toEqual(sent);
      expect(bench.processed.length).toBe(sent.size);
      for (const [id, { processed, inFlight }] of bench.taken) {
        if (bench.abandoned.has(id)) continue;
        const before = bench.before.get(id)!;
        const stored = inFlight ? await storedIn(inFlight) : new Map<number, number[]>();
        const all = before.flatMap((ids) => [...ids]).sort((a, b) => a - b);
        const held = [...processed, ...[...stored.values()].flat()].sort((a, b) => a - b);
        if (mode === 'at-least-once') expect(held).toEqual(expect.arrayContaining(all));
        else expect(held).toEqual(all);
        for (const [channel, ids] of stored) expect(ids).toEqual([...before[channel]!].filter((candidate) => ids.includes(candidate)));
      }
      expect(bench.twice).toEqual([]);
      if (last > 0) expect(bench.taken.has(last)).toBe(true);
    }), { numRuns: 150 });
  });
});
