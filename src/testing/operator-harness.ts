/**
 * Drives one operator by hand: a test pushes records and watermarks in and reads what came out, without a cluster
 * (Flink: `OneInputStreamOperatorTestHarness` and its relatives).
 *
 * Invariants:
 * - Everything is synchronous except `open`, `settle`, `end` and `close`.
 * - Calls the operator puts into its mailbox run between two records, as in a task; an error one of them throws
 *   comes out of the harness call that follows.
 * - Time stands still unless the test moves `clock`; randomness is seeded.
 */
import { type Random, seededRandom } from '../core/random.js';
import { NO_TIMESTAMP } from '../core/timestamp.js';
import type { FeedbackQueue, Gate, Operator, OperatorContext, OperatorDefinition, OperatorHost, Specialise } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import { KeyedServices } from '../runtime/keyed-services.js';
import { SubtaskContext } from '../runtime/subtask-context.js';
import { HeapOperatorState } from '../state/heap-operator-state.js';
import { ManualClock } from './manual-clock.js';

/** One record that came out. `timestamp` is `NO_TIMESTAMP` when it carries none. */
export interface OutputRecord<T = unknown> {
  readonly value: T;
  readonly timestamp: number;
}

export interface OperatorHarnessOptions {
  /** The operator's name, `operator` by default. */
  readonly name?: string;
  /** Index of the subtask, from 0. */
  readonly subtask?: number;
  readonly parallelism?: number;
  readonly maxParallelism?: number;
  readonly attempt?: number;
  readonly globalJobParameters?: Readonly<Record<string, string>>;
  readonly clock?: ManualClock;
  readonly random?: Random;
  /** How kernels are copied; by default they are used as they are. */
  readonly specialise?: Specialise;
  /** Share another harness's host, for an iteration's head and tail. */
  readonly host?: HarnessHost;
}

/** What the operator did to the world outside its outputs. */
export class HarnessHost implements OperatorHost {
  readonly printed: Record<'stdout' | 'stderr', string> = { stdout: '', stderr: '' };
  /** Values handed over for a collector, by its id. */
  readonly collected = new Map<string, unknown[]>();
  private readonly queues = new Map<string, HarnessFeedback>();

  constructor(private readonly clock: ManualClock) {}

  print(stream: 'stdout' | 'stderr', text: string): void {
    this.printed[stream] += text;
  }

  collect(collectorId: string, values: unknown[]): void {
    const known = this.collected.get(collectorId) ?? [];
    this.collected.set(collectorId, [...known, ...values]);
  }

  feedback(iterationId: string): FeedbackQueue {
    const known = this.queues.get(iterationId);
    if (known) return known;
    const made = new HarnessFeedback(this.clock);
    this.queues.set(iterationId, made);
    return made;
  }

  /** Delivers everything that waits in feedback queues. */
  pump(): void {
    for (const queue of this.queues.values()) queue.pump();
  }
}

class HarnessFeedback implements FeedbackQueue {
  private readonly waiting: OutputRecord[] = [];
  private deliver: Emit | undefined;
  private lastMs: number;

  constructor(private readonly clock: ManualClock) {
    this.lastMs = clock.monotonic();
  }
  push(value: unknown, timestamp: number): void {
    this.waiting.push({ value, timestamp });
  }
  consume(deliver: Emit): void {
    this.deliver = deliver;
    this.lastMs = this.clock.monotonic();
  }
  idleMs(): number {
    return this.clock.monotonic() - this.lastMs;
  }
  pump(): void {
    while (this.deliver) {
      const record = this.waiting.shift();
      if (!record) return;
      this.lastMs = this.clock.monotonic();
      this.deliver(record.value, record.timestamp);
    }
  }
}

