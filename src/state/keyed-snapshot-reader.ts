/**
 * Reads keyed state in the canonical format: the frames of the key groups that are wanted, and no others.
 */
import type { PrimitiveKey } from '../core/key.js';
import type { ClassRegistry } from '../core/serialization/class-registry.js';
import { ValueDecoder } from '../core/serialization/value-decoder.js';
import { beginFrame } from '../core/serialization/value-frame.js';
import type { CanonicalKeyedState, KeyedStateMeta, KeyGroupFrame, KeyGroupRange } from './operator-snapshot.js';
import type { SnapshotReader } from './snapshot-files.js';

/** Frames that lie side by side are read together, up to so many bytes. */
const READ_BYTES = 4 * 1024 * 1024;

/** Takes one entry of one state. */
export type Entry = (state: number, key: unknown, namespace: PrimitiveKey, value: unknown) => void;

/**
 * @param entry gets each entry of the key groups.
 * @param pause waited for between reads.
 */
export async function readKeyedState(
  { states, frames, file }: CanonicalKeyedState, wanted: KeyGroupRange, reader: SnapshotReader, classes: ClassRegistry, entry: Entry, pause?: () => Promise<void>,
): Promise<void> {
  const decoder = new ValueDecoder(classes);
  for (const { offset, length, parts } of stretches(frames, wanted)) {
    const bytes = await reader.read(file, offset, length);
    for (const part of parts) readFrame(decoder, bytes, part.offset - offset, states, entry);
    await pause?.();
  }
}

function readFrame(decoder: ValueDecoder, bytes: Uint8Array, at: number, states: readonly KeyedStateMeta[], entry: Entry): void {
  for (let left = beginFrame(decoder, bytes, at); left > 0; left--) {
    const state = decoder.read() as number;
    const key = decoder.read();
    const namespace = states[state]!.namespaced ? (decoder.read() as PrimitiveKey) : '';
    entry(state, key, namespace, decoder.read());
  }
}

interface Stretch {
  readonly offset: number;
  length: number;
  readonly parts: KeyGroupFrame[];
}

/** The wanted frames, those that follow each other in the file in one piece. */
function stretches(frames: readonly KeyGroupFrame[], { start, end }: KeyGroupRange): Stretch[] {
  const found: Stretch[] = [];
  const inOrder = frames.filter(({ group }) => group >= start && group <= end).sort((a, b) => a.offset - b.offset);
  for (const frame of inOrder) {
    const last = found.at(-1);
    if (last && last.offset + last.length === frame.offset && last.length < READ_BYTES) {
      last.length += frame.length;
      last.parts.push(frame);
    } else {
      found.push({ offset: frame.offset, length: frame.length, parts: [frame] });
    }
  }
  return found;
}
