/**
 * What a thread of this process is doing: where it stands now, and a CPU profile of a moment, taken through the
 * inspector, which also reaches a thread that never gives its event loop a turn.
 */
import type { Clock } from '../core/clock.js';
import { sleep } from '../core/clock.js';
import { threadNamed } from './live-threads.js';
import { type InspectedThread, inspectThisThread, inspectThread, within } from './thread-inspector.js';
import { sampleThread } from './thread-samples.js';
import { frameText } from './thread-stack.js';
import type { Turn } from './turn-board.js';

/** What the profiler says of one function at one place in the calls. */
interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number; readonly columnNumber: number };
  readonly hitCount?: number;
  readonly children?: readonly number[];
  /** How often the function itself was found at which of its lines. */
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

export interface Profile {
  readonly nodes: readonly ProfileNode[];
}

/** One way down the calls, and how often the thread was found at its end. */
export interface SampledStack {
  readonly share: number;
  /** Innermost first, as stack traces have it. The innermost is at its line, the others where their function begins. */
  readonly frames: readonly string[];
}

/** What a thread was found doing. */
export interface ThreadDump {
  /** The task whose turn it is; undefined when the thread has nothing to do. */
  readonly turn?: Turn | undefined;
  /** The calls that it is in, innermost first; undefined without a turn, or where it blocks outside of JavaScript. */
  readonly now?: readonly string[] | undefined;
  /** The most frequent first; empty when it did not answer. */
  readonly profile: readonly SampledStack[];
}

const STACKS_MAX = 10;
const INTERVAL_US = 1_000;
/** How long a thread may take to say what it does. */
const ANSWER_MS = 500;
/** A thread at work is between two turns now and then. */
const LOOKS = { samples: 3, delayMs: 5 };

/** What the thread of this name does. Resolves with undefined when there is none, or it cannot be reached. */
export async function dumpThread(name: string, durationMs: number, clock: Clock): Promise<ThreadDump | undefined> {
  const thread = threadNamed(name);
  const inspected = thread && (await inspectThread(thread.worker, clock));
  if (!inspected) return undefined;
  try {
    const profile = await within(profiled(inspected, durationMs, clock), durationMs + ANSWER_MS, clock);
    const looks = await sampleThread(name, LOOKS, clock);
    const look = looks.find(({ frames }) => frames) ?? looks.find(({ turn }) => turn);
    return { turn: look?.turn, now: look?.frames?.map(frameText), profile: profile ? stacksOf(profile) : [] };
  } finally {
    inspected.close();
  }
}

/** What this thread does meanwhile. */
export async function profileThisThread(durationMs: number, clock: Clock): Promise<SampledStack[]> {
  const inspected = inspectThisThread();
  try {
    return stacksOf(await profiled(inspected, durationMs, clock));
  } finally {
    inspected.close();
  }
}

async function profiled(thread: InspectedThread, durationMs: number, clock: Clock): Promise<Profile> {
  await thread.post('Profiler.enable');
  await thread.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
  await thread.post('Profiler.start');
  await sleep(clock, durationMs);
  const { profile } = (await thread.post('Profiler.stop')) as { profile: Profile };
  await thread.post('Profiler.disable');
  return profile;
}

/** The ways down the calls that the thread was found on most often, the most frequent first. */
export function stacksOf({ nodes }: Profile): SampledStack[] {
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const total = nodes.reduce((sum, { hitCount = 0 }) => sum + hitCount, 0);
  const hit = nodes.filter(({ hitCount = 0 }) => hitCount > 0).sort((a, b) => b.hitCount! - a.hitCount!).slice(0, STACKS_MAX);
  return hit.map((node) => {
    const frames = [textOf(node, lineOf(node))];
    for (let at = parents.get(node.id); at; at = parents.get(at.id)) if (at.callFrame.functionName !== '(root)') frames.push(textOf(at));
    return { share: node.hitCount! / total, frames };
  });
}

/** The line at which the function itself was found most often. */
function lineOf({ positionTicks = [] }: ProfileNode): number | undefined {
  return [...positionTicks].sort((a, b) => b.ticks - a.ticks)[0]?.line;
}

function textOf({ callFrame: { functionName, url, lineNumber, columnNumber } }: ProfileNode, line?: number): string {
  return frameText({ functionName, url, ...(line === undefined ? { line: lineNumber + 1, column: columnNumber + 1 } : { line, column: 1 }) });
}
