/**
 * Every configuration key the engine knows, with its default (Flink's names wherever Flink has one).
 */
import type { ConfigOption } from './configuration.js';
import { parseDuration } from './time.js';

function option<T>(key: string, allowed: string, defaultValue: T, description: string, parse: (raw: unknown) => T | undefined, deprecatedKeys: readonly string[] = []): ConfigOption<T> {
  return { key, deprecatedKeys, defaultValue, allowed, description, parse };
}

function integer(min: number, max: number): (raw: unknown) => number | undefined {
  return (raw) => {
    const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
    return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  };
}

function boolean(raw: unknown): boolean | undefined {
  if (typeof raw === 'boolean') return raw;
  const text = typeof raw === 'string' ? raw.trim().toLowerCase() : '';
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function duration(minMs: number): (raw: unknown) => number | undefined {
  return (raw) => {
    if (typeof raw !== 'string' && typeof raw !== 'number') return undefined;
    try {
      const ms = parseDuration(String(raw));
      return ms >= minMs ? ms : undefined;
    } catch {
      return undefined;
    }
  };
}

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, kb: 1024, m: 1024 ** 2, mb: 1024 ** 2, g: 1024 ** 3, gb: 1024 ** 3 };

function memorySize(raw: unknown): number | undefined {
  const match = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(typeof raw === 'number' || typeof raw === 'string' ? String(raw) : '');
  const unit = SIZE_UNITS[match?.[2]?.toLowerCase() ?? ''];
  const bytes = match && unit !== undefined ? Number(match[1]) * unit : 0;
  return bytes > 0 ? bytes : undefined;
}

function oneOf<const T extends string>(...values: T[]): (raw: unknown) => T | undefined {
  return (raw) => values.find((value) => typeof raw === 'string' && value.toLowerCase() === raw.trim().toLowerCase());
}

function text(raw: unknown): string | undefined {
  return typeof raw === 'string' ? raw : typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : undefined;
}

/** Flink's upper bound of parallelism and of the number of key groups. */
const PARALLELISM_MAX = 32768;

function maxParallelism(raw: unknown): number | undefined {
  const value = integer(-1, PARALLELISM_MAX)(raw);
  return value === 0 ? undefined : value;
}

export const ParallelismDefault = option('parallelism.default', 'a whole number from 1 to 32768', 1, 'Parallelism of operators when neither the operator, nor the program, nor -p says otherwise.', integer(1, PARALLELISM_MAX));
export const MaxParallelism = option('pipeline.max-parallelism', 'a whole number from 1 to 32768, or -1 for automatic', -1, 'Upper bound of parallelism, the number of key groups. -1 derives it from the parallelism.', maxParallelism);
export const PipelineName = option<string | undefined>('pipeline.name', 'text', undefined, 'Name of the job when the program gives none.', text);
export const RuntimeMode = option('execution.runtime-mode', 'STREAMING, BATCH or AUTOMATIC', 'STREAMING', 'How bounded jobs run.', oneOf('STREAMING', 'BATCH', 'AUTOMATIC'));
export const BufferTimeout = option('execution.buffer-timeout', 'a duration; 0 flushes every record, -1 only full buffers', 100, 'How long records may wait in a buffer that is not full.', duration(-1), ['execution.buffer-timeout.interval']);
export const OperatorChaining = option('pipeline.operator-chaining.enabled', 'true or false', true, 'Whether operators are chained into one task.', boolean, ['pipeline.operator-chaining']);
export const ChainDifferentMaxParallelism = option('pipeline.operator-chaining.chain-operators-with-different-max-parallelism', 'true or false', true, 'Whether operators of different maximum parallelism may be chained.', boolean);
export const ObjectReuse = option('pipeline.object-reuse', 'true or false', true, 'Whether values pass by reference unguarded. false freezes every value deeply, so that a function that changes its input fails (for development).', boolean);
export const AutoWatermarkInterval = option('pipeline.auto-watermark-interval', 'a duration; 0 turns periodic watermarks off', 200, 'How often watermark generators are asked.', duration(0));
export const GlobalJobParameters = option<Readonly<Record<string, string>>>('pipeline.global-job-parameters', 'a map of texts', {}, 'Parameters every function can read.', stringMap);
export const TaskSlots = option('taskmanager.numberOfTaskSlots', 'a whole number of at least 1', 1, 'Slots of one TaskManager.', integer(1, PARALLELISM_MAX));
export const TaskManagers = option<number | undefined>('local.number-taskmanager', 'a whole number of at least 1', undefined, 'TaskManager threads of the embedded cluster. Default: one a core, but no more than the job needs.', integer(1, 1024));
export const TaskManagerHeap = option<number | undefined>('taskmanager.memory.heap.size', 'a size such as 512mb', undefined, 'Largest heap of one TaskManager thread. Default: what Node gives.', memorySize, ['taskmanager.memory.task.heap.size']);
export const NetworkMemory = option('taskmanager.memory.network.size', 'a size such as 64mb', 64 * 1024 * 1024, 'Shared memory for exchanges between TaskManagers, divided among their channels.', memorySize);
export const KernelSpecialisation = option('pipeline.kernel-specialisation', 'true or false', true, 'Whether each chain position gets machine code of its own.', boolean);
export const CancellationTimeout = option('task.cancellation.timeout', 'a duration', 5_000, 'How long a cancelled task may take to end before its thread is stopped.', duration(0));

/** A map written as YAML, or in Flink's text form `a:1,b:2`. */
function stringMap(raw: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof raw === 'string') {
    const pairs = raw.split(',').filter((pair) => pair.trim() !== '').map((pair) => pair.split(/:(.*)/s));
    return pairs.every((pair) => pair.length >= 2) ? Object.fromEntries(pairs.map(([key, value]) => [key!.trim(), value!.trim()])) : undefined;
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, String(value)]));
}

/** All options, for validation, suggestions and the documentation. */
export const ALL_OPTIONS: readonly ConfigOption<unknown>[] = [
  ParallelismDefault, MaxParallelism, PipelineName, RuntimeMode, BufferTimeout, OperatorChaining, ChainDifferentMaxParallelism,
  ObjectReuse, AutoWatermarkInterval, GlobalJobParameters, TaskSlots, TaskManagers, TaskManagerHeap, NetworkMemory,
  KernelSpecialisation, CancellationTimeout,
];

const BY_KEY = new Map(ALL_OPTIONS.flatMap((known) => [known.key, ...known.deprecatedKeys].map((key) => [key, known] as const)));

/** The option of this key, in its present or an older spelling. */
export function findOption(key: string): ConfigOption<unknown> | undefined {
  return BY_KEY.get(key);
}
