/**
 * Deals the operator state of old subtasks out to new ones (Flink: `RoundRobinOperatorStateRepartitioner`).
 *
 * Invariants:
 * - With the parallelism unchanged, split state stays where it is, however uneven.
 * - Every item of a split state goes to exactly one subtask; every item of a union state to all; of a broadcast state
 *   each subtask gets one copy.
 */
import type { OperatorStateHandle, OperatorStatePart } from '../state/operator-snapshot.js';
import type { Redistribution } from '../state/heap-operator-state.js';

/** One part of a state, in the file that holds it. */
interface Piece {
  readonly handle: OperatorStateHandle;
  readonly part: OperatorStatePart;
}

/** By subtask, old or new, the handles it has. A subtask that had finished has none. */
export type HandlesBySubtask = readonly (readonly OperatorStateHandle[])[];

/** What each of `parallelism` new subtasks gets. */
export function redistributeOperatorState(old: HandlesBySubtask, parallelism: number): OperatorStateHandle[][] {
  const dealt: Piece[][] = Array.from({ length: parallelism }, () => []);
  if (old.length === parallelism) old.forEach((handles, subtask) => dealt[subtask]!.push(...piecesOf(handles, 'SPLIT_DISTRIBUTE')));
  else dealSplit(old, dealt);
  for (const pieces of dealt) pieces.push(...old.flatMap((handles) => piecesOf(handles, 'UNION')));
  dealBroadcast(old, dealt);
  return dealt.map(handlesOf);
}

function piecesOf(handles: readonly OperatorStateHandle[], redistribution: Redistribution): Piece[] {
  return handles.flatMap((handle) => handle.states.filter((part) => part.redistribution === redistribution).map((part) => ({ handle, part })));
}

/** State by state: whoever comes after the last subtask with an item more begins with the next state. */
function dealSplit(old: HandlesBySubtask, dealt: Piece[][]): void {
  const byName = new Map<string, Piece[]>();
  for (const piece of old.flatMap((handles) => piecesOf(handles, 'SPLIT_DISTRIBUTE'))) {
    byName.set(piece.part.name, [...(byName.get(piece.part.name) ?? []), piece]);
  }
  let first = 0;
  for (const pieces of byName.values()) {
    const total = pieces.reduce((sum, { part }) => sum + part.offsets.length, 0);
    const base = Math.floor(total / dealt.length);
    const extras = total % dealt.length;
    let from = 0;
    for (let turn = 0; turn < dealt.length; turn++) {
      const to = from + base + (turn < extras ? 1 : 0);
      dealt[(first + turn) % dealt.length]!.push(...itemsBetween(pieces, from, to));
      from = to;
    }
    first = (first + extras) % dealt.length;
  }
}

/** Items `from` to `to` (excluded) of all pieces in a row. */
function itemsBetween(pieces: readonly Piece[], from: number, to: number): Piece[] {
  const found: Piece[] = [];
  let before = 0;
  for (const { handle, part } of pieces) {
    const start = Math.max(0, from - before);
    const end = Math.min(part.offsets.length, to - before);
    if (start < end) found.push({ handle, part: { ...part, offsets: part.offsets.slice(start, end), end: part.offsets[end] ?? part.end } });
    before += part.offsets.length;
  }
  return found;
}

/** Copies are alike: a subtask that has none, for it had finished, does without its own. */
function dealBroadcast(old: HandlesBySubtask, dealt: Piece[][]): void {
  const copies = old.map((handles) => piecesOf(handles, 'BROADCAST'));
  const there = copies.filter((pieces) => pieces.length > 0);
  if (there.length === 0) return;
  dealt.forEach((pieces, subtask) => {
    const own = copies[subtask % copies.length]!;
    pieces.push(...(own.length > 0 ? own : there[subtask % there.length]!));
  });
}

/** The pieces again by the files they are in. */
function handlesOf(pieces: readonly Piece[]): OperatorStateHandle[] {
  const byHandle = new Map<OperatorStateHandle, OperatorStatePart[]>();
  for (const { handle, part } of pieces) byHandle.set(handle, [...(byHandle.get(handle) ?? []), part]);
  return [...byHandle].map(([{ file }, states]) => ({ file, states }));
}
