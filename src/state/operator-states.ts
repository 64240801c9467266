/**
 * Everything that one operator keeps in one subtask: keyed state with its timers, and state that belongs to no key.
 *
 * Invariants:
 * - `restore` comes after the operator has been made and before it opens.
 * - A snapshot is of the moment of the call, between two records; several may be under way.
 * - Keyed state is made when the operator first asks for it, or when a snapshot brings some: most operators have none.
 */
import type { Clock } from '../core/clock.js';
import { FlinkError } from '../core/errors.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import { HeapOperatorState } from './heap-operator-state.js';
import { NO_KEYS, widerKeyType } from './key-type.js';
import type { KeyedContext, KeyedStateStore } from './keyed-context.js';
import { readKeyedState } from './keyed-snapshot-reader.js';
import { KeyedSnapshotWriter } from './keyed-snapshot-writer.js';
import { OperatorKeyedContext } from './operator-keyed-context.js';
import type { CanonicalKeyedState, KeyedStateHandle, KeyGroupRange, OperatorSubtaskState, SnapshotInProgress, SnapshotRequest } from './operator-snapshot.js';
import { OperatorSnapshot } from './operator-snapshot-in-progress.js';
import { OperatorStateWriter } from './operator-state-items.js';
import type { OperatorStateStore } from './operator-state.js';
import type { SnapshotOutput, SnapshotReader } from './snapshot-files.js';
import type { StateBackend } from './state-backend.js';

export interface OperatorStatesOptions {
  /** Its name, for errors. */
  readonly operator: string;
  readonly uid?: string | undefined;
  /** Called once when keyed state is made: user functions find it in their runtime context from then on. */
  readonly runtimeAttach: (store: KeyedStateStore) => void;
  readonly clock: Clock;
  /** Runs a call between two records. */
  readonly mailbox: { execute(call: () => void): void };
  /** Undefined for an operator without keyed inputs. */
  readonly backend: (() => StateBackend) | undefined;
  /** The subtask's key groups, of as many as there are. */
  readonly keyGroups: { readonly range: KeyGroupRange; readonly maxParallelism: number };
  /** The classes that values in state may be instances of. */
  readonly classes: ClassRegistry;
  /** Called when the first key after a restore has come and is of the type that the keys of the snapshot are. */
  readonly keysFit?: () => void;
}

export class OperatorStates {
  private readonly operatorState: HeapOperatorState;
  private context: OperatorKeyedContext | undefined;
  private stateBackend: StateBackend | undefined;
  /** What snapshots say of the keys. */
  private keyType = NO_KEYS;

  constructor(private readonly options: OperatorStatesOptions) {
    this.operatorState = new HeapOperatorState(options.operator);
  }

  /** Keyed state and timers, made with the first call; undefined for an operator without keyed inputs. */
  get keyed(): KeyedContext | undefined {
    return this.context ?? this.makeKeyed();
  }

  /** Whether its inputs are keyed, so that it may keep state by key. */
  get hasKeys(): boolean {
    return this.options.backend !== undefined;
  }

  /** The keyed context, if there is one already. */
  get keyedInUse(): OperatorKeyedContext | undefined {
    return this.context;
  }

  get operator(): OperatorStateStore {
    return this.operatorState;
  }

  /** Input has ended: timers by the clock that wait are not called any more. */
  quiesce(): void {
    this.context?.quiesce();
  }

  /**
   * Takes in the state of a snapshot: of keyed state what belongs to the subtask's key groups, of operator state all
   * that it is given. Throws `STATE_INCOMPATIBLE` for what the operator cannot go on from.
   */
  async restore(state: OperatorSubtaskState, reader: SnapshotReader): Promise<void> {
    if (state.keyed.length > 0) await this.restoreKeyed(state.keyed, reader);
    this.expectKeys(state);
    await this.operatorState.restore(state.operator, reader, this.options.classes);
  }

  /**
   * Learns what states a snapshot has, and nothing of what is in them: whether the operator could go on from it. Throws as
   * `restore` does; states that the operator asks for later are compared then.
   */
  foresee(state: Pick<OperatorSubtaskState, 'keyed' | 'operator'>): void {
    for (const handle of state.keyed) {
      const context = this.keyedOrRefused();
      const { parts } = context;
      context.windowKinds.restore(handle.windows);
      if (handle.format === 'native') for (const meta of handle.states) parts.registry.restore(meta);
      const canonical = handle.format === 'native' ? handle.canonical : handle;
      for (const meta of canonical?.states ?? []) parts.taker(meta);
    }
    for (const { states } of state.operator) this.operatorState.foresee(states);
  }

