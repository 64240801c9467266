/**
 * Operator state in bytes: every item a frame of its own, so that items can be dealt out to other subtasks without
 * being understood.
 */
import { FlinkError } from '../core/errors.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import { explainUnserializable } from '../core/serialization/unserializable.js';
import { ValueDecoder } from '../core/serialization/value-decoder.js';
import { ValueEncoder } from '../core/serialization/value-encoder.js';
import { beginFrame, frameOf } from '../core/serialization/value-frame.js';
import type { Redistribution } from './heap-operator-state.js';
import type { OperatorStateHandle, OperatorStatePart } from './operator-snapshot.js';
import { ownStrings } from './own-strings.js';
import type { SnapshotFile, SnapshotOutput, SnapshotReader } from './snapshot-files.js';

export interface OperatorStateWriterOptions {
  /** Its name, for errors. */
  readonly operator: string;
  readonly classes: ClassRegistry;
  /** Called once, with the first item. */
  readonly open: () => SnapshotOutput;
}

/** Writes the items of one subtask's states; what cannot be stored comes out of `finish`. */
export class OperatorStateWriter {
  private readonly encoder: ValueEncoder;
  private readonly parts: OperatorStatePart[] = [];
  private output: SnapshotOutput | undefined;
  private failure: FlinkError | undefined;

  constructor(private readonly options: OperatorStateWriterOptions) {
    this.encoder = new ValueEncoder(options.classes);
  }

  write(name: string, redistribution: Redistribution, items: Iterable<unknown>): void {
    const offsets: number[] = [];
    for (const item of items) {
      if (this.failure) return;
      const frame = this.encode(name, item);
      if (!frame) return;
      this.output ??= this.options.open();
      offsets.push(this.output.position);
      this.output.write(frame);
    }
    if (offsets.length > 0) this.parts.push({ name, redistribution, offsets, end: this.output!.position });
  }

  /** Undefined when there is no item at all. */
  async finish(): Promise<OperatorStateHandle | undefined> {
    if (this.failure) throw this.failure;
    return this.output && { file: await this.output.finish(), states: this.parts };
  }

  discard(): void {
    void this.output?.discard();
  }

  private encode(name: string, item: unknown): Buffer | undefined {
    const { encoder } = this;
    const { operator, classes } = this.options;
    encoder.begin();
    try {
      encoder.write(item);
      return frameOf(encoder, 1);
    } catch (error) {
      const { problem, hint } = explainUnserializable(item, error, 'item', classes);
      this.failure = new FlinkError('STATE_NOT_SERIALIZABLE', `the operator state "${name}" of "${operator}" cannot be stored: ${problem}`, { ...(hint !== undefined && { hint }), place: { operator } });
      this.discard();
      return undefined;
    }
  }
}

/** The items of a part, in order. */
export async function decodeItems({ offsets, end }: OperatorStatePart, file: SnapshotFile, reader: SnapshotReader, classes: ClassRegistry): Promise<unknown[]> {
  const [first] = offsets;
  if (first === undefined) return [];
  const bytes = await reader.read(file, first, end - first);
  const decoder = new ValueDecoder(classes);
  return offsets.map((offset) => {
    beginFrame(decoder, bytes, offset - first);
    return ownStrings(decoder.read());
  });
}
