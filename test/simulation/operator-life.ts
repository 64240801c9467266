/**
 * The life of one operator in one subtask, held to the operator contract: whatever the runtime does out of turn is a
 * violation of the run.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../src/core/timestamp.js';
import { hashKey, toPrimitiveKey } from '../../src/core/key.js';
import { keyGroupOf, subtaskOfKeyGroup } from '../../src/core/key-group.js';
import type { RuntimeContext } from '../../src/operators/runtime-context.js';
import { type Step, stepName } from './random-job.js';
import type { Envelope } from './records.js';
import type { SimulatedThread } from './scheduler.js';
import { channelOf } from './step-behaviour.js';
import type { World } from './world.js';

type Stage = 'made' | 'opening' | 'open' | 'finishing' | 'finished' | 'closed';

export class OperatorLife {
  stage: Stage = 'made';
  watermark = MIN_TIMESTAMP;
  private lastNotice = 0;
  private readonly ended = new Set<number>();
  private readonly lastSequence = new Map<string, number>();
  private readonly name: string;

  constructor(private readonly world: World, readonly step: Step, readonly thread: SimulatedThread, private readonly runtime: RuntimeContext) {
    this.name = `${stepName(step)} #${runtime.getIndexOfThisSubtask()}`;
    world.lives.push(this);
  }

  open(): void {
    this.expect(this.stage === 'made', `opened while ${this.stage}`);
    this.stage = 'opening';
  }

  opened(): void {
    // A hanging thread may be stopped meanwhile; anything else waits for `open`.
    this.expect(this.stage === 'opening', `open ended while ${this.stage}`);
    this.stage = 'open';
  }

  record(input: number, envelope: Envelope, timestamp: number, hash: number | undefined, held: boolean): void {
    this.expect(!held || !this.world.fedByChannels.has(this.step.id), 'took a record while its task was held');
    this.expect(this.stage === 'open', `took a record while ${this.stage}`);
    this.expect(!this.ended.has(input), `took a record after the end of input ${input}`);
    if (this.world.punctual.has(this.step.id)) this.expect(timestamp > this.watermark, `took a late record (${timestamp}, watermark ${this.watermark})`);
    this.world.arrive(this.step.id);
    this.checkOrder(envelope);
    this.checkChannel(input, envelope, hash);
  }

  advance(timestamp: number): void {
    this.expect(this.stage === 'open', `took a watermark while ${this.stage}`);
    this.expect(timestamp > this.watermark, `watermark ${timestamp} after ${this.watermark}`);
    this.watermark = timestamp;
  }

  idle(): void {
    this.expect(this.stage === 'open', `took an idle status while ${this.stage}`);
  }

  endInput(input: number): void {
    this.expect(this.stage === 'open', `an input ended while ${this.stage}`);
    this.expect(!this.ended.has(input), `input ${input} ended twice`);
    this.ended.add(input);
  }

  finish(): void {
    this.expect(this.stage === 'open', `finished while ${this.stage}`);
    this.expect(this.watermark === MAX_TIMESTAMP, `finished at watermark ${this.watermark}`);
    this.expect(this.ended.size === (this.step.kind === 'connect' ? 2 : 1), `finished after the end of ${this.ended.size} inputs`);
    this.stage = 'finishing';
  }

  finished(): void {
    if (this.stage === 'finishing') this.stage = 'finished';
  }

  flush(): void {
    this.expect(this.stage === 'open' || this.stage === 'finishing' || this.stage === 'finished', `flushed while ${this.stage}`);
  }

  snapshot(): void {
    this.expect(this.stage === 'open' || this.stage === 'finished', `took part in a checkpoint while ${this.stage}`);
  }

  notified(checkpointId: number): void {
    this.expect(this.stage === 'open' || this.stage === 'finishing' || this.stage === 'finished', `heard of checkpoint ${checkpointId} while ${this.stage}`);
    this.expect(checkpointId > this.lastNotice, `heard of checkpoint ${checkpointId} after ${this.lastNotice}`);
    this.lastNotice = checkpointId;
  }

  close(): void {
    this.expect(this.stage !== 'closed', 'closed twice');
    this.expect(this.stage !== 'opening' || this.world.struck, 'closed while opening');
    this.stage = 'closed';
  }

  emitted(): void {
    this.expect(this.stage !== 'made' && this.stage !== 'closed', `emitted while ${this.stage}`);
  }

  expect(holds: boolean, otherwise: string): void {
    if (!holds && this.thread.alive) this.world.scheduler.violated(`${this.name} on ${this.thread.name}: ${otherwise}`);
  }

  private checkOrder({ node, subtask, attempt, tag, sequence }: Envelope): void {
    const sender = `${node}/${subtask}/${attempt}/${tag}`;
    const last = this.lastSequence.get(sender) ?? -1;
    this.expect(sequence > last, `took record ${sequence} of ${sender} after ${last}`);
    this.lastSequence.set(sender, sequence);
  }

  private checkChannel(input: number, { node, tag, subtask, rec }: Envelope, hash: number | undefined): void {
    const here = this.runtime.getIndexOfThisSubtask();
    const { parallelism } = this.step;
    const inlet = this.step.inlets.find((candidate) => candidate.from === node && candidate.tag === tag && candidate.input === input);
    if (!inlet) return this.expect(false, `took a record of ${node}${tag}, which it does not read`);
    const keyHash = hashKey(toPrimitiveKey(rec.key));
    if (hash !== undefined) this.expect(hash === keyHash, `took ${hash} for the hash of ${rec.key}`);
    const due: Record<string, number | undefined> = {
      FORWARD: subtask,
      GLOBAL: 0,
      CUSTOM: channelOf(rec, parallelism),
      HASH: subtaskOfKeyGroup(keyGroupOf(keyHash, this.runtime.getMaxNumberOfParallelSubtasks()), this.runtime.getMaxNumberOfParallelSubtasks(), parallelism),
    };
    const expected = due[inlet.partitioning];
    if (expected !== undefined) this.expect(here === expected, `took a ${inlet.partitioning} record of subtask ${expected}`);
  }
}
