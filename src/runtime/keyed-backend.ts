/**
 * The state backend of an operator, as the job's configuration says.
 */
import type { KeyGroupRange } from '../core/key-group.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import type { Gate } from '../operators/operator.js';
import { HashMapBackend } from '../state/hash-map-backend.js';
import { LevelBackend } from '../state/level/level-backend.js';
import { LocalCopies, type LocalCopiesOwner } from '../state/level/local-copies.js';
import type { StateBackend } from '../state/state-backend.js';
import type { StateBackendSettings } from './deployment.js';

export interface BackendSurroundings {
  /** Its name, for errors. */
  readonly operator: string;
  readonly owner: LocalCopiesOwner;
  readonly keyGroups: { readonly range: KeyGroupRange; readonly maxParallelism: number };
  readonly classes: ClassRegistry;
  readonly gate: Gate;
  readonly fail: (error: unknown) => void;
}

/** What makes the backend when the operator first needs it. */
export function keyedBackend(settings: StateBackendSettings | undefined, surroundings: BackendSurroundings): () => StateBackend {
  if (settings?.type !== 'level') return () => new HashMapBackend();
  const { operator, keyGroups, classes, gate, fail } = surroundings;
  const { localDirectory, incremental, localRecovery } = settings;
  const localCopies = localRecovery ? new LocalCopies(surroundings.owner, localDirectory) : undefined;
  return () => new LevelBackend({ operator, keyGroups, classes, localDirectory, incremental, localCopies, hold: () => gate.hold(), release: () => gate.release(), fail });
}
