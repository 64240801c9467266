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
import { keyGroupRange } from '../core/key-group.js';
import { type Random, seededRandom } from '../core/random.js';
import { registeredClasses } from '../core/serialization/class-registry.js';
import { NO_TIMESTAMP } from '../core/timestamp.js';
import type { Gate, Operator, OperatorContext, OperatorDefinition, Specialise } from '../operators/operator.js';
import type { Emit } from '../operators/output.js';
import { type MetricValue, readGroup } from '../runtime/operator-metrics.js';
import { allocationIdOf, SubtaskContext } from '../runtime/subtask-context.js';
import { HashMapBackend } from '../state/hash-map-backend.js';
import { OperatorStates } from '../state/operator-states.js';
import { HarnessHost } from './harness-host.js';
import { type HarnessSnapshot, inlineFiles, stateFor } from './harness-snapshot.js';
import { ManualClock } from './manual-clock.js';
import { OperatorOutput, type OutputEvent, type OutputRecord } from './operator-output.js';

/** Entries between two looks at whether a snapshot is done. */
const SNAPSHOT_STEP = 10_000;

/** A snapshot that is written bit by bit. */
export interface SnapshotUnderWay {
  /** Writes about so many entries more; true when none is left. */
  step(entries: number): boolean;
  /** Writes the rest. */
  complete(): Promise<HarnessSnapshot>;
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
  /** What it goes on from: the snapshot of a harness, or, to change the parallelism, of each of the old subtasks in order. */
  readonly restoreFrom?: HarnessSnapshot | readonly HarnessSnapshot[];
}

export class OperatorHarness<OUT = unknown> {
  readonly clock: ManualClock;
  readonly host: HarnessHost;
  readonly runtime: SubtaskContext;
  readonly operator: Operator;
  private readonly out = new OperatorOutput<OUT>();

  /** What the operator, and whatever stands for downstream, holds the input with. */
  readonly gate: Gate = {
    hold: () => void this.holds++,
    release: () => {
      this.holds--;
      this.wake();
    },
    released: () => this.released(),
  };

  private readonly states: OperatorStates;
  private holds = 0;
  private busy = false;
  private readonly mail: (() => void)[] = [];
  private failure: { readonly error: unknown } | undefined;
  private waiters: (() => void)[] = [];
  private readonly ended = new Set<number>();

  constructor(definition: OperatorDefinition<OUT>, private readonly options: OperatorHarnessOptions = {}) {
    this.clock = options.clock ?? new ManualClock();
    this.host = options.host ?? new HarnessHost(this.clock);
    this.runtime = new SubtaskContext({
      nodeId: 1,
      vertexId: '0'.repeat(32),
      jobId: '0'.repeat(32),
      jobName: 'harness',
      name: options.name ?? 'operator',
      subtask: options.subtask ?? 0,
      parallelism: options.parallelism ?? 1,
      maxParallelism: options.maxParallelism ?? 128,
      attempt: options.attempt ?? 0,
      allocationId: allocationIdOf('harness', options.subtask ?? 0),
      globalJobParameters: options.globalJobParameters ?? {},
    }, this.clock);
    const specialise: Specialise = options.specialise ?? ((kernel) => kernel);
    this.states = this.makeStates(options);
    this.operator = definition.instantiate(this.context(options, specialise));
  }

  /** Everything on the main output, in order. */
  get output(): OutputRecord<OUT>[] {
    return this.out.records;
  }

  /** Everything on side outputs, by tag id. */
  get sideOutputs(): Map<string, OutputRecord[]> {
    return this.out.sideOutputs;
  }

  /** The watermarks that left the operator. */
  get watermarks(): number[] {
    return this.out.watermarks;
  }

  /** The idle statuses that left the operator. */
  get statuses(): boolean[] {
    return this.out.statuses;
  }