  /** Begins a snapshot of now. What the operator does from here on is not in it. */
  snapshot(request: SnapshotRequest): SnapshotInProgress {
    const { operator, classes, keyGroups } = this.options;
    const open = (): SnapshotOutput => request.streams.open('exclusive');
    const operatorWriter = new OperatorStateWriter({ operator, classes, open });
    this.operatorState.snapshot(operatorWriter);
    if (!this.context) return new OperatorSnapshot(operatorWriter, undefined);
    const writer = new KeyedSnapshotWriter({ operator, classes, keyGroups: keyGroups.range, maxParallelism: keyGroups.maxParallelism, keyType: this.keyType, windows: this.context.windowKinds.kind, open });
    const walk = this.context.parts.snapshot(writer, request);
    return new OperatorSnapshot(operatorWriter, { writer, walk });
  }

  notifyCheckpointComplete(checkpointId: number): void {
    this.stateBackend?.notifyCheckpointComplete?.(checkpointId);
  }

  /** The operator has closed: state by key that is kept outside memory is given back. */
  async close(): Promise<void> {
    await this.stateBackend?.close?.();
  }

  private makeKeyed(): OperatorKeyedContext | undefined {
    const { backend, clock, mailbox, operator, uid, runtimeAttach } = this.options;
    if (!backend) return undefined;
    this.stateBackend = backend();
    this.context = new OperatorKeyedContext({ operator, uid, backend: this.stateBackend, clock, mailbox });
    runtimeAttach(this.context.store);
    return this.context;
  }

  /** For state by key of a snapshot. */
  private keyedOrRefused(): OperatorKeyedContext {
    const context = this.context ?? this.makeKeyed();
    if (context) return context;
    const { operator } = this.options;
    throw new FlinkError('STATE_INCOMPATIBLE', `the operator "${operator}" has state by key in the snapshot, but its input is not keyed in the program`, {
      hint: 'Put keyBy before it, or give it another uid.',
      place: { operator },
    });
  }

  private async restoreKeyed(handles: readonly KeyedStateHandle[], reader: SnapshotReader): Promise<void> {
    const context = this.keyedOrRefused();
    for (const handle of handles) {
      context.windowKinds.restore(handle.windows);
      if (handle.format === 'canonical') await this.restoreCanonical(handle, context, reader);
      else await this.restoreNative(handle, context, reader);
    }
    context.parts.restored();
  }

  /** A subtask to which no state falls may be the first to see a key. */
  private expectKeys({ keyed, keyType }: OperatorSubtaskState): void {
    this.keyType = keyType ?? keyed.map((handle) => handle.keyType).reduce(widerKeyType, NO_KEYS);
    if (this.keyType === NO_KEYS) return;
    const context = this.keyedOrRefused();
    if (keyed.length === 0) context.parts.restored();
    context.expectKeys(this.keyType, this.options.keysFit);
  }

  private async restoreCanonical(handle: CanonicalKeyedState, context: OperatorKeyedContext, reader: SnapshotReader): Promise<void> {
    const { classes, keyGroups } = this.options;
    const takers = handle.states.map((meta) => context.parts.taker(meta));
    const backend = this.stateBackend!;
    await readKeyedState(handle, keyGroups.range, reader, classes, (state, key, namespace, value) => takers[state]!(key, namespace, value), backend.drained && (() => backend.drained!()));
  }

  private async restoreNative(handle: Exclude<KeyedStateHandle, CanonicalKeyedState>, context: OperatorKeyedContext, reader: SnapshotReader): Promise<void> {
    const { operator, keyGroups } = this.options;
    const backend = this.stateBackend!;
    if (handle.backend !== backend.name || !backend.restoreFiles) throw writtenByAnother(operator, handle.backend, backend.name);
    for (const meta of handle.states) context.parts.registry.restore(meta);
    await backend.restoreFiles(handle, keyGroups.range, keyGroups.maxParallelism, reader);
    if (handle.canonical) await this.restoreCanonical(handle.canonical, context, reader);
  }
}

/** Files of a backend can be read by that backend only. */
export function writtenByAnother(operator: string, was: string, is: string): FlinkError {
  return new FlinkError('STATE_INCOMPATIBLE', `the state of the operator "${operator}" was written by the state backend ${was}, which ${is} cannot read`, {
    hint: `Set state.backend.type to ${was}, or change the backend with a savepoint in the canonical format.`,
    place: { operator },
  });
}
