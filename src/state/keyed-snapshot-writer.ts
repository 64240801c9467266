/**
 * Writes keyed state in the canonical format: frames of entries, each frame of one key group.
 *
 * An entry is the number of its state, its key, its namespace where the state has them, and its value.
 * Invariants:
 * - Each key group gathers in an encoder of its own, whose frame leaves when it is large enough: memory is bounded
 *   however large the state is.
 * - Nothing throws but `finish`: an entry is often written while a record is under way, which it must not fail.
 */
import { FlinkError } from '../core/errors.js';
import { hashKey, type PrimitiveKey } from '../core/key.js';
import { keyGroupOf } from '../core/key-group.js';
import { preview } from '../core/preview.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import { explainUnserializable } from '../core/serialization/unserializable.js';
import { TextBytes } from '../core/serialization/text-bytes.js';
import { ValueEncoder } from '../core/serialization/value-encoder.js';
import { frameOf } from '../core/serialization/value-frame.js';
import { SeenKeys } from './key-type.js';
import type { CanonicalKeyedState, KeyedStateMeta, KeyGroupFrame, KeyGroupRange } from './operator-snapshot.js';
import type { SnapshotOutput } from './snapshot-files.js';
import type { KeyedSnapshotSink } from './snapshot-walk.js';

/** All key groups are written to in turn: with larger frames, the processor's caches do not hold them all. */
const FRAME_BYTES = 16 * 1024;
/** What all unfinished frames together may take. */
const GATHERED_BYTES_MAX = 32 * 1024 * 1024;
const ENCODER_BYTES = 512;
/** Keys spread evenly: groups that began together would all be full together, and stop the thread together. */
const STAGGER = 16;

export interface KeyedSnapshotWriterOptions {
  /** Its name, for errors. */
  readonly operator: string;
  readonly keyGroups: KeyGroupRange;
  readonly maxParallelism: number;
  readonly classes: ClassRegistry;
  /** What the snapshot before says of the keys: kinds that are gone from state may come again. */
  readonly keyType: string;
  /** See `CanonicalKeyedState`. */
  readonly windows: string | undefined;
  /** Called once, with the first frame. */
  readonly open: () => SnapshotOutput;
}

class GroupFrame {
  values = 0;

  private readonly text = new TextBytes();
  readonly encoder: ValueEncoder;

  /** @param share of a full frame that the first one holds. */
  constructor(readonly group: number, classes: ClassRegistry, public share: number) {
    this.encoder = new ValueEncoder(classes, ENCODER_BYTES, this.text);
    this.encoder.begin();
  }

  get bytes(): number {
    return this.encoder.length + this.text.length;
  }
}

export class KeyedSnapshotWriter implements KeyedSnapshotSink {
  private readonly states: KeyedStateMeta[] = [];
  /** By key group. */
  private readonly groups: (GroupFrame | undefined)[] = [];
  /** How many of them have entries. */
  private begun = 0;
  /** Up to which group `drain` has come. */
  private drained = 0;
  private readonly frames: KeyGroupFrame[] = [];
  private output: SnapshotOutput | undefined;
  private entries = 0;
  private written = 0;
  private readonly keys: SeenKeys;
  private frameBytes = FRAME_BYTES;
  private failure: FlinkError | undefined;

  constructor(private readonly options: KeyedSnapshotWriterOptions) {
    this.keys = new SeenKeys(options.keyType);
  }

  /** About how many bytes all entries so far take. */
  get bytes(): number {
    return this.written;
  }

  /** What could not be stored: the rest is not written any more. */
  get failed(): boolean {
    return this.failure !== undefined;
  }

  /** What is known without any entry, too. */
  get facts(): Pick<CanonicalKeyedState, 'keyGroups' | 'keyType' | 'windows' | 'states'> {
    return { keyGroups: this.options.keyGroups, keyType: this.keys.type, windows: this.options.windows, states: this.states };
  }

