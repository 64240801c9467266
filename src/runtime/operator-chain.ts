/**
 * A chain of operators inside one task, linked by direct synchronous calls.
 *
 * Invariants:
 * - Operators are made and opened from tail to head (in as many rounds as the task has), finished and closed from head
 *   to tail.
 * - A watermark passes an operator only after the operator has reacted to it.
 * - `close` reaches every operator that was made, whatever went wrong before; none is opened or finished after `stop`.
 */
import type { LatencyMarker } from '../core/latency-marker.js';
import type { Operator, OperatorCheckpoint } from '../operators/operator.js';
import type { Emit, HashedEmit, Output } from '../operators/output.js';
import type { OperatorSubtaskState, SnapshotInProgress, SnapshotRequest } from '../state/operator-snapshot.js';
import type { SnapshotReader } from '../state/snapshot-files.js';
import type { ChainWatermarks } from './chain-watermarks.js';
import type { RecordBatch } from './exchange/channel.js';
import { type LabelledOperator, locateFailure } from './failure.js';

/** Something that an operator's output leads to: the next operator, a record writer, a directly driven task. */
export interface ChainTarget {
  readonly sideOutput: string | undefined;
  readonly emit: Emit;
  watermark(timestamp: number): void;
  idle(idle: boolean): void;
  latencyMarker?(marker: LatencyMarker): void;
}

/** Everything that one operator keeps in one subtask. */
export interface OperatorMemory {
  /** Stops processing-time timers. */
  quiesce(): void;
  /** Once, after the operator was made and before it opens. */
  restore(state: OperatorSubtaskState, reader: SnapshotReader): Promise<void>;
  /** The state of this moment; what is left to write is written in steps. */
  snapshot(request: SnapshotRequest): SnapshotInProgress;
  /** Snapshots that come may build on this one. */
  notifyCheckpointComplete?(checkpointId: number): void;
  /** Once, after the operator was closed; absent where memory is all there is. */
  close?(): Promise<void>;
}

/** The state of one operator on its way into a snapshot. */
export interface OperatorSnapshot {
  readonly operatorId: string;
  readonly progress: SnapshotInProgress;
}

/** What a chain needs to know of each of its operators, head first. */
export interface ChainLink {
  readonly operatorId: string;
  readonly memory: OperatorMemory;
  /** Makes the operator once its output is known. The head of a source chain has no operator of its own. */
  readonly instantiate: ((output: Output) => Operator) | undefined;
  /** Positions of the operators that follow in this chain, with the side output that leads to them. */
  readonly next: readonly { readonly at: number; readonly sideOutput: string | undefined }[];
  /** What follows outside the chain. */
  readonly leaves: readonly ChainTarget[];
  readonly combine: CombineEmits;
  /** Is told of markers that come; absent where latency is not tracked. */
  readonly latency?: ((marker: LatencyMarker) => void) | undefined;
  /** Who this is, for errors that do not come from a hot function. */
  readonly place: LabelledOperator;
}

/** Calls one operator; what it throws, or its promise rejects with, is named after the operator. */
export type LocatedCall = () => void | Promise<void>;

/** Makes one function out of the functions a record goes to. */
export type CombineEmits = (targets: readonly Emit[]) => Emit;

export class OperatorChain {
  /** Position 0 is undefined in a source's chain. */
  private readonly operators: (Operator | undefined)[];
  private readonly outputs: Output[];
  private readonly links: readonly ChainLink[];
  private stopped = false;
  private closed = false;

  /** @param watermarks is told of every watermark that passes. */
  constructor(links: readonly ChainLink[], private readonly watermarks?: ChainWatermarks) {
    this.links = links;
    this.operators = links.map(() => undefined);
    this.outputs = new Array<Output>(links.length);
    for (let at = links.length - 1; at >= 0; at--) {
      const output = this.outputOf(at);
      this.outputs[at] = output;
      this.operators[at] = links[at]!.instantiate?.(output);
    }
  }

