/**
 * A stream that an operator produces, with the operator's settings (Flink: `SingleOutputStreamOperator`).
 */
import type { DurationLike } from '../core/time.js';
import { classOf, type InstanceOf, isType, type TypeHint, type TypeInformation } from '../core/type-information.js';
import { OutputTag } from '../operators/output-tag.js';
import { badArgument } from './arguments.js';
import * as change from './change-settings.js';
import type { CachedDataStream } from './cached-data-stream.js';
import { DataStream } from './data-stream.js';
import type { SlotSharingGroup } from './slot-sharing-group.js';
import type { SideOutputDataStream } from './side-output-data-stream.js';
import type { StreamContext } from './stream-context.js';
import type { PhysicalTransformation, RecordType, TransformationSettings } from './transformation.js';

export class SingleOutputStreamOperator<T> extends DataStream<T> {
  /** @param settings those of the operator that the author configures; they may be a source's in front of this one. */
  constructor(
    context: StreamContext,
    private readonly physical: PhysicalTransformation,
    protected readonly settings: TransformationSettings = physical.settings,
  ) {
    super(context, physical);
  }

  getName(): string {
    return this.settings.name;
  }

  /** Names the operator for people: plans, logs, metrics and errors show it. */
  name(name: string): this {
    change.name(this.settings, name);
    return this;
  }

  /** Gives the operator a fixed id, so that saved state finds it after the job has changed. Unique in a job. */
  uid(uid: string): this {
    change.uid(this.settings, uid);
    return this;
  }

  /**
   * Sets the operator id itself: 32 hexadecimal digits. Beside a `uid` it only finds state that was saved under that id, before
   * the operator had its uid: the next snapshot has it under the uid, and the hash can go.
   */
  setUidHash(hash: string): this {
    change.uidHash(this.settings, hash);
    return this;
  }

  /** A longer text for plans. */
  setDescription(description: string): this {
    change.description(this.settings, description);
    return this;
  }

  /** Number of subtasks, 1 to 32768. Default: the environment's. */
  setParallelism(parallelism: number): this {
    change.parallelism(this.settings, parallelism);
    return this;
  }

  /** Upper bound of the parallelism, which is the number of key groups of the operator's state: 1 to 32768. */
  setMaxParallelism(maxParallelism: number): this {
    change.maxParallelism(this.settings, maxParallelism);
    return this;
  }

  /** Fixes the operator to one subtask. */
  forceNonParallel(): this {
    change.nonParallel(this.settings);
    return this;
  }

  /** How long records may wait in a buffer that is not full; 0 sends each at once, -1 only full buffers. */
  setBufferTimeout(timeout: DurationLike): this {
    change.bufferTimeout(this.settings, timeout);
    return this;
  }

  /** Starts a new task with this operator: it is not chained to its input. */
  startNewChain(): this {
    this.settings.chaining = 'HEAD';
    return this;
  }

  /** Runs the operator in a task of its own. */
  disableChaining(): this {
    this.settings.chaining = 'NEVER';
    return this;
  }

  /**
   * Puts the operator's subtasks into the slots of this group; operators of different groups never share a slot.
   * Default: the group of the inputs if they agree, else `default`.
   */
  slotSharingGroup(group: string | SlotSharingGroup): this {
    change.slotSharingGroup(this.settings, group);
    return this;
  }

  /**
   * Says the type of the records where it cannot be inferred: `returns<Word>()`, `returns(Types.STRING)`, or `returns(Word)` for
   * a class, which `getType` then answers. It does nothing else at run time.
   */
  returns<R = T>(type?: TypeInformation<R> | TypeHint<R>): SingleOutputStreamOperator<R>;
  returns<C extends StringConstructor | NumberConstructor | BooleanConstructor | BigIntConstructor>(type: C): SingleOutputStreamOperator<InstanceOf<C>>;
  returns<R>(type: RecordType<R>): SingleOutputStreamOperator<R>;
  returns(type?: unknown): SingleOutputStreamOperator<unknown> {
    if (type !== undefined && !isType(type)) throw badArgument('returns', 'a class, one of Types or a TypeHint', type);
    const named = classOf(type);
    if (named !== undefined) this.physical.settings.type = named as RecordType;
    return this as unknown as SingleOutputStreamOperator<unknown>;
  }

  /**
   * Keeps the records that a job in batch mode reads from the stream that this answers, so that later jobs of the program need
   * not compute them again: they count as kept when the program has waited for that job. They are on this machine's disk,
   * until `invalidate()`, `env.close()` or the end of the process. In streaming mode nothing is kept; what is kept is read.
   */
  cache(): CachedDataStream<T> {
    return this.context.kinds.cached<T>(this.physical);
  }

  /** The records that the operator's function emitted to a side output with `context.output(tag, value)`. */
  getSideOutput<X>(tag: OutputTag<X>): SideOutputDataStream<X> {
    if (!(tag instanceof OutputTag)) throw badArgument('getSideOutput', 'an OutputTag', tag);
    return this.context.kinds.sideOutput<X>({ kind: 'side-output', input: this.physical, tag });
  }
}
