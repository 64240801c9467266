/**
 * A TaskManager as its JobManager holds it: something that takes messages, answers with others, and may be lost.
 */
import { Worker } from 'node:worker_threads';
import { type ScheduledCall, systemClock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { CancellationTimeout, TaskManagerHeap } from '../core/options.js';
import { formatDuration } from '../core/time.js';
import { BatchPool } from '../runtime/exchange/batch-pool.js';
import { Doorbell } from '../runtime/exchange/doorbell.js';
import { SoloLoopHost } from '../runtime/task-loop.js';
import { allocateHeartbeat, type HeartbeatTimes, heartbeatTimes, watchHeartbeat } from './heartbeat.js';
import { registerThread, threadName } from './live-threads.js';
import type { FromTaskManager, ToTaskManager } from './messages.js';
import type { SubmittedPrograms } from './programs.js';
import { SharedScreen } from './shared-screen.js';
import { StandardOutput } from './standard-output.js';
import type { Surroundings } from './surroundings.js';
import { TaskManager } from './task-manager.js';
import { frameText, stackOf, type ThreadFrame } from './thread-stack.js';
import { allocateTurnBoard, type Turn, turnText, whoseTurn } from './turn-board.js';

export interface TaskManagerListener {
  message(message: FromTaskManager): void;
  /** The thread has ended without being told to. */
  lost(error: Error): void;
}

export interface TaskManagerHandle {
  readonly doorbell: SharedArrayBuffer;
  send(message: ToTaskManager): void;
  /** Ends the thread, whatever it is doing. */
  terminate(): Promise<void>;
}

/** What a thread is born with. */
export interface WorkerSetup {
  readonly doorbell: SharedArrayBuffer;
  readonly screen: SharedArrayBuffer;
  /** Where it beats. */
  readonly heartbeat: SharedArrayBuffer;
  /** Where it says which task has its turn. */
  readonly turns: SharedArrayBuffer;
  readonly configuration: ReturnType<Configuration['entries']>;
}

/** How long a thread that is given up may take to say where it stands. */
const LAST_WORDS_MS = 2_000;
const MEGABYTE = 1024 * 1024;
/** A large young generation saves a fifth of the time where many records die young. */
const YOUNG_GENERATION_MB_MAX = 96;

/** Starts a TaskManager in a thread of its own; `script` is the bundled `task-manager-worker`. */
export function startThread(script: URL, index: number, screen: SharedArrayBuffer, configuration: Configuration, listener: TaskManagerListener): TaskManagerHandle {
  const [doorbell, heartbeat, turns] = [Doorbell.allocate(), allocateHeartbeat(), allocateTurnBoard()];
  const heap = configuration.getOptional(TaskManagerHeap);
  const heapMb = heap === undefined ? undefined : Math.max(8, Math.floor(heap / MEGABYTE));
  const setup: WorkerSetup = { doorbell, screen, heartbeat, turns, configuration: configuration.entries() };
  const worker = new Worker(script, {
    name: threadName(index),
    workerData: setup,
    resourceLimits: {
      maxYoungGenerationSizeMb: Math.min(YOUNG_GENERATION_MB_MAX, heapMb === undefined ? YOUNG_GENERATION_MB_MAX : Math.max(4, Math.floor(heapMb / 4))),
      ...(heapMb === undefined ? {} : { maxOldGenerationSizeMb: heapMb }),
    },
  });
  const forget = registerThread(threadName(index), { worker, turns });
  let ended = false;
  let failure: Error | undefined;
  const times = heartbeatTimes(configuration);
  const end = async (): Promise<void> => {
    ended = true;
    watch.cancel();
    forget();
    // Native code that never returns cannot be stopped: the thread is then left to itself.
    let patience: ScheduledCall | undefined;
    const limit = new Promise<void>((resolve) => (patience = systemClock.schedule(configuration.get(CancellationTimeout), resolve)));
    await Promise.race([worker.terminate(), limit]);
    patience?.cancel();
  };
  const giveUp = async (): Promise<void> => {
    const turn = whoseTurn(turns);
    const frames = await stackOf(worker, LAST_WORDS_MS, systemClock).catch(() => undefined);
    // Whoever told it to end meanwhile knows why.
    if (ended) return;
    // What it might still do must be over before something else does it again.
    await end();
    listener.lost(silence({ index, times, turn, frames, engine: new URL('.', script).href }));
  };
  const watch = watchHeartbeat(heartbeat, times, systemClock, () => void giveUp());
  worker.on('message', (message: FromTaskManager) => listener.message(message));
  worker.on('error', (error) => (failure = error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => {
    watch.cancel();
    forget();
    if (!ended) listener.lost(lossOf(index, code, failure, heapMb));
    ended = true;
  });
  return {
    doorbell,
    send: (message) => {
      if (!ended) worker.postMessage(message);
    },
    terminate: end,
  };
}

interface Silence {
  readonly index: number;
  readonly times: HeartbeatTimes;
  readonly turn: Turn | undefined;
  /** Undefined when the thread did not answer: it blocks outside of JavaScript. */
  readonly frames: readonly ThreadFrame[] | undefined;
  /** What the URLs of the engine's own code begin with. */
  readonly engine: string;
}

function silence({ index, times: { timeoutMs }, turn, frames = [], engine }: Silence): FlinkError {
  const where = turn === undefined ? '' : ` in a turn of ${turnText(turn)}`;
  const stuck = frames.find(({ url }) => url.startsWith('file:') && !url.startsWith(engine))?.functionName ?? '';
  const error = new FlinkError('TASK_MANAGER_LOST', `TaskManager ${index} has not answered for ${formatDuration(timeoutMs)} and was stopped${where}${stuck === '' ? '' : `, stuck in ${stuck}`}`, {
    hint: 'A function of the job probably never returns. If it only takes long, raise heartbeat.timeout.',
  });
  // The thread's own calls, not those of the one that gave it up: its innermost line of the job is the place.
  error.stack = [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frameText(frame)}`)].join('\n');
  return error;
}

function lossOf(index: number, code: number, failure: Error | undefined, heapMb: number | undefined): FlinkError {
  if ((failure as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const limit = heapMb === undefined ? 'the default heap' : `a heap of ${heapMb} MB`;
    return new FlinkError('OUT_OF_MEMORY', `TaskManager ${index} ran out of memory with ${limit}`, { cause: failure });
  }
  if (failure) {
    return new FlinkError('TASK_MANAGER_LOST', `TaskManager ${index} ended by an error that nobody caught: ${failure.message}`, {
      cause: failure,
      hint: 'A promise, timer or callback that a function of the job started has thrown later: catch it there, or use AsyncDataStream for what is to be waited for.',
    });
  }
  return new FlinkError('TASK_MANAGER_LOST', `TaskManager ${index} ended with exit code ${code}`, { hint: 'A function of the job called process.exit(); throw an error instead.' });
}

/** A TaskManager in the caller's own thread, for tests and for programs run without `flink run`. */
export function startInProcess(programs: SubmittedPrograms, { clock, turnClock, random, eventLoop, files, print }: Surroundings, listener: TaskManagerListener): TaskManagerHandle {
  const later = (call: () => void): void => eventLoop.defer(call);
  const output = new StandardOutput(SharedScreen.allocate(), () => later(() => listener.message({ type: 'output-closed' })));
  const noRings = (): never => {
    throw new FlinkError('INTERNAL', 'a ring was deployed to a TaskManager that shares its thread');
  };
  const taskManager = new TaskManager(
    {
      clock,
      turnClock,
      random,
      files,
      loop: new SoloLoopHost(eventLoop),
      pool: new BatchPool(),
      rings: { output: noRings, input: noRings },
      print: print ?? ((stream, text) => output.print(stream, text)),
      encodeCollected: (values) => values,
      send: (message) => later(() => listener.message(message)),
    },
    () => programs,
  );
  later(() => listener.message({ type: 'ready' }));
  return {
    doorbell: Doorbell.allocate(),
    send: (message) => {
      if (message.type !== 'load') later(() => taskManager.receive(message));
    },
    terminate: () => Promise.resolve(),
  };
}
