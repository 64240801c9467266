/**
 * Every configuration key the engine knows, with its default (Flink's names wherever Flink has one).
 */
import type { ConfigOption, Origin } from './configuration.js';
import { FlinkError } from './errors.js';
import { MAX_PARALLELISM_LIMIT } from './key-group.js';
import { didYouMean } from './nearest.js';
import { duration, memorySize, oneOf, text, textMap, trueOrFalse, type ValueType, wholeNumber, wholeNumberOrAutomatic } from './value-types.js';

function option<T>(key: string, type: ValueType<T>, defaultValue: T, description: string, deprecatedKeys: readonly string[] = []): ConfigOption<T> {
  return { key, deprecatedKeys, defaultValue, type, description };
}

export const ParallelismDefault = option('parallelism.default', wholeNumber(1, MAX_PARALLELISM_LIMIT), 1, 'Parallelism of operators when neither the operator, nor the program, nor -p says otherwise.');
export const MaxParallelism = option('pipeline.max-parallelism', wholeNumberOrAutomatic(1, MAX_PARALLELISM_LIMIT), -1, 'Upper bound of parallelism, the number of key groups. -1 derives it from the parallelism.');
export const PipelineName = option<string | undefined>('pipeline.name', text, undefined, 'Name of the job when the program gives none.');
export const RuntimeMode = option('execution.runtime-mode', oneOf('STREAMING', 'BATCH', 'AUTOMATIC'), 'STREAMING', 'How bounded jobs run.');
export const BufferTimeout = option('execution.buffer-timeout', duration(-1, '; 0 flushes every record, -1 only full buffers'), 100, 'How long records may wait in a buffer that is not full.', ['execution.buffer-timeout.interval']);
export const OperatorChaining = option('pipeline.operator-chaining.enabled', trueOrFalse, true, 'Whether operators are chained into one task.', ['pipeline.operator-chaining']);
export const ChainDifferentMaxParallelism = option('pipeline.operator-chaining.chain-operators-with-different-max-parallelism', trueOrFalse, true, 'Whether operators of different maximum parallelism may be chained.');
export const ObjectReuse = option('pipeline.object-reuse', trueOrFalse, true, 'Whether values pass by reference unguarded. false freezes every value deeply, so that a function that changes its input fails (for development).');
export const AutoWatermarkInterval = option('pipeline.auto-watermark-interval', duration(0, '; 0 turns periodic watermarks off'), 200, 'How often watermark generators are asked.');
export const GlobalJobParameters = option<Readonly<Record<string, string>>>('pipeline.global-job-parameters', textMap, {}, 'Parameters every function can read.');
export const TaskSlots = option('taskmanager.numberOfTaskSlots', wholeNumber(1, MAX_PARALLELISM_LIMIT), 1, 'Slots of one TaskManager.');
export const TaskManagers = option<number | undefined>('local.number-taskmanager', wholeNumber(1, 1024), undefined, 'TaskManager threads of the embedded cluster. Default: one a core, but no more than the job needs.');
export const TaskManagerHeap = option<number | undefined>('taskmanager.memory.heap.size', memorySize('512mb'), undefined, 'Largest heap of one TaskManager thread. Default: what Node gives.', ['taskmanager.memory.task.heap.size']);
export const NetworkMemory = option('taskmanager.memory.network.size', memorySize('64mb'), 64 * 1024 * 1024, 'Shared memory for exchanges between TaskManagers, divided among their channels.');
export const KernelSpecialisation = option('pipeline.kernel-specialisation', trueOrFalse, true, 'Whether each chain position gets machine code of its own.');
export const CancellationTimeout = option('task.cancellation.timeout', duration(0), 5_000, 'How long a cancelled task may take to end before its thread is stopped.');

/** All options, for validation, suggestions and the documentation. */
export const ALL_OPTIONS: readonly ConfigOption<unknown>[] = [
  ParallelismDefault, MaxParallelism, PipelineName, RuntimeMode, BufferTimeout, OperatorChaining, ChainDifferentMaxParallelism,
  ObjectReuse, AutoWatermarkInterval, GlobalJobParameters, TaskSlots, TaskManagers, TaskManagerHeap, NetworkMemory,
  KernelSpecialisation, CancellationTimeout,
];

const BY_KEY: ReadonlyMap<string, ConfigOption<unknown>> = new Map(ALL_OPTIONS.flatMap((known) => [known.key, ...known.deprecatedKeys].map((key) => [key, known] as const)));

/** The option of this key, in its present or an older spelling. */
export function findOption(key: string): ConfigOption<unknown> | undefined {
  return BY_KEY.get(key);
}

/** Every key there is, older spellings included. */
export function knownKeys(): Iterable<string> {
  return BY_KEY.keys();
}

/** The option of a key that somebody wrote. Throws `CONFIGURATION` naming the nearest key when there is none. */
export function optionOf(key: string, origin: Origin): ConfigOption<unknown> {
  const option = findOption(key);
  if (option) return option;
  const meant = didYouMean(key, knownKeys());
  throw new FlinkError('CONFIGURATION', `unknown configuration key "${key}" (${origin})`, { hint: `${meant ? `${meant} ` : ''}docs/configuration.md lists every key.` });
}
