/**
 * Drives a source without an engine: one enumerator, some readers, polled in turn until they end.
 */
import { systemClock } from '../../src/core/clock.js';
import type { Configuration } from '../../src/core/configuration.js';
import { systemRandom } from '../../src/core/random.js';
import type { FunctionLifeCycleCalls } from '../../src/operators/operator.js';
import type { RuntimeContext } from '../../src/operators/runtime-context.js';
import type { SinkContext, SinkWriterContext } from '../../src/operators/sink.js';
import { sinkWriterContext } from '../../src/operators/sink-writer-context.js';
import { lifeCycleOf } from '../../src/operators/user-function.js';
import { HeapOperatorState } from '../../src/state/heap-operator-state.js';
import type { OperatorStateStore } from '../../src/state/operator-state.js';
import type { InputStatus, ReaderOutput, Source, SourceReader, SplitEnumerator } from '../../src/operators/source.js';

export class Collected<T> implements ReaderOutput<T> {
  readonly values: T[] = [];
  readonly timestamps: (number | undefined)[] = [];
  readonly signals: string[] = [];
  private room: number;

  /** `turn`: records until the output says that it is full. */
  constructor(private readonly turn = Number.POSITIVE_INFINITY) {
    this.room = turn;
  }
  get full(): boolean {
    return this.room <= 0;
  }
  collect(value: T, timestamp?: number): void {
    this.room--;
    this.values.push(value);
    this.timestamps.push(timestamp);
  }
  emitWatermark(timestamp: number): void {
    this.signals.push(`watermark ${timestamp} after ${this.values.length}`);
  }
  markIdle(): void {
    this.signals.push(`idle after ${this.values.length}`);
  }
  markActive(): void {
    this.signals.push(`active after ${this.values.length}`);
  }
  renew(): void {
    this.room = this.turn;
  }
}

export interface Driven<T, S> {
  readonly enumerator: SplitEnumerator<S, unknown>;
  readonly readers: SourceReader<T, S>[];
  readonly outputs: Collected<T>[];
  /** One record per split handed out: to whom. */
  readonly assigned: { split: S; subtask: number }[];
  /** What the enumerator failed the job with. */
  readonly failures: unknown[];
  /** One poll of one reader. */
  poll(subtask: number): InputStatus;
  /** Polls all readers in turn until all have ended. */
  run(): Promise<T[][]>;
  close(): Promise<void>;
}

export interface DriveOptions {
  readonly parallelism?: number;
  readonly turn?: number;
  readonly runtime?: RuntimeContext;
  readonly checkpoint?: unknown;
  readonly restored?: readonly (readonly unknown[])[];
  /** State of each reader's operator; with `restoredCheckpointId` that of an earlier run. */
  readonly operatorStates?: readonly OperatorStateStore[];
  readonly restoredCheckpointId?: number;
  readonly fileSystems?: Configuration;
}

