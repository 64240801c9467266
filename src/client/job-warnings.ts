/**
 * What a job's author should know though nothing has failed: before the job runs, and after it has ended.
 */
import { checkpointSettings } from '../checkpoint/checkpoint-settings.js';
import type { Configuration } from '../core/configuration.js';
import { CheckpointDirectory, StateBackendType } from '../core/options.js';
import type { JobResult } from '../cluster/running-job.js';
import { resolvedRuntimeMode } from '../graph/validate.js';
import type { JobProgram } from '../program/job-program.js';
import { missingTimestamps } from '../program/missing-timestamps.js';
import type { SourceLocation } from '../core/errors.js';

/** Finds the author's own line in a stack. */
type Locate = (stack: string) => SourceLocation | undefined | Promise<SourceLocation | undefined>;

/** One text for each operator by event time that no timestamps will reach. */
export function timestampWarnings(program: JobProgram, locate: Locate): Promise<string[]> {
  return Promise.all(missingTimestamps(program).map(async ({ operator, source, builtAt }) => {
    const place = builtAt === undefined ? undefined : await locate(builtAt);
    const where = place ? ` (${place.file}:${place.line})` : '';
    return `"${operator}"${where} works by event time, but nothing between it and "${source}" gives records timestamps. ` +
      'Call assignTimestampsAndWatermarks(…) before it, or use windows by processing time.';
  }));
}

/** What the checkpoints of a job are not, though its author may think so. @param configuration of whoever runs it. */
export function checkpointWarnings({ graph, definitions, configuration: own }: JobProgram, configuration: Configuration): string[] {
  const all = configuration.overriddenBy(own);
  const { intervalMs, warnings } = checkpointSettings(all, resolvedRuntimeMode(graph) === 'STREAMING');
  if (intervalMs === undefined) return [];
  const iteration = graph.nodes.find(({ colocation }) => colocation !== undefined);
  const feedback = iteration && `"${iteration.name}" is part of an iteration: records on their way back to its head are in no checkpoint, and lost after a failure.`;
  // Checkpoints in memory end with the process: no other version of the program will go on from them.
  const nameless = all.get(CheckpointDirectory) === undefined ? undefined : withoutUid(graph);
  return [...warnings, ...[feedback, unrepeatable(graph, definitions), nameless].filter((warning) => warning !== undefined)];
}

/** Checkpoints cannot help what has been read and is in none of them. */
function unrepeatable({ nodes }: JobProgram['graph'], definitions: JobProgram['definitions']): string | undefined {
  const names = nodes.filter(({ id }) => {
    const definition = definitions.get(id);
    return definition?.kind === 'source' && definition.source.replays === false;
  }).map(({ name }) => `"${name}"`);
  if (names.length === 0) return undefined;
  return `${names.join(', ')} cannot be read again: after a failure, what came from there since the last checkpoint is lost.`;
}

/** State finds its operator again by its uid; without, by its place in the graph. */
function withoutUid({ nodes }: JobProgram['graph']): string | undefined {
  const [first, ...others] = nodes.filter(({ uid, uidHash, kind, keyedInputs }) => uid === undefined && uidHash === undefined && (kind === 'source' || keyedInputs.length > 0));
  if (!first) return undefined;
  const more = others.length === 0 ? '' : ` and ${others.length} other${others.length === 1 ? '' : 's'}`;
  return `"${first.name}"${more} may keep state but ${others.length === 0 ? 'has' : 'have'} no uid: once operators are added or removed, the state of a checkpoint no longer finds ${others.length === 0 ? 'it' : 'them'}. Call uid('…') on each.`;
}

/** What is taken for something else than it says. */
export function configurationWarnings(configuration: Configuration): string[] {
  if (configuration.get(StateBackendType) !== 'rocksdb') return [];
  return ['state.backend.type is rocksdb: state is kept in LevelDB, the backend "level" of this engine. Settings of RocksDB have no effect.'];
}

/** The counter of windows by the clock that the end of the input found open. */
const DROPPED_WINDOWS_METRIC = 'numWindowsDroppedAtEnd';

/** One text for each operator whose windows were dropped at the end of the input. */
export function droppedWindowsWarnings({ status, final }: JobResult): string[] {
  if (status !== 'FINISHED') return [];
  const dropped = new Map<string, number>();
  for (const { name, metrics } of final.vertices.flatMap(({ subtasks }) => subtasks.flatMap(({ operators }) => operators))) {
    const count = metrics[DROPPED_WINDOWS_METRIC];
    if (typeof count === 'number' && count > 0) dropped.set(name, (dropped.get(name) ?? 0) + count);
  }
  return [...dropped].map(([name, count]) =>
    `the input ended before the clock closed ${count} window${count === 1 ? '' : 's'} of "${name}": ${count === 1 ? 'what it' : 'what they'} held is dropped, as in Flink. ` +
    'Use windows by event time, which the end of the input closes, or a ProcessingTimeoutTrigger or CountTrigger that fires earlier.');
}
