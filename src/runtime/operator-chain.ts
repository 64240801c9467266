/**
 * A chain of operators inside one task, linked by direct synchronous calls.
 *
 * Invariants:
 * - Operators are made and opened from tail to head, finished and closed from head to tail.
 * - A watermark passes an operator only after the operator has reacted to it.
 * - `close` reaches every operator that was made, whatever went wrong before; none is opened or finished after `stop`.
 */
import type { Operator } from '../operators/operator.js';
import type { Emit, Output } from '../operators/output.js';
import type { ChainWatermarks } from './chain-watermarks.js';
import { type LabelledOperator, locateFailure } from './failure.js';

/** Something that an operator's output leads to: the next operator, a record writer, a directly driven task. */
export interface ChainTarget {
  readonly sideOutput: string | undefined;
  readonly emit: Emit;
  watermark(timestamp: number): void;
  idle(idle: boolean): void;
}

/** What a chain needs to know of each of its operators, head first. */
export interface ChainLink {
  /** Makes the operator once its output is known. The head of a source chain has no operator of its own. */
  readonly instantiate: ((output: Output) => Operator) | undefined;
  /** Stops the operator's processing-time timers: after its last input, before it finishes. */
  readonly quiesce?: () => void;
  /** Positions of the operators that follow in this chain, with the side output that leads to them. */
  readonly next: readonly { readonly at: number; readonly sideOutput: string | undefined }[];
  /** What follows outside the chain. */
  readonly leaves: readonly ChainTarget[];
  readonly combine: CombineEmits;
  /** Who this is, for errors that do not come from a hot function. */
  readonly place: LabelledOperator;
}

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

  /** The operator at the head, whose inputs the task feeds. */
  get head(): Operator | undefined {
    return this.operators[0];
  }

  /** The output of the head: what a source emits into. */
  get headOutput(): Output {
    return this.outputs[0]!;
  }

  async open(): Promise<void> {
    for (let at = this.operators.length - 1; at >= 0 && !this.stopped; at--) await this.located(at, () => this.operators[at]?.open?.());
  }

  watermark(timestamp: number): void {
    this.watermarkInto(0, timestamp);
  }

  idle(idle: boolean): void {
    this.idleInto(0, idle);
  }

  endInput(input: number): void {
    this.operators[0]?.endInput?.(input);
  }

  /** All input has ended: each operator, from head to tail, gives what it still has. */
  async finish(): Promise<void> {
    for (let at = 0; at < this.operators.length && !this.stopped; at++) {
      const operator = this.operators[at];
      if (at > 0) operator?.endInput?.(0);
      this.links[at]!.quiesce?.();
      await this.located(at, () => operator?.finish?.());
    }
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
      this.links[at]!.quiesce?.();
      try {
        await this.located(at, () => this.operators[at]?.close?.());
      } catch (error) {
        errors.push(error);
      }
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

  private idleInto(at: number, idle: boolean): void {
    const operator = this.operators[at];
    if (operator?.idle) operator.idle(idle);
    else this.outputs[at]!.idle(idle);
  }
}

