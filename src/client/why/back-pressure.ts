/**
 * Who holds the operators upstream back: from one that has no room to write, downstream to the first that is not held
 * back itself.
 *
 * Pure.
 */
import type { Finding } from './findings.js';
import type { SubtaskLoad, VertexFacts } from './job-facts.js';
import { share } from './words.js';

/** Flink's bounds: below the first nothing is held back, above the second much is. */
const LOW = 0.1;
const HIGH = 0.5;
/** From here on an operator has little time to spare. */
const BUSY = 0.5;
/** One subtask does so much more than the others that these cannot help it. */
const SKEW = 2;

export function backPressureFinding(vertices: readonly VertexFacts[]): Finding | undefined {
  const held = vertices.filter((vertex) => heldShare(vertex) > LOW);
  const [worst] = [...held].sort((a, b) => heldShare(b) - heldShare(a));
  if (!worst) return undefined;
  const culprit = culpritOf(worst, vertices);
  const holds = heldShare(worst) > HIGH;
  const skew = skewOf(culprit);
  const details = [...held.filter((vertex) => vertex !== worst && vertex !== culprit).map((vertex) => `"${vertex.name}" waits ${share(heldShare(vertex))} of its time, too`), ...skew];
  const place = { vertexId: culprit.id, vertex: culprit.name, subtask: busiest(culprit)?.subtask };
  if (culprit === worst || heldShare(culprit) > LOW) {
    return {
      kind: 'back-pressure', holds, details, place,
      what: `"${culprit.name}" waits ${share(heldShare(culprit))} of its time, though nothing downstream of it is held up: for a promise of its own sink or asynchronous function, or for whoever reads its output.`,
      remedy: 'Look at what it writes to: how long one call takes, and how many may be under way at once.',
    };
  }
  const busy = busyShare(culprit);
  const waits = `"${worst.name}" waits ${share(heldShare(worst))} of its time for room`;
  if (busy >= BUSY) {
    return {
      kind: 'back-pressure', holds, details, place,
      what: `"${culprit.name}" is busy ${share(busy)} of its time and cannot take more: ${waits}.`,
      remedy: skew.length > 0
        ? `More subtasks would not help a few keys: spread them over more, put records together before keyBy, or make "${culprit.name}" cheaper.`
        : `Make "${culprit.name}" cheaper, or give it more subtasks (setParallelism, -p); \`flink metrics\` shows its rates.`,
    };
  }
  return {
    kind: 'back-pressure', holds, details, place,
    what: `${waits}, though "${culprit.name}" behind it is busy only ${share(busy)} of its: the way between the two is what is slow.`,
    remedy: 'Fewer or smaller records between them help, and so does less parallelism where one thread would do.',
  };
}

/** Downstream, along whoever is held back most, to the first that is not; itself where nobody downstream is to blame. */
function culpritOf(start: VertexFacts, vertices: readonly VertexFacts[]): VertexFacts {
  const passed = new Set<VertexFacts>();
  let at = start;
  for (;;) {
    passed.add(at);
    const behind = vertices.filter((vertex) => vertex.inputs.includes(at.id) && !passed.has(vertex));
    const most = (of: (vertex: VertexFacts) => number): VertexFacts | undefined => [...behind].sort((a, b) => of(b) - of(a))[0];
    const next = most(heldShare);
    if (!next) return at;
    if (heldShare(next) <= LOW) return most(busyShare)!;
    at = next;
  }
}

function heldShare({ loads }: VertexFacts): number {
  return Math.max(0, ...loads.map(({ backPressured }) => backPressured));
}

function busyShare(vertex: VertexFacts): number {
  return busiest(vertex)?.busy ?? 0;
}

function busiest({ loads }: VertexFacts): SubtaskLoad | undefined {
  return [...loads].sort((a, b) => b.busy - a.busy)[0];
}

/** Whether one of several subtasks has most of the work. */
function skewOf(vertex: VertexFacts): string[] {
  const most = busiest(vertex);
  const others = vertex.loads.filter((load) => load !== most);
  if (!most || others.length === 0) return [];
  const average = others.reduce((sum, { busy }) => sum + busy, 0) / others.length;
  if (most.busy < BUSY || most.busy < SKEW * average) return [];
  return [`Subtask ${most.subtask + 1} of ${vertex.parallelism} is busy ${share(most.busy)} of its time, the others ${share(average)}: few keys have most of the records`];
}
