/**
 * The narrow contract between operators and the runtime that hosts them.
 *
 * No operator knows a thread, a channel, a clock source, a file or a state backend: all it needs reaches it
 * through `OperatorContext`. The same operators therefore run in our TaskManager, in a simulation and, later,
 * inside another engine's.
 *
 * Life cycle, always in this order and always on one thread of control:
 *   instantiate → (state is restored) → open → (inputs | watermark | idle | snapshotState | notify…)*
 *     → endInput (once per input) → finish → (snapshotState | notify…)* → close
 * Before a job goes on from a snapshot an operator may be made once more and thrown away: it acquires nothing before `open`.
 * On failure or cancellation `close` follows at once, without `endInput` and `finish`. Inside a chain operators
 * open from tail to head and finish from head to tail; of a job that goes on from a snapshot those that write to the
 * outside (`opensLast`) open last.
 */
import type { SnapshotKind } from '../core/checkpoint.js';
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import type { Random } from '../core/random.js';
import type { KeyedContext } from '../state/keyed-context.js';
import type { OperatorStateStore } from '../state/operator-state.js';
import type { MakeLocalAggregate } from './local-aggregate.js';
import type { Emit, HashedEmit, Output } from './output.js';
import type { RuntimeContext } from './runtime-context.js';
import type { WatermarkAlignment } from './watermark-strategy.js';

/** Copies a small hot function so that this chain position has machine code of its own. */
export type Specialise = <F extends (...args: never[]) => unknown>(kernel: F) => F;

/**
 * Lets an operator stop its task from taking more input while something asynchronous is under way (a slow
 * asynchronous sink, a full buffer). Holds nest: each `hold` needs one `release`.
 */
export interface Gate {
  hold(): void;
  release(): void;
  /** Resolves when nothing holds the task's input: for whoever emits much at the end of it. */
  released(): Promise<void>;
}

/** The checkpoint that is being taken (Flink: `StateSnapshotContext`). */
export interface OperatorCheckpoint {
  readonly checkpointId: number;
  /** When it was started, in epoch milliseconds. */
  readonly timestamp: number;
  readonly kind: SnapshotKind;
}

/**
 * Brings results of asynchronous work back to the operator: the call runs between two records, and an error it
 * throws fails the task like one thrown by a user function.
 */
export interface Mailbox {
  execute(call: () => void): void;
}

export interface OperatorContext<OUT = unknown> {
  readonly output: Output<OUT>;
  /** What user functions see of the runtime. */
  readonly runtime: RuntimeContext;
  readonly specialise: Specialise;
  readonly gate: Gate;
  readonly mailbox: Mailbox;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Keyed state and timers; undefined for an operator without keyed inputs. The operator sets the current key for each
   * record and hands on event time (`advanceWatermark`); the host quiesces it between the end of input and `finish`.
   */
  readonly keyed: KeyedContext | undefined;
  /** State of the subtask that belongs to no key. */
  readonly operatorState: OperatorStateStore;
  /** The checkpoint or savepoint that the job goes on from; null in a job that starts afresh. Known from `open` on. */
  readonly restoredCheckpointId: number | null;
  /** Services of the host that few operators need, each by its own small interface. */
  readonly host: OperatorHost;
}

/** What the host of a task offers beyond data: output of the process, results for the client, feedback loops. */
export interface OperatorHost {
  /** Writes whole lines to the process's standard output or standard error, never torn by other threads. */
  print(stream: 'stdout' | 'stderr', text: string): void;
  /** Whether the job takes checkpoints: then what is to be committed waits for one. Absent: it does not. */
  readonly checkpointing?: boolean;
  /** How often a committer is asked again for what it wants to be asked again. Absent: without end. */
  readonly committerRetries?: number;
  /** How the job reaches file systems other than the machine’s own: its keys `s3.…`. Absent: by their defaults. */
  readonly fileSystems?: Configuration;
  /** Hands a batch of values to the client that asked for them (`collectAsync`, `executeAndCollect`). */
  collect(collectorId: string, values: unknown[]): void;
  /**
   * Milliseconds so far in which the task could not go on because downstream had no room, or was not to because it
   * waited for slower sources; 0 when the host does not measure it. Idle sources are not to be inferred from such time.
   */
  heldMs?(): number;
  /**
   * Tells the host how far event time has come here, so that sources can be aligned: `time` answers the watermark
   * that the records so far allow, Infinity when nobody is to wait for it. Asked between two records.
   */
  reportEventTime?(time: () => number): void;
  /** For an operator behind a source whose reader emits for each split: who is to be told which split records are of. */
  followSplits?(follower: SplitFollower): void;
  /** The queue between an iteration's tail and head with the same subtask index. */
  feedback(iterationId: string): FeedbackQueue;
}

