/**
 * The end of a stream and its settings (Flink: `DataStreamSink`).
 */
import * as change from './change-settings.js';
import type { SinkPart } from './sink-topologies.js';
import type { SlotSharingGroup } from './slot-sharing-group.js';
import type { OperatorTransformation, TransformationSettings } from './transformation.js';

/** With the settings that it had before the sink was given any. */
interface OwnPart extends SinkPart {
  readonly own: Readonly<TransformationSettings>;
}

export class DataStreamSink<T> {
  /** Binds the record type; never set. */
  declare readonly recordType?: T;

  private readonly parts: readonly OwnPart[];

  /** @param parts the other operators of the sink, where it has some. */
  constructor(private readonly transformation: OperatorTransformation, parts: readonly SinkPart[] = []) {
    this.parts = parts.map((part) => ({ ...part, own: { ...part.transformation.settings } }));
  }

  /** Names the sink for people: plans, logs and metrics show `Sink: name`. Its other operators are named after it, too. */
  name(name: string): this {
    change.name(this.transformation.settings, this.parts.length > 0 ? `${name}: Writer` : name);
    for (const { transformation, own } of this.parts) change.name(transformation.settings, `${name}: ${own.name}`);
    return this;
  }

  /**
   * Gives the operator a fixed id, so that saved state finds it after the job has changed. Unique in a job. The sink's committer
   * gets one made from it; operators that it brings along have to have one of their own, which this is put before.
   */
  uid(uid: string): this {
    change.uid(this.transformation.settings, uid);
    for (const { kind, transformation, own } of this.parts) {
      if (kind === 'committer') change.uid(transformation.settings, `Sink Committer: ${uid}`);
      else if (kind === 'global committer') change.uid(transformation.settings, `Sink ${uid} Global Committer`);
      else if (own.uid !== undefined) change.uid(transformation.settings, `${uid}: ${own.uid}`);
    }
    return this;
  }

  /** Sets the operator id itself: 32 hexadecimal digits. Beside a `uid` it only finds state that was saved under that id. */
  setUidHash(hash: string): this {
    change.uidHash(this.transformation.settings, hash);
    return this;
  }

  /** A longer text for plans. */
  setDescription(description: string): this {
    change.description(this.transformation.settings, description);
    return this;
  }

  /** Number of subtasks, 1 to 32768, also of the operators that it brings along and that say nothing of their own. Default: the environment's. */
  setParallelism(parallelism: number): this {
    change.parallelism(this.transformation.settings, parallelism);
    for (const { kind, transformation, own } of this.parts) if (kind === 'topology' && own.parallelism === undefined && own.canBeParallel) change.parallelism(transformation.settings, parallelism);
    return this;
  }

  /** Upper bound of the parallelism, 1 to 32768. */
  setMaxParallelism(maxParallelism: number): this {
    change.maxParallelism(this.transformation.settings, maxParallelism);
    for (const { transformation, own } of this.parts) if (own.maxParallelism === undefined && own.canBeParallel) change.maxParallelism(transformation.settings, maxParallelism);
    return this;
  }

  /** Runs the sink in a task of its own. */
  disableChaining(): this {
    this.transformation.settings.chaining = 'NEVER';
    for (const { transformation } of this.parts) transformation.settings.chaining = 'NEVER';
    return this;
  }

  /** Puts the sink's subtasks into the slots of this group. Default: the group of its input. */
  slotSharingGroup(group: string | SlotSharingGroup): this {
    change.slotSharingGroup(this.transformation.settings, group);
    for (const { transformation, own } of this.parts) if (own.slotSharingGroup === undefined) change.slotSharingGroup(transformation.settings, group);
    return this;
  }

  getTransformation(): OperatorTransformation {
    return this.transformation;
  }
}
