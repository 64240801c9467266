/**
 * Chains of scripted operators for the tests of tasks: every call an operator gets is written down, and each can be
 * made to wait or to throw.
 */
import type { CheckpointBarrier } from '../../src/core/checkpoint.js';
import { registeredClasses } from '../../src/core/serialization/class-registry.js';
import { seededRandom } from '../../src/core/random.js';
import type { Operator } from '../../src/operators/operator.js';
import type { Output } from '../../src/operators/output.js';
import { sharedKernels } from '../../src/operators/specialise.js';
import { combineTargets } from '../../src/runtime/emit-targets.js';
import { BatchPool } from '../../src/runtime/exchange/batch-pool.js';
import type { OutputChannel } from '../../src/runtime/exchange/channel.js';
import { TaskGate } from '../../src/runtime/gate.js';
import { type ChainTarget, OperatorChain, type OperatorMemory } from '../../src/runtime/operator-chain.js';
import { RecordWriter } from '../../src/runtime/record-writer.js';
import { Task } from '../../src/runtime/task.js';
import type { TaskParts, TaskState } from '../../src/runtime/task-parts.js';
import type { TaskInput, TurnResult } from '../../src/runtime/task-input.js';
import { allocateMetrics, TaskMetrics } from '../../src/runtime/task-metrics.js';
import type { StoredSnapshot } from '../../src/runtime/task-snapshot.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

export type Script = Partial<Omit<Operator, 'inputs'>> & { readonly record?: (value: unknown, output: Output) => void; readonly memory?: OperatorMemory };

/** Of an operator that keeps nothing. */
export const noMemory: OperatorMemory = {
  quiesce: () => {},
  restore: () => Promise.resolve(),
  snapshot: () => ({ step: () => true, result: () => Promise.resolve(undefined), abandon: () => {} }),
};

/** Operators named a, b, c, … from head to tail; each passes records on and notes `a.open`, `a:value`, … in `log`. */
export function scriptedChain(log: string[], scripts: readonly Script[], leaves: readonly ChainTarget[] = []): OperatorChain {
  return new OperatorChain(scripts.map((script, at) => {
    const name = 'abcdef'[at]!;
    return {
      place: { operator: name, subtask: 0, parallelism: 1 },
      operatorId: name,
      memory: script.memory ?? noMemory,
      instantiate: (output: Output) => scripted(name, log, script, output),
      next: at + 1 < scripts.length ? [{ at: at + 1, sideOutput: undefined }] : [],
      leaves: at + 1 < scripts.length ? [] : leaves,
      combine: (targets) => combineTargets(targets, sharedKernels, false),
    };
  }));
}

function scripted(name: string, log: string[], script: Script, output: Output): Operator {
  const noted = <A extends unknown[], R>(call: string, then: ((...args: A) => R) | undefined) => (...args: A): R | undefined => {
    log.push(`${name}.${call}${args.length > 0 ? `(${args.join()})` : ''}`);
    return then?.(...args);
  };
  return {
    inputs: [(value: unknown, timestamp: number) => {
      log.push(`${name}:${String(value)}`);
      if (script.record) script.record(value, output);
      else output.emit(value, timestamp);
    }],
    open: noted('open', script.open),
    ...(script.opensLast ? { opensLast: true, awaitOpening: noted('awaitOpening', script.awaitOpening) } : {}),
    close: noted('close', script.close),
    finish: noted('finish', script.finish),
    endInput: noted('endInput', script.endInput),
    flush: noted('flush', script.flush),
    ...(script.watermark ? { watermark: noted('watermark', script.watermark) } : {}),
    ...(script.snapshotState ? { snapshotState: noted('snapshotState', script.snapshotState) } : {}),
    ...(script.notifyCheckpointComplete ? { notifyCheckpointComplete: noted('complete', script.notifyCheckpointComplete) } : {}),
    ...(script.notifyCheckpointAborted ? { notifyCheckpointAborted: noted('aborted', script.notifyCheckpointAborted) } : {}),
    ...(script.idle ? { idle: noted('idle', script.idle) } : {}),
  };
}

/** An input that plays what it is given, a call of `run` each. */
export class PlayedInput implements TaskInput {
  ready = true;
  pressing = false;
  drains = true;
  exhausted = true;
  triggered: CheckpointBarrier[] = [];
  readonly turns: ((() => TurnResult) | TurnResult)[] = [];
  record: { value: unknown } | undefined;

  constructor(private readonly log: string[], private readonly life: { start?: () => void | Promise<void>; close?: () => void | Promise<void> } = {}) {}