export class OperatorHarness<OUT = unknown> {
  readonly clock: ManualClock;
  readonly host: HarnessHost;
  readonly runtime: SubtaskContext;
  readonly operator: Operator;
  /** Everything on the main output, in order. */
  readonly output: OutputRecord<OUT>[] = [];
  /** Everything on side outputs, by tag id. */
  readonly sideOutputs = new Map<string, OutputRecord[]>();
  /** The watermarks that left the operator. */
  readonly watermarks: number[] = [];
  /** The idle statuses that left the operator. */
  readonly statuses: boolean[] = [];

  /** What the operator, and whatever stands for downstream, holds the input with. */
  readonly gate: Gate = {
    hold: () => void this.holds++,
    release: () => {
      this.holds--;
      this.wake();
    },
    released: () => this.released(),
  };

  private readonly keyed: KeyedServices;
  private holds = 0;
  private busy = false;
  private readonly mail: (() => void)[] = [];
  private failure: { readonly error: unknown } | undefined;
  private waiters: (() => void)[] = [];

  constructor(definition: OperatorDefinition<OUT>, options: OperatorHarnessOptions = {}) {
    this.clock = options.clock ?? new ManualClock();
    this.host = options.host ?? new HarnessHost(this.clock);
    this.runtime = new SubtaskContext({
      vertexId: '0'.repeat(32),
      jobId: '0'.repeat(32),
      jobName: 'harness',
      name: options.name ?? 'operator',
      subtask: options.subtask ?? 0,
      parallelism: options.parallelism ?? 1,
      maxParallelism: options.maxParallelism ?? 128,
      attempt: options.attempt ?? 0,
      globalJobParameters: options.globalJobParameters ?? {},
    });
    const specialise: Specialise = options.specialise ?? ((kernel) => kernel);
    this.keyed = new KeyedServices({ runtime: this.runtime, clock: this.clock, mailbox: { execute: (call) => this.deliverMail(call) } });
    this.operator = definition.instantiate(this.context(options, specialise));
  }

  /** The values on the main output. */
  get values(): OUT[] {
    return this.output.map((record) => record.value);
  }

  /** The values on one side output. */
  sideValues<S = unknown>(tag: string | { readonly id: string }): S[] {
    return (this.sideOutputs.get(typeof tag === 'string' ? tag : tag.id) ?? []).map((record) => record.value as S);
  }

  /** Whether the operator asks for no more input just now. */
  get held(): boolean {
    return this.holds > 0;
  }

  async open(): Promise<this> {
    await this.operator.open?.();
    return this;
  }

  /** Delivers one record, to the first input unless another is named. */
  push(value: unknown, timestamp: number = NO_TIMESTAMP, input = 0): this {
    const deliver = this.operator.inputs[input] as Emit | undefined;
    if (!deliver) throw new RangeError(`the operator has ${this.operator.inputs.length} inputs, there is no input ${input}`);
    return this.run(() => deliver(value, timestamp));
  }

  /** Delivers several records without timestamps. */
  pushAll(values: Iterable<unknown>, input = 0): this {
    for (const value of values) this.push(value, NO_TIMESTAMP, input);
    return this;
  }

  /** Delivers a record the way an exchange does: with the hash of its key. */
  pushHashed(value: unknown, hash: number, timestamp: number = NO_TIMESTAMP, input = 0): this {
    const deliver = this.operator.hashedInputs?.[input];
    if (!deliver) throw new RangeError(`the operator has no hashed input ${input}`);
    return this.run(() => deliver(value as never, timestamp, hash));
  }

  /** Advances event time. An operator without a `watermark` method forwards it. */
  watermark(timestamp: number): this {
    return this.run(() => (this.operator.watermark ? this.operator.watermark(timestamp) : void this.watermarks.push(timestamp)));
  }

  idle(idle: boolean): this {
    return this.run(() => (this.operator.idle ? this.operator.idle(idle) : void this.statuses.push(idle)));
  }

  /** Moves the clock, with everything that falls due. */
  advance(ms: number): this {
    return this.run(() => this.clock.advance(ms));
  }

