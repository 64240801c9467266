/**
 * Looks at a TaskManager's thread again and again: which task has its turn, and where in the task's calls the thread is.
 *
 * Invariant: a thread that has nothing to do is left alone; one at work stands still for as long as the question takes.
 */
import { type Clock, sleep } from '../core/clock.js';
import { threadNamed } from './live-threads.js';
import { type ThreadFrame, ThreadStack } from './thread-stack.js';
import { type Turn, whoseTurn } from './turn-board.js';

/** What a thread was doing at one moment. */
export interface ThreadSample {
  /** Whose turn it was; undefined between two turns and while there was nothing to do. */
  readonly turn: Turn | undefined;
  /** The calls it was in, innermost first; undefined where it blocked outside of JavaScript, and without a turn. */
  readonly frames: readonly ThreadFrame[] | undefined;
}

export interface Sampling {
  readonly samples: number;
  /** From one sample to the next. */
  readonly delayMs: number;
}

/** How long a thread at work may take to say where it is. */
const ANSWER_MS = 200;

/** Samples of the thread of this name; none when there is no such thread. */
export async function sampleThread(name: string, { samples, delayMs }: Sampling, clock: Clock): Promise<readonly ThreadSample[]> {
  const thread = threadNamed(name);
  const stack = thread && (await ThreadStack.open(thread.worker, clock));
  if (!stack) return [];
  const taken: ThreadSample[] = [];
  try {
    while (taken.length < samples) {
      taken.push(await sampled(stack, () => whoseTurn(thread.turns)));
      if (taken.length < samples) await sleep(clock, delayMs);
    }
  } finally {
    stack.close();
  }
  return taken;
}

async function sampled(stack: Pick<ThreadStack, 'now'>, turnNow: () => Turn | undefined): Promise<ThreadSample> {
  const before = turnNow();
  if (!before) return { turn: undefined, frames: undefined };
  let turn: Turn | undefined;
  const frames = await stack.now(ANSWER_MS, () => (turn = turnNow()));
  if (frames) return turn ? { turn, frames } : { turn, frames: undefined };
  // It may have been at the end of its turn, with nothing to do since.
  const after = turnNow();
  return { turn: after && after.vertexId === before.vertexId && after.subtask === before.subtask ? after : undefined, frames: undefined };
}
