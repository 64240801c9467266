/**
 * What a thread is doing, in the form of Flink's thread dumps.
 */
import { dumpThread, profileThisThread, type SampledStack } from '../cluster/thread-profile.js';
import { turnText } from '../cluster/turn-board.js';
import type { z } from 'zod/mini';
import type { threadDump } from './answers/cluster-answers.js';
import { RestError } from './rest-error.js';
import type { ServedProcess } from './served-process.js';

type Answer = z.input<ReturnType<typeof threadDump>>;

/** Long enough to tell where time goes, short enough to wait for. */
const PROFILE_MS = 200;

/**
 * Where the thread of a TaskManager stands, if it is at work, and then one entry for each way down the calls on which it
 * was found.
 */
export async function taskManagerThreadInfos(name: string, served: ServedProcess): Promise<Answer> {
  const dump = await dumpThread(name, PROFILE_MS, served.clock);
  if (!dump) throw new RestError(503, `The thread ${name} could not be reached.`);
  const { turn, now, profile } = dump;
  const first = turn ? [await threadInfo(`${name} (now, in a turn of ${turnText(turn)}${now ? '' : ', outside of JavaScript'})`, now ?? [], served)] : [];
  return { threadInfos: [...first, ...(await sampled(name, profile, served))] };
}

/** What the thread that answers does meanwhile. */
export async function jobManagerThreadInfos(served: ServedProcess): Promise<Answer> {
  return { threadInfos: await sampled('jobmanager', await profileThisThread(PROFILE_MS, served.clock), served) };
}

function sampled(name: string, stacks: readonly SampledStack[], served: ServedProcess): Promise<Answer['threadInfos']> {
  return Promise.all(stacks.map(({ share, frames }) => threadInfo(`${name} (${(share * 100).toFixed(1)} %)`, frames, served)));
}

async function threadInfo(threadName: string, frames: readonly string[], { readableStack }: ServedProcess): Promise<Answer['threadInfos'][number]> {
  const lines = frames.map((frame) => `\tat ${frame}\n`).join('');
  return { threadName, stringifiedThreadInfo: `"${threadName}"\n${readableStack ? await readableStack(lines) : lines}\n` };
}