  run(): TurnResult {
    const turn = this.turns.shift() ?? 'idle';
    return typeof turn === 'function' ? turn() : turn;
  }
  restore(): Promise<void> {
    this.log.push('input.restore');
    return Promise.resolve();
  }
  start(): void | Promise<void> {
    this.log.push('input.start');
    return this.life.start?.();
  }
  close(): void | Promise<void> {
    this.log.push('input.close');
    return this.life.close?.();
  }
  snapshotState(checkpointId: number): void {
    this.log.push(`input.snapshotState(${checkpointId})`);
  }
  trigger(barrier: CheckpointBarrier): void {
    this.triggered.push(barrier);
    this.onTrigger(barrier);
  }
  onTrigger: (barrier: CheckpointBarrier) => void = () => {};
  stop(): void {
    this.log.push('input.stop');
  }
  notifyCheckpointComplete(checkpointId: number): void {
    this.log.push(`input.complete(${checkpointId})`);
  }
  failing(): { readonly value: unknown } | undefined {
    return this.record;
  }
}

export interface TaskSetup {
  readonly task: Task;
  readonly input: PlayedInput;
  readonly clock: ManualClock;
  readonly gate: TaskGate;
  readonly metrics: TaskMetrics;
  readonly log: string[];
  readonly states: { task: string; state: TaskState; error: Error | undefined }[];
  readonly stored: ({ task: string } & StoredSnapshot)[];
  readonly declined: { task: string; checkpointId: number; reason: string; error: Error | undefined }[];
  wakes: number;
}

export interface TaskOptions {
  readonly scripts?: readonly Script[];
  readonly life?: ConstructorParameters<typeof PlayedInput>[1];
  readonly channels?: readonly OutputChannel[];
  readonly bufferTimeoutMs?: number;
  readonly parts?: Partial<TaskParts>;
}

export function taskOf(options: TaskOptions = {}): TaskSetup {
  const log: string[] = [];
  const clock = new ManualClock(1000);
  const setup = { log, clock, states: [], stored: [], declined: [], wakes: 0 } as unknown as TaskSetup;
  const gate = new TaskGate(() => (setup.wakes += 1));
  const metrics = new TaskMetrics(allocateMetrics(1), 0);
  const writers = options.channels ? [writerOf(options.channels, gate, metrics, options.bufferTimeoutMs ?? 100)] : [];
  const leaves = writers.map((writer): ChainTarget => ({
    sideOutput: undefined,
    emit: writer.emit,
    watermark: (timestamp) => writer.event({ type: 'watermark', timestamp }),
    idle: (idle) => writer.event({ type: 'idle', idle }),
  }));
  const input: PlayedInput = new PlayedInput(log, options.life);
  const task = new Task({
    name: 'task', vertexId: 'vertex', subtask: 0, attempt: 0, isSource: false, calls: [], labels: [],
    head: { operator: 'a', subtask: 0, parallelism: 1 },
    chain: scriptedChain(log, options.scripts ?? [{}], leaves),
    input, writers, gate, metrics, clock,
    random: seededRandom(1), restore: undefined, classes: registeredClasses, awaitsFinalCheckpoint: false, staged: false,
    listener: {
      state: (changed, state, error) => void setup.states.push({ task: changed.name, state, error }),
      opened: (changed) => void log.push(`${changed.name} opened`),
      keysKnown: (changed, operatorIds, seen) => void log.push(`${changed.name} keys of ${operatorIds.join()} ${seen ? 'fit' : 'end'}`),
      acknowledged: (changed, snapshot) => void setup.stored.push({ task: changed.name, ...snapshot }),
      declined: (changed, checkpointId, reason, error) => void setup.declined.push({ task: changed.name, checkpointId, reason, error }),
      endOfData: (changed) => void log.push(`${changed.name} end-of-data`),
    },
    wake: () => (setup.wakes += 1),
    ...options.parts,
  });
  return Object.assign(setup, { task, input, gate, metrics });
}

function writerOf(channels: readonly OutputChannel[], gate: TaskGate, metrics: TaskMetrics, bufferTimeoutMs: number): RecordWriter {
  return new RecordWriter({
    channels, partitioning: 'GLOBAL', edgeFunction: undefined, maxParallelism: 128, bufferTimeoutMs, gate, metrics, random: seededRandom(1),
    specialise: sharedKernels, owner: { operator: 'a', subtask: 0, parallelism: 1 }, pool: new BatchPool(2),
  });
}

/** Lets every promise settle. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise with its ends. */
export function deferred<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void; readonly reject: (error: unknown) => void } {
  let ends!: { resolve: (value: T) => void; reject: (error: unknown) => void };
  const promise = new Promise<T>((resolve, reject) => (ends = { resolve, reject }));
  return { promise, ...ends };
}