export async function drive<T, S, C>(source: Source<T, S, C>, options: DriveOptions = {}): Promise<Driven<T, S>> {
  const parallelism = options.parallelism ?? 1;
  const readers: SourceReader<T, S>[] = [];
  const assigned: { split: S; subtask: number }[] = [];
  const failures: unknown[] = [];
  const fileSystems = options.fileSystems ? { fileSystems: options.fileSystems } : {};
  const context = {
    ...fileSystems,
    currentParallelism: () => parallelism,
    registeredReaders: () => readers.map((_, index) => index),
    assignSplit(split: S, subtask: number) {
      const copy = structuredClone(split);
      assigned.push({ split: copy, subtask });
      readers[subtask]!.addSplits([copy]);
    },
    signalNoMoreSplits: (subtask: number) => readers[subtask]!.notifyNoMoreSplits(),
    sendEventToSourceReader() {},
    callAsync<R>(work: () => Promise<R>, handle: (result: R | undefined, error: unknown) => void) {
      work().then((result) => handle(result, undefined), (error: unknown) => handle(undefined, error)).catch((error: unknown) => void failures.push(error));
    },
  };
  const enumerator = options.checkpoint === undefined ? source.createEnumerator(context) : source.restoreEnumerator(context, options.checkpoint as C);
  for (let subtask = 0; subtask < parallelism; subtask++) {
    readers.push(
      source.createReader({ ...fileSystems, subtaskIndex: subtask, parallelism, ...(options.runtime ? { runtime: options.runtime } : {}), lifeCycleOf: lifeCyclesOf(options, subtask), sendSplitRequest: () => enumerator.handleSplitRequest(subtask), sendSourceEvent() {} }),
    );
  }
  const outputs = readers.map(() => new Collected<T>(options.turn));
  await enumerator.start?.();
  for (const [index, reader] of readers.entries()) {
    const restored = options.restored?.[index];
    if (restored?.length) reader.addSplits(structuredClone(restored) as S[]);
    await reader.start?.();
    enumerator.addReader(index);
  }
  const driven: Driven<T, S> = {
    enumerator,
    readers,
    outputs,
    assigned,
    failures,
    poll(subtask) {
      outputs[subtask]!.renew();
      return readers[subtask]!.pollNext(outputs[subtask]!);
    },
    async run() {
      await Promise.all(readers.map(async (reader, subtask) => {
        for (;;) {
          const status = driven.poll(subtask);
          if (status === 'END_OF_INPUT') return;
          if (status === 'MORE_AVAILABLE') await Promise.resolve();
          else {
            await reader.isAvailable();
            // Like the engine, let timers and sockets have their turn.
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
      }));
      await driven.close();
      return outputs.map((output) => output.values);
    },
    async close() {
      for (const reader of readers) await reader.close?.();
      await enumerator.close?.();
    },
  };
  return driven;
}

function lifeCyclesOf({ runtime, operatorStates, restoredCheckpointId }: DriveOptions, subtask: number): (fn: object) => FunctionLifeCycleCalls {
  const operatorState = operatorStates?.[subtask] ?? new HeapOperatorState();
  return (fn) => lifeCycleOf(fn, { runtime: runtime ?? ({ getAttemptNumber: () => 0 } as RuntimeContext), operatorState, restoredCheckpointId: restoredCheckpointId ?? null, keyed: undefined });
}

/** All that a source emits, reader by reader. */
export async function readAll<T, S, C>(source: Source<T, S, C>, options: DriveOptions = {}): Promise<T[][]> {
  return (await drive(source, options)).run();
}

export interface FakeHost {
  readonly context: SinkWriterContext;
  readonly printed: { stream: string; text: string }[];
  readonly mail: (() => void)[];
}

/** What a sink writer needs of its host; letters to the mailbox wait in `mail`. */
export function fakeHost(options: { subtask?: number; parallelism?: number; attempt?: number; clock?: SinkWriterContext['clock']; random?: SinkWriterContext['random']; fileSystems?: Configuration } = {}): FakeHost {
  const printed: { stream: string; text: string }[] = [];
  const mail: (() => void)[] = [];
  const runtime = {
    getIndexOfThisSubtask: () => options.subtask ?? 0,
    getNumberOfParallelSubtasks: () => options.parallelism ?? 1,
    getAttemptNumber: () => options.attempt ?? 0,
  } as RuntimeContext;
  const context = sinkWriterContext({
    restoredCheckpointId: null,
    runtime,
    mailbox: { execute: (call) => void mail.push(call) },
    host: { print: (stream, text) => void printed.push({ stream, text }), collect() {}, feedback: () => Promise.reject(new Error('no feedback')) as never, ...(options.fileSystems ? { fileSystems: options.fileSystems } : {}) },
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  });
  return { context, printed, mail };
}

export const noFacts: SinkContext = { timestamp: () => null, currentWatermark: () => Number.NEGATIVE_INFINITY, currentProcessingTime: () => 0 };
