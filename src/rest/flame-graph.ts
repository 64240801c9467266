/**
 * A flame graph of a vertex: how often its subtasks were found in which calls (Flink: `VertexFlameGraph`).
 *
 * Invariants:
 * - Each look at a thread counts once for each subtask that runs in it: on the CPU for the one that was at work, off it for
 *   the others.
 * - A task that another one calls directly has no turns of its own: the innermost operator on the stack tells whose work it is.
 */
import type { VertexSnapshot } from '../cluster/running-job.js';
import type { ThreadSample } from '../cluster/thread-samples.js';
import { frameText, type ThreadFrame } from '../cluster/thread-stack.js';
import type { ReadableStack } from './served-process.js';

export const FLAME_GRAPH_TYPES = ['FULL', 'ON_CPU', 'OFF_CPU'] as const;
export type FlameGraphType = (typeof FLAME_GRAPH_TYPES)[number];

/** A call and how often it was met; `children` are the calls that it made. */
export interface FlameGraphNode {
  readonly name: string;
  readonly value: number;
  readonly children: FlameGraphNode[];
}

/** What one subtask was doing at one moment. */
export interface SubtaskSample {
  readonly subtask: number;
  readonly onCpu: boolean;
  /** Outermost first. */
  readonly calls: readonly string[];
}

/**
 * What the subtasks of a vertex were doing when their thread was looked at.
 *
 * @param depth how many calls are told of each look, from the innermost on.
 */
export function subtaskSamples(vertex: VertexSnapshot, taskManager: number, samples: readonly ThreadSample[], depth: number): SubtaskSample[] {
  const here = vertex.subtasks.filter((subtask) => subtask.taskManager === taskManager).map(({ subtask }) => subtask);
  const operators = new Set(vertex.operators.map(({ nodeId }) => nodeId));
  return samples.flatMap((sample) => here.map((subtask): SubtaskSample => {
    const { turn, frames } = sample;
    if (!turn) return { subtask, onCpu: false, calls: ['(nothing to do)'] };
    const operator = frames && innermostOperator(frames);
    const atWork = turn.subtask === subtask && (operator === undefined ? turn.vertexId === vertex.id : operators.has(operator));
    if (!atWork) return { subtask, onCpu: false, calls: ['(another task has its turn)'] };
    return frames ? { subtask, onCpu: true, calls: frames.slice(0, depth).map(frameText).reverse() } : { subtask, onCpu: false, calls: ['(outside of JavaScript)'] };
  }));
}

/** Kernels carry the number of their operator in the name of their source. */
function innermostOperator(frames: readonly ThreadFrame[]): number | undefined {
  for (const { url } of frames) {
    const [, nodeId] = /^flink-operator-(\d+)-\d+$/.exec(url) ?? [];
    if (nodeId !== undefined) return Number(nodeId);
  }
  return undefined;
}

/** The same samples with the author's own lines; columns go, so that a line is met once. */
export async function readable(samples: readonly SubtaskSample[], readableStack: ReadableStack): Promise<SubtaskSample[]> {
  const texts = [...new Set(samples.flatMap(({ calls }) => calls))];
  const lines = (await readableStack(texts.join('\n'))).split('\n');
  const names = new Map(texts.map((text, i) => [text, nameOf(lines[i]!)]));
  return samples.map((sample) => ({ ...sample, calls: sample.calls.map((call) => names.get(call)!) }));
}

/** `burn (job.ts:12)`; of the engine's own files the last part of the path is enough, and a kernel's copies are one. */
function nameOf(line: string): string {
  return line.replace(/:\d+\)$/, ')').replace(/\(file:[^()]*\/([^/()]+)\)$/, '($1)').replace(/\((flink-operator-\d+)-\d+:\d+\)$/, '($1)');
}

/** The graph of all subtasks, or of one. */
export function flameGraphOf(samples: readonly SubtaskSample[], type: FlameGraphType, subtask?: number): FlameGraphNode {
  const wanted = samples.filter((sample) => (subtask === undefined || sample.subtask === subtask) && (type === 'FULL' || sample.onCpu === (type === 'ON_CPU')));
  return nodeOf('root', wanted.map(({ calls }) => calls), 0);
}

function nodeOf(name: string, stacks: readonly (readonly string[])[], depth: number): FlameGraphNode {
  const below = new Map<string, (readonly string[])[]>();
  for (const stack of stacks) {
    const call = stack[depth];
    if (call === undefined) continue;
    const same = below.get(call);
    if (same) same.push(stack);
    else below.set(call, [stack]);
  }
  return { name, value: stacks.length, children: [...below].map(([call, its]) => nodeOf(call, its, depth + 1)) };
}
