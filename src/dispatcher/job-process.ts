/**
 * The process of one submitted program, as the Dispatcher holds it.
 *
 * Invariants:
 * - What the process says is checked before it is believed: user code runs there, too.
 * - `exited` is called once, when nothing of the process is left.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FromJobProcess, fromJobProcess, type JobOrder, type ToJobProcess } from './job-order.js';
import { inWritablePlace, LOGS_HINT } from '../core/writable-place.js';

export interface JobProcessListener {
  message(message: FromJobProcess): void;
  exited(code: number | null, signal: string | null): void;
}

export interface JobProcess {
  readonly pid: number | undefined;
  send(message: ToJobProcess): void;
  /** Ends it at once. */
  kill(): void;
  /** Listens no more; the process goes on alone. */
  leave(): void;
}

/** Where a job's standard output and its log go. */
export interface JobOutputs {
  readonly out: string;
  readonly log: string;
}

export function jobOutputs(folder: string, jobId: string): JobOutputs {
  return { out: join(folder, `${jobId}.out`), log: join(folder, `${jobId}.log`) };
}

export interface JobProcessOptions {
  /** The compiled script of a job's process. */
  readonly script: URL;
  readonly order: JobOrder;
  readonly outputs: JobOutputs;
  /** Whether it goes on when whoever started it has ended, and does not hear the terminal's signals. */
  readonly detached?: boolean;
}

export function startJobProcess({ script, order, outputs, detached = false }: JobProcessOptions, listener: JobProcessListener): JobProcess {
  const logs = dirname(outputs.log);
  const files = inWritablePlace(`the folder for logs ${logs}`, LOGS_HINT, () => {
    mkdirSync(logs, { recursive: true });
    return [openSync(outputs.out, 'a', 0o600), openSync(outputs.log, 'a', 0o600)] as const;
  });
  const folder = order.folder !== undefined && existsSync(order.folder) ? order.folder : tmpdir();
  const child = fork(fileURLToPath(script), [], { cwd: folder, detached, stdio: ['ignore', ...files, 'ipc'], execArgv: [] });
  for (const file of files) closeSync(file);
  let over = false;
  const exited = (code: number | null, signal: string | null): void => {
    if (!over) listener.exited(code, signal);
    over = true;
  };
  child.on('message', (said) => {
    const read = fromJobProcess.safeParse(said);
    if (read.success) listener.message(read.data);
  });
  child.on('error', () => child.pid === undefined && exited(null, null));
  child.on('exit', exited);
  tell(child, order);
  return { pid: child.pid, send: (message) => tell(child, message), kill: () => void child.kill('SIGKILL'), leave: () => leave(child) };
}

function leave(child: ChildProcess): void {
  if (child.connected) child.disconnect();
  child.unref();
}

/** A process that has just ended hears nothing; that it has ended is told otherwise. */
function tell(child: ChildProcess, message: JobOrder | ToJobProcess): void {
  if (child.connected) child.send(message, () => undefined);
}