  get headId(): string {
    return this.links[0]!.operatorId;
  }

  /** Head first. */
  get operatorIds(): readonly string[] {
    return this.links.map(({ operatorId }) => operatorId);
  }

  /** The operator at the head, whose inputs the task feeds. */
  get head(): Operator | undefined {
    return this.operators[0];
  }

  /** The output of the head: what a source emits into. */
  get headOutput(): Output {
    return this.outputs[0]!;
  }

  /** Gives operators the state they had; those that are not named start empty. */
  async restore(operators: Readonly<Record<string, OperatorSubtaskState>>, reader: SnapshotReader): Promise<void> {
    for (let at = this.operators.length - 1; at >= 0 && !this.stopped; at--) {
      const { operatorId, memory } = this.links[at]!;
      const state = operators[operatorId];
      if (state) await this.located(at, () => memory.restore(state, reader));
    }
  }

  /** @param which those whose turn it is; all unless given. */
  async open(which: (operator: Operator) => boolean = () => true): Promise<void> {
    for (let at = this.operators.length - 1; at >= 0 && !this.stopped; at--) {
      const operator = this.operators[at];
      if (operator && which(operator)) await this.located(at, () => operator.open?.());
    }
  }

  /** Input may come before those that open last have been opened. False when there is none. */
  awaitOpening(): boolean {
    const last = this.operators.filter((operator) => operator?.opensLast === true);
    for (const operator of last) operator!.awaitOpening?.();
    return last.length > 0;
  }

  /** Feeds records into the only input of an operator, of the head unless its position is given. */
  deliver({ values, timestamps, hashes, count }: RecordBatch, at = 0): void {
    const { inputs, hashedInputs } = this.operators[at]!;
    const hashed = hashes && (hashedInputs?.[0] as HashedEmit | undefined);
    const plain = inputs[0] as Emit;
    for (let record = 0; record < count; record++) {
      if (hashed) hashed(values[record], timestamps[record]!, hashes[record]!);
      else plain(values[record], timestamps[record]!);
    }
  }

  watermark(timestamp: number): void {
    this.watermarkInto(0, timestamp);
  }

  idle(idle: boolean): void {
    this.idleInto(0, idle);
  }

  /** A marker has come to the head. */
  latencyMarker(marker: LatencyMarker): void {
    this.markerInto(0, marker);
  }

  /** The source at the head emits a marker: it is not under way yet. */
  emitLatencyMarker(marker: LatencyMarker): void {
    this.markerFrom(0, marker);
  }

  endInput(input: number): void {
    this.operators[0]?.endInput?.(input);
  }

  /** All input has ended: each operator, from head to tail, gives what it still has. */
  async finish(): Promise<void> {
    for (let at = 0; at < this.operators.length && !this.stopped; at++) {
      const operator = this.operators[at];
      if (at > 0) operator?.endInput?.(0);
      this.links[at]!.memory.quiesce();
      await this.located(at, () => operator?.finish?.());
    }
  }

  /** What is to be called, head to tail and one after the other, before the state is taken. */
  snapshotCalls(checkpoint: OperatorCheckpoint): LocatedCall[] {
    return this.locatedCalls((operator) => operator.snapshotState?.(checkpoint));
  }

  /** What is to be called, one after the other, because a checkpoint is complete. */
  completionCalls(checkpointId: number): LocatedCall[] {
    for (const { memory } of this.links) memory.notifyCheckpointComplete?.(checkpointId);
    return this.locatedCalls((operator) => operator.notifyCheckpointComplete?.(checkpointId));
  }

  notifyCheckpointAborted(checkpointId: number): void {
    for (const call of this.locatedCalls((operator) => operator.notifyCheckpointAborted?.(checkpointId))) void call();
  }

  /** The state of every operator at this moment. */
  snapshot(request: SnapshotRequest): OperatorSnapshot[] {
    const snapshots: OperatorSnapshot[] = [];
    for (const { operatorId, memory, place } of this.links) {
      try {
        snapshots.push({ operatorId, progress: memory.snapshot(request) });
      } catch (error) {
        for (const { progress } of snapshots) progress.abandon();
        throw locateFailure(error, place);
      }
    }
    return snapshots;
  }

