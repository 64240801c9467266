/**
 * Tells other threads whose turn it is in a TaskManager, so that one that hangs can be named.
 *
 * Invariant: what is read is the name of a task that had its turn at some moment, or a part of one: it is for messages.
 */
import type { TurnListener } from '../runtime/task-loop.js';

const NAME_BYTES_MAX = 256;
const LENGTH_BYTES = Int32Array.BYTES_PER_ELEMENT;

/** Memory for the board of one thread. */
export function allocateTurnBoard(): SharedArrayBuffer {
  return new SharedArrayBuffer(LENGTH_BYTES + NAME_BYTES_MAX);
}

/** Writes up whose turn it is. */
export function turnBoard(memory: SharedArrayBuffer): TurnListener {
  const length = new Int32Array(memory, 0, 1);
  const name = new Uint8Array(memory, LENGTH_BYTES);
  const names = new WeakMap<object, Uint8Array>();
  return {
    begin(task) {
      let bytes = names.get(task);
      if (!bytes) names.set(task, (bytes = new TextEncoder().encode(`${task.parts.vertexId} ${task.parts.subtask} ${task.name}`).subarray(0, NAME_BYTES_MAX)));
      name.set(bytes);
      Atomics.store(length, 0, bytes.length);
    },
    end: () => void Atomics.store(length, 0, 0),
  };
}

/** A task that has its turn. */
export interface Turn {
  readonly vertexId: string;
  readonly subtask: number;
  /** Of the task, or the beginning of it. */
  readonly name: string;
}

/** Whose turn it is; undefined between two turns. */
export function whoseTurn(memory: SharedArrayBuffer): Turn | undefined {
  const length = Atomics.load(new Int32Array(memory, 0, 1), 0);
  const text = new TextDecoder().decode(new Uint8Array(memory, LENGTH_BYTES, length).slice());
  const [, vertexId, subtask, name] = /^(\S+) (\d+) (.*)$/s.exec(text) ?? [];
  return vertexId === undefined ? undefined : { vertexId, subtask: Number(subtask), name: name! };
}

/** The task for people. */
export function turnText({ subtask, name }: Turn): string {
  return `subtask ${subtask + 1} of "${name}"`;
}
