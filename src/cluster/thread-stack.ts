/**
 * Where a thread of this process stands: its calls with the very lines, asked of V8's debugger, which also stops a loop
 * that never ends.
 *
 * Invariants:
 * - The debugger is on only while a `ThreadStack` is open: it keeps V8 from some of its shortcuts.
 * - Whatever it was stopped at, the thread goes on at once.
 */
import type { Worker } from 'node:worker_threads';
import type { Clock } from '../core/clock.js';
import { type InspectedThread, inspectThread, within } from './thread-inspector.js';

/** One call on a thread's stack. */
export interface ThreadFrame {
  /** Empty for a function without a name. */
  readonly functionName: string;
  readonly url: string;
  /** From 1, as stack traces have them. */
  readonly line: number;
  readonly column: number;
}

/** What the debugger says of one call. */
interface CallFrame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number };
}

interface Script {
  readonly scriptId: string;
  readonly url: string;
}

/** Whoever else looks at the thread lets it go on, and takes a request along that comes just then. */
const ASK_AGAIN_MS = 200;

export class ThreadStack {
  private readonly asked: ((frames: readonly ThreadFrame[]) => void)[] = [];
  /** URLs by script. */
  private readonly scripts = new Map<string, string>();

  private constructor(private readonly thread: InspectedThread, private readonly clock: Clock) {
    thread.on('Debugger.scriptParsed', (parameters) => void this.scripts.set((parameters as Script).scriptId, (parameters as Script).url));
    thread.on('Debugger.paused', (parameters) => this.stopped((parameters as { callFrames: readonly CallFrame[] }).callFrames));
    this.tell('Debugger.enable');
  }

  /** Resolves with undefined when the thread cannot be reached. */
  static async open(worker: Pick<Worker, 'threadId'>, clock: Clock): Promise<ThreadStack | undefined> {
    const thread = await inspectThread(worker, clock);
    return thread && new ThreadStack(thread, clock);
  }

  /**
   * The calls that the thread is in, innermost first; undefined when it has not answered after `limitMs`, because it is
   * in native code or has nothing to do.
   *
   * @param look called while the thread stands still.
   */
  async now(limitMs: number, look: () => void = () => undefined): Promise<readonly ThreadFrame[] | undefined> {
    let answered: ((frames: readonly ThreadFrame[]) => void) | undefined;
    const stopped = new Promise<readonly ThreadFrame[]>((resolve) => {
      answered = (frames) => {
        look();
        resolve(frames);
      };
      this.asked.push(answered);
    });
    let frames: readonly ThreadFrame[] | undefined;
    for (let leftMs = limitMs; frames === undefined && leftMs > 0; leftMs -= ASK_AGAIN_MS) {
      this.tell('Debugger.pause');
      frames = await within(stopped, Math.min(leftMs, ASK_AGAIN_MS), this.clock);
    }
    if (frames === undefined) this.asked.splice(this.asked.indexOf(answered!), 1);
    return frames;
  }

  /** Switches the debugger off again. */
  close(): void {
    this.tell('Debugger.disable');
    this.thread.close();
  }

  /** It may also have met a `debugger` statement, or be late: then nobody has asked. */
  private stopped(callFrames: readonly CallFrame[]): void {
    const frames = callFrames.map(({ functionName, location: { scriptId, lineNumber, columnNumber = 0 } }) => ({ functionName, url: this.scripts.get(scriptId) ?? '', line: lineNumber + 1, column: columnNumber + 1 }));
    for (const answer of this.asked.splice(0)) answer(frames);
    this.tell('Debugger.resume');
  }

  /** A thread that has ended meanwhile needs no telling. */
  private tell(method: string): void {
    this.thread.post(method).catch(() => undefined);
  }
}

/** Asks once; see `ThreadStack.now`. */
export async function stackOf(worker: Pick<Worker, 'threadId'>, limitMs: number, clock: Clock): Promise<readonly ThreadFrame[] | undefined> {
  const stack = await ThreadStack.open(worker, clock);
  try {
    return await stack?.now(limitMs);
  } finally {
    stack?.close();
  }
}

/** As a line of a stack trace has it. */
export function frameText({ functionName, url, line, column }: ThreadFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} (${url}:${line}:${column})`;
}