  /** Everything that came out, of every kind, in the order in which it did. */
  get events(): OutputEvent<OUT>[] {
    return this.out.events;
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

  /** Restores what it is to go on from, and opens the operator. */
  async open(): Promise<this> {
    const { restoreFrom, subtask = 0, parallelism = 1, maxParallelism = 128 } = this.options;
    if (restoreFrom) await this.states.restore(stateFor({ subtask, parallelism, maxParallelism }, [restoreFrom].flat()), inlineFiles);
    await this.operator.open?.();
    return this;
  }

  /**
   * Takes a snapshot as a checkpoint would, between two records, to its end.
   * @param timestamp when the checkpoint was started; default: now.
   */
  async snapshot(checkpointId = 1, timestamp = this.clock.now()): Promise<HarnessSnapshot> {
    return (await this.beginSnapshot(checkpointId, timestamp)).complete();
  }

  /** As `snapshot`, and the test may go on before it lets the snapshot be written to its end. */
  async beginSnapshot(checkpointId = 1, timestamp = this.clock.now()): Promise<SnapshotUnderWay> {
    this.rethrow();
    await this.operator.snapshotState?.({ checkpointId, timestamp, kind: 'checkpoint' });
    const snapshot = this.states.snapshot({ checkpointId, timestamp, kind: 'checkpoint', format: 'canonical', streams: inlineFiles });
    return {
      step: (entries) => snapshot.step(entries),
      complete: async () => {
        while (!snapshot.step(SNAPSHOT_STEP));
        return { checkpointId, maxParallelism: this.options.maxParallelism ?? 128, state: await snapshot.result() };
      },
    };
  }

  /** The checkpoint is complete everywhere. */
  async notifyCheckpointComplete(checkpointId: number): Promise<this> {
    await this.operator.notifyCheckpointComplete?.(checkpointId);
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
    return this.run(() => (this.operator.watermark ? this.operator.watermark(timestamp) : this.out.watermark(timestamp)));
  }

  idle(idle: boolean): this {
    return this.run(() => (this.operator.idle ? this.operator.idle(idle) : this.out.idle(idle)));
  }

  /** Moves the clock, with everything that falls due. */
  advance(ms: number): this {
    this.run(() => this.clock.advance(ms));
    // Timers call each other through the mailbox: the next may be set, and due, only now.
    while (this.clock.nextCall !== undefined && this.clock.nextCall <= this.clock.now()) this.run(() => this.clock.advance(0));
    return this;
  }

  /**
   * Moves the clock to `time` (epoch milliseconds) and fires the processing-time timers up to and including it. In a
   * task a timer for `time` runs one millisecond later; here it runs now, as in Flink's harnesses.
   */
  setProcessingTime(time: number): this {
    return this.run(() => {
      this.clock.advance(Math.max(0, time - this.clock.now()));
      this.drain();
      this.states.keyedInUse?.advanceProcessingTime(time);
    });
  }

  /** Epoch milliseconds. */
  getProcessingTime(): number {
    return this.clock.now();
  }

  /** How many entries the operator's keyed states hold: one for each state and key, or key and window, that has something. */
  numKeyedStateEntries(): number {
    return this.states.keyedInUse?.figures().entries ?? 0;
  }

  numEventTimeTimers(): number {
    return this.states.keyedInUse?.figures().eventTimeTimers ?? 0;
  }

  numProcessingTimeTimers(): number {
    return this.states.keyedInUse?.figures().processingTimeTimers ?? 0;
  }

  /** Resolves when the operator takes input again and its mailbox is empty; rejects with what a mail threw. */
  async settle(): Promise<this> {
    await Promise.resolve();
    this.rethrow();
    await this.released();
    this.rethrow();
    return this;
  }

  /** No more records come on this input. A second call has no effect. */
  endInput(input = 0): this {
    if (this.ended.has(input)) return this;
    this.ended.add(input);
    return this.run(() => this.operator.endInput?.(input));
  }

  /** What the metric of this name says at the moment, as the REST interface names it (`mine.size_p99`); undefined: there is none. */
  metric(name: string): MetricValue | undefined {
    return readGroup(this.runtime.metrics).metrics[name];
  }

  /** How often the operator has counted what its metrics call `name`: `numLateRecordsDropped` of windows. */
  counter(name: string): number {
    return Number(this.metric(name) ?? 0);
  }

  /** Ends every input, lets the operator finish and closes it. */
  async end(): Promise<this> {
    await this.settle();
    this.operator.inputs.forEach((_, input) => this.endInput(input));
    this.states.quiesce();
    await this.operator.finish?.();
    await this.settle();
    return this.close();
  }

  async close(): Promise<this> {
    this.states.quiesce();
    await this.operator.close?.();
    return this;
  }

  private makeStates({ name = 'operator', subtask = 0, parallelism = 1, maxParallelism = 128 }: OperatorHarnessOptions): OperatorStates {
    return new OperatorStates({
      operator: name,
      runtimeAttach: (store) => this.runtime.attachKeyedState(store),
      clock: this.clock,
      mailbox: { execute: (call) => this.deliverMail(call) },
      backend: () => new HashMapBackend(),
      keyGroups: { range: keyGroupRange(subtask, maxParallelism, parallelism), maxParallelism },
      classes: registeredClasses,
    });
  }

  private context(options: OperatorHarnessOptions, specialise: Specialise): OperatorContext<OUT> {
    const { states } = this;
    const { restoreFrom } = options;
    return {
      output: this.out,
      runtime: this.runtime,
      specialise,
      get keyed() {
        return states.keyed;
      },
      operatorState: states.operator,
      restoredCheckpointId: restoreFrom ? ([restoreFrom].flat()[0]?.checkpointId ?? null) : null,
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