  open(meta: KeyedStateMeta): number {
    const known = this.states.findIndex(({ name, kind }) => name === meta.name && kind === meta.kind);
    return known < 0 ? this.states.push(meta) - 1 : known;
  }

  write(state: number, primitive: PrimitiveKey, key: unknown, namespace: PrimitiveKey, value: unknown): void {
    if (this.failure) return;
    const group = keyGroupOf(hashKey(primitive), this.options.maxParallelism);
    const { start, end } = this.options.keyGroups;
    if (group < start || group > end) return this.refuseKey(key);
    const frame = this.groups[group] ?? this.beginGroup(group);
    const { encoder, bytes } = frame;
    try {
      encoder.write(state);
      encoder.write(key);
      if (this.states[state]!.namespaced) encoder.write(namespace);
      encoder.write(value);
    } catch (error) {
      this.fail(state, value, error);
      return;
    }
    this.entries += 1;
    this.keys.note(key);
    frame.values += 1;
    this.written += frame.bytes - bytes;
    if (frame.bytes >= this.frameBytes * frame.share) this.flush(frame);
  }

  /** Every entry has been written: sends about so many bytes of what has gathered; true when nothing is left. */
  drain(bytes: number): boolean {
    const limit = (this.output?.position ?? 0) + bytes;
    for (; this.drained < this.groups.length; this.drained++) {
      if (this.output !== undefined && this.output.position >= limit) return false;
      const frame = this.groups[this.drained];
      if (frame !== undefined && frame.values > 0) this.flush(frame);
      this.groups[this.drained] = undefined;
    }
    // A backend that reads later writes more.
    this.drained = 0;
    return true;
  }

  /** Resolves when everything is stored; undefined when there was nothing. */
  async finish(): Promise<CanonicalKeyedState | undefined> {
    if (this.failure) throw this.failure;
    this.drain(Number.POSITIVE_INFINITY);
    if (!this.output) return undefined;
    const { entries, frames } = this;
    return { format: 'canonical', ...this.facts, entries, file: await this.output.finish(), frames };
  }

  discard(): void {
    this.groups.length = 0;
    void this.output?.discard();
  }

  private beginGroup(group: number): GroupFrame {
    const frame = new GroupFrame(group, this.options.classes, ((this.begun % STAGGER) + 1) / STAGGER);
    while (this.groups.length <= group) this.groups.push(undefined);
    this.groups[group] = frame;
    this.begun += 1;
    this.frameBytes = Math.min(FRAME_BYTES, Math.ceil(GATHERED_BYTES_MAX / this.begun));
    return frame;
  }

  private flush(frame: GroupFrame): void {
    this.output ??= this.options.open();
    const bytes = frameOf(frame.encoder, frame.values);
    this.frames.push({ group: frame.group, offset: this.output.position, length: bytes.length });
    this.output.write(bytes);
    frame.encoder.begin();
    frame.values = 0;
    frame.share = 1;
  }

  /** Whoever goes on from the snapshot would not find it. */
  private refuseKey(key: unknown): void {
    const { operator } = this.options;
    this.failure = new FlinkError('KEY_INVALID', `the operator "${operator}" keeps state of the key ${preview(key)} in a subtask that the key does not belong to`, {
      hint: 'reinterpretAsKeyedStream takes streams that are partitioned by that very key already; use keyBy for others. A key must not change while it is in use.', place: { operator },
    });
    this.discard();
  }

  private fail(state: number, value: unknown, error: unknown): void {
    const { operator, classes } = this.options;
    const { name, kind } = this.states[state]!;
    const what = kind === 'timers' ? 'timer' : 'value';
    const { problem, hint } = explainUnserializable(value, error, what, classes);
    const subject = kind === 'timers' ? `timers "${name}"` : `state "${name}"`;
    this.failure = new FlinkError('STATE_NOT_SERIALIZABLE', `the ${subject} of the operator "${operator}" cannot be stored: ${problem}`, { ...(hint !== undefined && { hint }), place: { operator } });
    this.discard();
  }
}
