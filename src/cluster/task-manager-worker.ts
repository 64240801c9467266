/**
 * The thread of one TaskManager: joins it to its JobManager's messages, its doorbell and the process's output.
 */
import { format } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../core/clock.js';
import { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { systemRandom } from '../core/random.js';
import { calledByFollowedProgram } from '../program/pipeline-executor.js';
import { BatchPool } from '../runtime/exchange/batch-pool.js';
import { Doorbell } from '../runtime/exchange/doorbell.js';
import { encodeBatch } from '../runtime/exchange/encoded-batch.js';
import { RingInputChannel, RingOutputChannel } from '../runtime/exchange/ring-channel.js';
import type { LoopHost } from '../runtime/task-loop.js';
import type { FromTaskManager, ToTaskManager } from './messages.js';
import { BundlePrograms, type Programs } from './programs.js';
import { StandardOutput } from './standard-output.js';
import { TaskManager } from './task-manager.js';
import { heartbeatTimes, keepBeating } from './heartbeat.js';
import { threadMemory } from './thread-memory.js';
import type { WorkerSetup } from './task-manager-thread.js';
import { turnBoard } from './turn-board.js';

/** Deep user stacks must not push the operator's own frame out of the trace. */
Error.stackTraceLimit = 50;

const port = parentPort!;
const setup = workerData as WorkerSetup;
const configuration = Configuration.from(setup.configuration);
const pool = new BatchPool();
const doorbell = new Doorbell(setup.doorbell);
const send = (message: FromTaskManager, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
const output = new StandardOutput(setup.screen, () => send({ type: 'output-closed' }));

let doorbells: Doorbell[] = [];
let programs: BundlePrograms | undefined;

const loop: LoopHost = {
  defer: (call) => void setImmediate(call),
  sleep(ready, awake) {
    const asleep = doorbell.sleep(ready, systemClock);
    void asleep?.then(awake);
    return asleep !== undefined;
  },
  interrupt: () => doorbell.ring(),
};

const taskManager = new TaskManager(
  {
    clock: systemClock,
    random: systemRandom,
    loop,
    turns: turnBoard(setup.turns),
    rings: {
      output: (ring, consumer, classes) => new RingOutputChannel({ ring, peer: doorbells[consumer]!, pool, classes }),
      input: (ring, producer, classes) => new RingInputChannel({ ring, peer: doorbells[producer]!, pool, classes }),
    },
    print: (stream, text) => output.print(stream, text),
    pool,
    memory: threadMemory,
    encodeCollected: (values) => encodeBatch({ values, timestamps: new Float64Array(values.length), hashes: undefined, count: values.length, bytes: 0 }),
    send: (message) => send(message, message.type === 'collect' && message.values instanceof ArrayBuffer ? [message.values] : []),
  },
  requirePrograms,
);

/**
 * Standard output is for data: what user code logs goes to standard error, as whole lines. What the program logs
 * before and after its jobs the client's copy of it says.
 */
for (const method of ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const) {
  console[method] = (...parts: unknown[]) => {
    if (taskManager.running && !calledByFollowedProgram()) output.print('stderr', `${format(...parts)}\n`);
  };
}

port.on('message', (message: ToTaskManager) => {
  if (message.type === 'load') {
    programs ??= new BundlePrograms(message.source, message.runId, configuration, systemClock, true);
    for (const slot of message.slots) programs.load(slot);
    return;
  }
  // Another job may run on fewer TaskManagers than this thread knows.
  if (message.type === 'deploy') doorbells = [...message.deployment.doorbells.map((memory) => new Doorbell(memory)), ...doorbells.slice(message.deployment.doorbells.length)];
  taskManager.receive(message);
});
// What the thread collects of garbage counts from now on.
threadMemory();
keepBeating(setup.heartbeat, heartbeatTimes(configuration), systemClock);
send({ type: 'ready' });

function requirePrograms(): Programs {
  if (!programs) throw new FlinkError('INTERNAL', 'a TaskManager was told to run a job before it had a program');
  return programs;
}
