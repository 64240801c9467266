/**
 * The end of a stream and its settings (Flink: `DataStreamSink`).
 */
import * as change from './change-settings.js';
import type { OperatorTransformation } from './transformation.js';

export class DataStreamSink<T> {
  /** Binds the record type; never set. */
  declare readonly recordType?: T;

  /** @param committer of all subtasks, where the sink has one: an operator of its own behind the one that writes. */
  constructor(private readonly transformation: OperatorTransformation, private readonly committer?: OperatorTransformation) {}

  /** Names the sink for people: plans, logs and metrics show `Sink: name`. */
  name(name: string): this {
    change.name(this.transformation.settings, name);
    if (this.committer) {
      change.name(this.transformation.settings, `${name}: Writer`);
      change.name(this.committer.settings, `${name}: Global Committer`);
    }
    return this;
  }

  /** Gives the operator a fixed id, so that saved state finds it after the job has changed. Unique in a job. */
  uid(uid: string): this {
    change.uid(this.transformation.settings, uid);
    if (this.committer) change.uid(this.committer.settings, `Sink ${uid} Global Committer`);
    return this;
  }

  /** Sets the operator id itself: 32 hexadecimal digits. */
  setUidHash(hash: string): this {
    change.uidHash(this.transformation.settings, hash);
    return this;
  }

  /** A longer text for plans. */
  setDescription(description: string): this {
    change.description(this.transformation.settings, description);
    return this;
  }

  /** Number of subtasks, 1 to 32768. Default: the environment's. */
  setParallelism(parallelism: number): this {
    change.parallelism(this.transformation.settings, parallelism);
    return this;
  }

  /** Upper bound of the parallelism, 1 to 32768. */
  setMaxParallelism(maxParallelism: number): this {
    change.maxParallelism(this.transformation.settings, maxParallelism);
    return this;
  }

  /** Runs the sink in a task of its own. */
  disableChaining(): this {
    this.transformation.settings.chaining = 'NEVER';
    if (this.committer) this.committer.settings.chaining = 'NEVER';
    return this;
  }

  /** Puts the sink's subtasks into the slots of this group. Default: the group of its input. */
  slotSharingGroup(group: string): this {
    change.slotSharingGroup(this.transformation.settings, group);
    if (this.committer) change.slotSharingGroup(this.committer.settings, group);
    return this;
  }

  getTransformation(): OperatorTransformation {
    return this.transformation;
  }
}
