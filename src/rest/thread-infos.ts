/**
 * What a thread is doing, in the form of Flink's thread dumps.
 */
import type { SampledStack } from '../cluster/thread-profile.js';
import type { z } from 'zod/mini';
import type { threadDump } from './answers/cluster-answers.js';
import { RestError } from './rest-error.js';
import type { ServedProcess } from './served-process.js';

/** Long enough to tell where time goes, short enough to wait for. */
export const PROFILE_MS = 200;

/** One entry for each way down the calls on which the thread was found. */
export async function threadInfos(name: string, stacks: readonly SampledStack[] | undefined, { readableStack }: ServedProcess): Promise<z.input<ReturnType<typeof threadDump>>> {
  if (!stacks) throw new RestError(503, `The thread ${name} could not be reached.`);
  return {
    threadInfos: await Promise.all(stacks.map(async ({ share, frames }) => {
      const threadName = `${name} (${(share * 100).toFixed(1)} %)`;
      const lines = frames.map((frame) => `\tat ${frame}\n`).join('');
      return { threadName, stringifiedThreadInfo: `"${threadName}"\n${readableStack ? await readableStack(lines) : lines}\n` };
    })),
  };
}
