/**
 * What the document of a `_metadata` file must look like. Loaded only where such a file is read.
 */
import * as z from 'zod/mini';
import type { KeyedStateMeta as Meta } from '../state/operator-snapshot.js';
import type { SnapshotMetadata } from './snapshot-metadata.js';
import type { SnapshotReference } from './snapshot-reference.js';

/** The compiler asks for every kind. */
const STATE_KINDS = {
  value: 'value', list: 'list', map: 'map', reducing: 'reducing', aggregating: 'aggregating', folding: 'folding', timers: 'timers', contents: 'contents',
} as const satisfies { [K in Meta['kind']]: K };

const Count = z.int().check(z.nonnegative());
const Hex128 = z.string().check(z.regex(/^[0-9a-f]{32}$/));
/** A name, never a path out of the snapshot's folder. */
const FileName = z.string().check(z.regex(/^[\w.-]+$/), z.refine((name) => name !== '.' && name !== '..'));

const File = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('inline'), bytes: z.instanceof(Uint8Array) }),
  z.object({ kind: z.literal('file'), scope: z.enum(['exclusive', 'shared']), name: FileName, size: Count, checksum: Count }),
]);

const KeyGroups = z.object({ start: Count, end: Count }).check(z.refine(({ start, end }) => start <= end));

const KeyedStateMeta = z.object({
  name: z.string(),
  kind: z.enum(STATE_KINDS),
  namespaced: z.boolean(),
  expiring: z.boolean(),
});

const keyedParts = { keyGroups: KeyGroups, keyType: z.string(), windows: z.optional(z.string()), states: z.array(KeyedStateMeta), entries: Count };

const CanonicalKeyed = z.object({
  format: z.literal('canonical'), ...keyedParts, file: File, frames: z.array(z.object({ group: Count, offset: Count, length: Count })),
});

const BackendFile = z.object({ name: z.string(), file: File, part: z.optional(z.object({ offset: Count, length: Count })) });

const NativeKeyed = z.object({
  format: z.literal('native'), backend: z.string(), ...keyedParts, files: z.array(BackendFile), canonical: z.optional(CanonicalKeyed),
});

const Keyed = z.discriminatedUnion('format', [CanonicalKeyed, NativeKeyed]);

const OperatorState = z.object({
  file: File,
  states: z.array(z.object({ name: z.string(), redistribution: z.enum(['SPLIT_DISTRIBUTE', 'UNION', 'BROADCAST']), offsets: z.array(Count), end: Count })),
});

const ChannelState = z.object({ edgeId: z.string(), producer: Count, consumer: Count, file: File, offset: Count, length: Count, records: Count });

const SubtaskState = z.object({
  keyed: z.array(Keyed),
  operator: z.array(OperatorState),
  rawKeyed: z.optional(z.array(Keyed)),
  rawOperator: z.optional(z.array(OperatorState)),
  inputChannels: z.optional(z.array(ChannelState)),
  outputChannels: z.optional(z.array(ChannelState)),
});

const Operator = z.object({
  operatorId: Hex128,
  uid: z.optional(z.string()),
  name: z.string(),
  vertexId: Hex128,
  parallelism: z.int().check(z.positive()),
  maxParallelism: z.int().check(z.positive()),
  finishedSubtasks: z.array(Count),
  subtasks: z.array(z.object({ index: Count, state: SubtaskState })),
  enumerator: z.optional(File),
});

/** What a file `_reference` holds. */
export const SnapshotReferenceSchema: z.ZodMiniType<SnapshotReference> = z.object({ path: z.string(), jobName: z.string() });

/** Inline bytes are `Uint8Array`s by now. Fields that a later version added are dropped. */
export const SnapshotMetadataSchema: z.ZodMiniType<SnapshotMetadata> = z.object({
  jobId: Hex128,
  jobName: z.string(),
  checkpointId: z.int().check(z.positive()),
  kind: z.enum(['checkpoint', 'savepoint']),
  format: z.enum(['canonical', 'native']),
  stop: z.optional(z.enum(['suspend', 'drain'])),
  startedAt: z.number(),
  completedAt: z.number(),
  predecessors: z.optional(z.array(z.object({ jobId: Hex128, checkpointId: z.int().check(z.positive()) }))),
  operators: z.array(Operator),
});
