/**
 * What a thread of this process is doing: a CPU profile of a moment, taken through the inspector, which also reaches a
 * thread that never gives its event loop a turn.
 */
import { Session } from 'node:inspector';
import type { Clock } from '../core/clock.js';
import { sleep } from '../core/clock.js';

/** What the profiler says of one function at one place in the calls. */
interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number; readonly columnNumber: number };
  readonly hitCount?: number;
  readonly children?: readonly number[];
}

export interface Profile {
  readonly nodes: readonly ProfileNode[];
}

/** One way down the calls, and how often the thread was found at its end. */
export interface SampledStack {
  readonly share: number;
  /** Innermost first, as stack traces have it. */
  readonly frames: readonly string[];
}

/** A thread's inspector, whichever way it is reached. */
interface Inspected {
  post(method: string, parameters?: object): Promise<unknown>;
  close(): void;
}

const STACKS_MAX = 10;
const INTERVAL_US = 1_000;

/**
 * Profiles the thread of this name (`taskmanager-0`), or this one when it is undefined. Resolves with undefined when
 * there is no such thread, or it cannot be reached.
 */
export async function profileThread(name: string | undefined, durationMs: number, clock: Clock): Promise<SampledStack[] | undefined> {
  const session = new Session();
  session.connect();
  try {
    const inspected = name === undefined ? itself(session) : await worker(session, name, clock);
    if (!inspected) return undefined;
    await inspected.post('Profiler.enable');
    await inspected.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
    await inspected.post('Profiler.start');
    await sleep(clock, durationMs);
    const { profile } = (await inspected.post('Profiler.stop')) as { profile: Profile };
    await inspected.post('Profiler.disable');
    inspected.close();
    return stacksOf(profile);
  } finally {
    session.disconnect();
  }
}

function itself(session: Session): Inspected {
  return { post: (method, parameters) => posted(session, method, parameters), close: () => undefined };
}

function posted(session: Session, method: string, parameters?: object): Promise<unknown> {
  return new Promise((resolve, reject) => session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result))));
}

/** How long all workers may take to answer. */
const ATTACH_MS = 500;

interface Attached {
  readonly params: { readonly sessionId: string; readonly workerInfo: { readonly title: string } };
}

async function worker(session: Session, name: string, clock: Clock): Promise<Inspected | undefined> {
  const found = new Promise<string>((resolve) => {
    session.on('NodeWorker.attachedToWorker', ({ params }: Attached) => {
      if (params.workerInfo.title.endsWith(` ${name}`)) resolve(params.sessionId);
    });
  });
  await posted(session, 'NodeWorker.enable', { waitForDebuggerOnStart: false });
  const sessionId = await Promise.race([found, sleep(clock, ATTACH_MS).then(() => undefined)]);
  if (sessionId === undefined) return undefined;
  const answers = new Map<number, (answer: { result?: unknown }) => void>();
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }: { params: { sessionId: string; message: string } }) => {
    const answer = JSON.parse(params.message) as { id?: number; result?: unknown };
    if (params.sessionId === sessionId && answer.id !== undefined) answers.get(answer.id)?.(answer);
  });
  let next = 1;
  return {
    async post(method, parameters = {}) {
      const id = next++;
      const answered = new Promise<{ result?: unknown }>((resolve) => answers.set(id, resolve));
      await posted(session, 'NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method, params: parameters }) });
      return (await answered).result;
    },
    close: () => void posted(session, 'NodeWorker.disable'),
  };
}

/** The ways down the calls that the thread was found on most often, the most frequent first. */
export function stacksOf({ nodes }: Profile): SampledStack[] {
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const total = nodes.reduce((sum, { hitCount = 0 }) => sum + hitCount, 0);
  const hit = nodes.filter(({ hitCount = 0 }) => hitCount > 0).sort((a, b) => b.hitCount! - a.hitCount!).slice(0, STACKS_MAX);
  return hit.map((node) => {
    const frames: string[] = [];
    for (let at: ProfileNode | undefined = node; at; at = parents.get(at.id)) if (at.callFrame.functionName !== '(root)') frames.push(frameText(at));
    return { share: node.hitCount! / total, frames };
  });
}

function frameText({ callFrame: { functionName, url, lineNumber, columnNumber } }: ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} (${url}:${lineNumber + 1}:${columnNumber + 1})`;
}