  /**
   * Moves the clock to `time` (epoch milliseconds) and fires the processing-time timers up to and including it. In a
   * task a timer for `time` runs one millisecond later; here it runs now, as in Flink's harnesses.
   */
  setProcessingTime(time: number): this {
    return this.run(() => {
      this.clock.advance(Math.max(0, time - this.clock.now()));
      this.drain();
      this.keyed.inUse?.advanceProcessingTime(time);
    });
  }

  /** Epoch milliseconds. */
  getProcessingTime(): number {
    return this.clock.now();
  }

  /** How many entries the operator's keyed states hold: one for each state and key, or key and window, that has something. */
  numKeyedStateEntries(): number {
    return this.keyed.inUse?.numKeyedStateEntries() ?? 0;
  }

  numEventTimeTimers(): number {
    return this.keyed.inUse?.numEventTimeTimers() ?? 0;
  }

  numProcessingTimeTimers(): number {
    return this.keyed.inUse?.numProcessingTimeTimers() ?? 0;
  }

  /** Resolves when the operator takes input again and its mailbox is empty; rejects with what a mail threw. */
  async settle(): Promise<this> {
    await Promise.resolve();
    this.rethrow();
    await this.released();
    this.rethrow();
    return this;
  }

  /** Ends every input, lets the operator finish and closes it. */
  async end(): Promise<this> {
    await this.settle();
    this.run(() => this.operator.inputs.forEach((_, input) => this.operator.endInput?.(input)));
    this.keyed.quiesce();
    await this.operator.finish?.();
    await this.settle();
    return this.close();
  }

  async close(): Promise<this> {
    this.keyed.quiesce();
    await this.operator.close?.();
    return this;
  }

  private context(options: OperatorHarnessOptions, specialise: Specialise): OperatorContext<OUT> {
    const { keyed } = this;
    return {
      output: {
        emit: (value, timestamp) => void this.output.push({ value, timestamp }),
        side: (tagId) => (value, timestamp) => this.side(tagId).push({ value, timestamp }),
        watermark: (timestamp) => void this.watermarks.push(timestamp),
        idle: (idle) => void this.statuses.push(idle),
      },
      runtime: this.runtime,
      specialise,
      get keyed() {
        return keyed.context;
      },
      operatorState: new HeapOperatorState(),
      restoredCheckpointId: null,
      gate: this.gate,
      mailbox: { execute: (call) => this.deliverMail(call) },
      clock: this.clock,
      random: options.random ?? seededRandom(1),
      host: this.host,
    };
  }

  private async released(): Promise<void> {
    while (this.holds > 0 && !this.failure) await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  private side(tagId: string): OutputRecord[] {
    const known = this.sideOutputs.get(tagId);
    if (known) return known;
    const made: OutputRecord[] = [];
    this.sideOutputs.set(tagId, made);
    return made;
  }

  private run(step: () => void): this {
    this.rethrow();
    this.busy = true;
    try {
      step();
      this.drain();
    } finally {
      this.busy = false;
    }
    return this;
  }

  private drain(): void {
    for (let call = this.mail.shift(); call; call = this.mail.shift()) call();
    this.host.pump();
  }

  /** Mail from outside a record runs at once: nothing else is under way. */
  private deliverMail(call: () => void): void {
    this.mail.push(call);
    if (this.busy) return;
    this.busy = true;
    try {
      this.drain();
    } catch (error) {
      this.failure ??= { error };
    } finally {
      this.busy = false;
      this.wake();
    }
  }

  private wake(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }

  private rethrow(): void {
    const failure = this.failure;
    this.failure = undefined;
    if (failure) throw failure.error;
  }
}

/**
 * A harness around one operator.
 *
 * ```ts
 * const harness = await operatorHarness(mapOperator((n: number) => n * 2)).open();
 * harness.push(21);
 * expect(harness.values).toEqual([42]);
 * ```
 */
export function operatorHarness<OUT = unknown>(definition: OperatorDefinition<OUT>, options: OperatorHarnessOptions = {}): OperatorHarness<OUT> {
  return new OperatorHarness(definition, options);
}