/** Hears of the splits whose records come. */
export interface SplitFollower {
  /** The records that follow are of this split. */
  enter(splitId: string): void;
  /** No more records of it follow. */
  release(splitId: string): void;
  /** It is not read, or is again, so that others can come closer: such time does not make it idle. */
  pause(splitId: string, paused: boolean): void;
  /** How far each split has come in event time; -Infinity when it has given nothing, or is idle. */
  times(): Iterable<readonly [splitId: string, time: number]>;
}

/** An unbounded queue from an iteration's tail back to its head, inside one thread. */
export interface FeedbackQueue {
  /** Called by the tail. */
  push(value: unknown, timestamp: number): void;
  /** Called once by the head: `deliver` receives every record, in order, between two records of the input. */
  consume(deliver: Emit): void;
  /** Milliseconds since the head last received a record (monotonic clock), or since `consume`. */
  idleMs(): number;
}

export interface Operator {
  /** One function per input; the runtime calls it for every record of that input. */
  readonly inputs: readonly Emit<never>[];
  /**
   * For keyed inputs, the same functions with the key's hash (`hashKey`) as a third argument: called instead of
   * `inputs` when the record came through an exchange, which had to compute the hash anyway.
   */
  readonly hashedInputs?: readonly (HashedEmit<never> | undefined)[];
  /**
   * What `open` does may be seen outside (a file is emptied): in a job that goes on from a snapshot it is called after
   * every other operator of the whole job has been opened, and so has found nothing wrong with its state.
   */
  readonly opensLast?: boolean;
  /**
   * Only where `opensLast`: records may come before `open`, which is called later. They are to wait, and when there are
   * many of them the task is to take no more.
   */
  awaitOpening?(): void;
  open?(): void | Promise<void>;
  /**
   * Event time of the operator (the minimum over its inputs) has advanced. An operator without this method
   * forwards the watermark.
   */
  watermark?(timestamp: number): void;
  /** An operator without this method forwards the status. */
  idle?(idle: boolean): void;
  /**
   * Hands over what the operator buffers for the outside world: called when the task has nothing else to do and now
   * and then while it is busy. Errors of the promise fail the task; the runtime does not wait for it.
   */
  flush?(): void;
  /**
   * A checkpoint is being taken: brings states up to date and hands over what must be outside before it. No record is
   * under way; while the promise is pending none is taken. What the operator emits here comes before the barrier.
   * The promise must not wait for the mailbox, which rests, too.
   * The runtime then takes the operator's keyed state, timers and operator state by itself.
   */
  snapshotState?(checkpoint: OperatorCheckpoint): void | Promise<void>;
  /** The checkpoint is complete everywhere: what hangs on it can be committed. Errors fail the task. */
  notifyCheckpointComplete?(checkpointId: number): void | Promise<void>;
  /** The checkpoint came to nothing. */
  notifyCheckpointAborted?(checkpointId: number): void;
  /** No more records will come on this input. */
  endInput?(input: number): void;
  /** All input has ended: the last chance to emit. The task waits for the promise. */
  finish?(): void | Promise<void>;
  /** Frees what `open` took. Called exactly once, also after a failure. */
  close?(): void | Promise<void>;
}

/** The life of a user function, as its operator passes it on. Of the calls about checkpoints only those that it has are there. */
export type FunctionLifeCycleCalls = Pick<Operator, 'open' | 'close' | 'snapshotState' | 'notifyCheckpointComplete' | 'notifyCheckpointAborted'>;

/** What an operator that assigns timestamps does about watermarks. */
export interface EventTimeFacts {
  /** Whether it makes watermarks from the records' times, beyond the last one. */
  readonly watermarks: boolean;
  /** What the author said about aligning sources. */
  readonly alignment?: WatermarkAlignment | undefined;
}

/** How one kind of operator comes to life in a subtask. Held by the job's program, found by its node id. */
export interface OperatorDefinition<OUT = unknown> {
  /** It waits for asynchronous results: it is not chained into a task that a legacy source heads (Flink's rule). */
  readonly yielding?: boolean;
  /**
   * How its keyed records are sorted in batch mode: by key, each in the order of its times (default); so where times may
   * differ, for keys one after the other are of no use to it; or never, for it takes them in any order.
   */
  readonly sortsBatch?: 'by key' | 'by time' | 'never';
  /** It gives exactly one record for each that comes, at once: how many have left it need not be counted. */
  readonly oneForOne?: true;
  /** It gives records their event time. */
  readonly eventTime?: EventTimeFacts;
  /** It works by event time: records without a timestamp fail it. `builtAt` is the stack of the author's call. */
  readonly needsEventTime?: { readonly builtAt: string | undefined } | undefined;
  /** Its results are the same when records of one key were put together before they reach it. */
  readonly localAggregate?: MakeLocalAggregate;
  /** What to use in batch mode instead, where time starts again with each key and a broadcast input comes first. */
  readonly inBatch?: OperatorDefinition<OUT>;
  instantiate(context: OperatorContext<OUT>): Operator;
}