  /** Lets operators that buffer hand over what they have. */
  flush(): void {
    for (let at = 0; at < this.operators.length; at++) {
      try {
        this.operators[at]?.flush?.();
      } catch (error) {
        throw locateFailure(error, this.links[at]!.place);
      }
    }
  }

  /** An `open` or `finish` under way goes no further than the operator that it has reached. */
  stop(): void {
    this.stopped = true;
  }

  /** Closes every operator, head to tail; reports the first error after all have had their turn. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const errors: unknown[] = [];
    for (let at = 0; at < this.operators.length; at++) {
      this.links[at]!.memory.quiesce();
      try {
        await this.located(at, () => this.operators[at]?.close?.());
      } catch (error) {
        errors.push(error);
      }
      await this.links[at]!.memory.close?.().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }

  /** What a life-cycle call throws is named after its operator. */
  private async located(at: number, call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      throw locateFailure(error, this.links[at]!.place);
    }
  }

  /** What answers at once needs no promise. */
  private locatedCalls(call: (operator: Operator) => void | Promise<void>): LocatedCall[] {
    return this.operators.flatMap((operator, at) => {
      if (!operator) return [];
      const locate = (error: unknown): never => {
        throw locateFailure(error, this.links[at]!.place);
      };
      return () => {
        try {
          const answer = call(operator);
          return isPromise(answer) ? Promise.resolve(answer).catch(locate) : undefined;
        } catch (error) {
          return locate(error);
        }
      };
    });
  }

  private outputOf(at: number): Output {
    const link = this.links[at]!;
    const inside: ChainTarget[] = link.next.map((next) => ({
      sideOutput: next.sideOutput,
      emit: this.operators[next.at]!.inputs[0] as Emit,
      watermark: (timestamp) => this.watermarkInto(next.at, timestamp),
      idle: (idle) => this.idleInto(next.at, idle),
    }));
    const targets = [...inside, ...link.leaves];
    const emitsOf = (tag: string | undefined): Emit => link.combine(targets.filter((target) => target.sideOutput === tag).map((target) => target.emit));
    const sides = new Map<string, Emit>();
    return {
      emit: emitsOf(undefined),
      side: <S>(tagId: string): Emit<S> => {
        if (!sides.has(tagId)) sides.set(tagId, emitsOf(tagId));
        return sides.get(tagId) as Emit<S>;
      },
      watermark: (timestamp) => {
        this.watermarks?.leftFrom(at, timestamp);
        for (const target of targets) target.watermark(timestamp);
      },
      idle: (idle) => {
        this.watermarks?.statusFrom(at, idle);
        for (const target of targets) target.idle(idle);
      },
    };
  }

  private watermarkInto(at: number, timestamp: number): void {
    const operator = this.operators[at];
    this.watermarks?.cameTo(at, timestamp);
    if (operator?.watermark) operator.watermark(timestamp);
    else this.outputs[at]!.watermark(timestamp);
  }

  private markerInto(at: number, marker: LatencyMarker): void {
    this.links[at]!.latency?.(marker);
    this.markerFrom(at, marker);
  }

  private markerFrom(at: number, marker: LatencyMarker): void {
    const { next, leaves } = this.links[at]!;
    for (const one of next) this.markerInto(one.at, marker);
    for (const leaf of leaves) leaf.latencyMarker?.(marker);
  }

  private idleInto(at: number, idle: boolean): void {
    const operator = this.operators[at];
    if (operator?.idle) operator.idle(idle);
    else this.outputs[at]!.idle(idle);
  }
}

/** An author's function written as a lambda may return anything. */
function isPromise(answer: unknown): answer is PromiseLike<void> {
  return typeof answer === 'object' && answer !== null && typeof (answer as PromiseLike<void>).then === 'function';
}
