/**
 * Reaches the inspector of a thread of this process, also of one that never gives its event loop a turn.
 *
 * Invariants:
 * - A thread that sits in native code answers nothing: whoever waits for an answer waits for so long and no longer.
 * - While nobody has reached a thread it runs as if there were no inspector; `close` leaves it like that.
 */
import { Session } from 'node:inspector';
import type { Worker } from 'node:worker_threads';
import { type Clock, type ScheduledCall } from '../core/clock.js';

/** A thread's inspector, whichever way it is reached. */
export interface InspectedThread {
  /** Never settles where the thread does not answer. */
  post(method: string, parameters?: object): Promise<unknown>;
  /** Calls `listener` whenever the thread says this of itself. */
  on(event: string, listener: (parameters: unknown) => void): void;
  close(): void;
}

/** How long all threads together may take to answer. */
const ATTACH_MS = 500;

/** Reaches the thread that calls. */
export function inspectThisThread(): InspectedThread {
  const session = new Session();
  session.connect();
  return {
    post: (method, parameters) => posted(session, method, parameters),
    on: (event, listener) => void session.on(event, ({ params }: { params: unknown }) => listener(params)),
    close: () => session.disconnect(),
  };
}

interface Attached {
  readonly sessionId: string;
  readonly workerInfo: { readonly title: string };
}

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly method?: string;
  readonly params?: unknown;
}

/**
 * Reaches a thread that this one has started. Resolves with undefined when it has ended or does not let itself be reached:
 * Node lets only the main thread reach others.
 */
export async function inspectThread({ threadId }: Pick<Worker, 'threadId'>, clock: Clock): Promise<InspectedThread | undefined> {
  const session = new Session();
  session.connect();
  const found = new Promise<string>((resolve) => {
    session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }: { params: Attached }) => {
      if (workerInfo.title.startsWith(`[worker ${threadId}]`)) resolve(sessionId);
    });
  });
  const enabled = await posted(session, 'NodeWorker.enable', { waitForDebuggerOnStart: false }).then(() => true, () => false);
  const sessionId = enabled ? await within(found, ATTACH_MS, clock) : undefined;
  if (sessionId !== undefined) return exchangeWith(session, sessionId);
  session.disconnect();
  return undefined;
}

/** Messages of another thread travel inside those of this one's session. */
function exchangeWith(session: Session, sessionId: string): InspectedThread {
  const answers = new Map<number, (result: unknown) => void>();
  const listeners = new Map<string, (parameters: unknown) => void>();
  let asked = 0;
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }: { params: { sessionId: string; message: string } }) => {
    if (params.sessionId !== sessionId) return;
    const { id, result, method, params: parameters } = JSON.parse(params.message) as Message;
    if (method !== undefined) listeners.get(method)?.(parameters);
    else if (id !== undefined) answers.get(id)?.(result);
    if (id !== undefined) answers.delete(id);
  });
  return {
    async post(method, parameters = {}) {
      const id = ++asked;
      const answered = new Promise<unknown>((resolve) => answers.set(id, resolve));
      await posted(session, 'NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method, params: parameters }) });
      return answered;
    },
    on: (event, listener) => void listeners.set(event, listener),
    close: () => session.disconnect(),
  };
}

function posted(session: Session, method: string, parameters?: object): Promise<unknown> {
  return new Promise((resolve, reject) => session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result))));
}

/** What a promise comes to, or undefined when it takes longer. */
export async function within<T>(promise: Promise<T>, limitMs: number, clock: Clock): Promise<T | undefined> {
  let late: ScheduledCall | undefined;
  const limit = new Promise<undefined>((resolve) => (late = clock.schedule(limitMs, () => resolve(undefined))));
  try {
    return await Promise.race([promise, limit]);
  } finally {
    late?.cancel();
  }
}
