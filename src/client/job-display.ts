/**
 * Shows a running job on standard error: a picture that is redrawn while a person watches, or one line for each
 * change of state where the lines are kept.
 *
 * Records that a job prints to the same screen go above the picture: every thread takes it away before it writes.
 */
import type { SharedScreen } from '../cluster/shared-screen.js';
import type { ExecutionState, JobEvent, JobSnapshot, RunningJob } from '../cluster/running-job.js';
import type { Clock, ScheduledCall } from '../core/clock.js';
import { checkpointLines } from './checkpoint-lines.js';
import { LivePicture } from './live-picture.js';
import { renderSnapshot, wrapped } from './live-view.js';
import { standstillOf } from '../cluster/standstill.js';
import { standstillText } from './standstill-text.js';
import { restartLines } from './restart-lines.js';
import type { Terminal } from './terminal.js';
import type { UserSources } from './user-stack.js';

export interface JobDisplay {
  /** Ends the display; what it shows stays on the screen. */
  close(): void;
}

/** Chooses the form: nothing when `quiet`, lines when there is no `screen` to draw on (another job has it). `sources` finds lines of the job. */
export function displayJob(job: RunningJob, terminal: Terminal, clock: Clock, quiet: boolean, screen: SharedScreen | undefined, sources?: UserSources): JobDisplay {
  if (quiet) return { close: () => undefined };
  const restarts = both(restartLines(job, terminal, sources), checkpointLines(job, terminal));
  if (terminal.live && screen) return both(livePicture(job, terminal, clock, new LivePicture(terminal, screen)), restarts);
  return both(stateLines(job, terminal), standstillLines(job, terminal, clock), restarts);
}

function both(...displays: readonly JobDisplay[]): JobDisplay {
  return { close: () => displays.forEach((display) => display.close()) };
}

/** From when on a standstill is spoken of. A person who watches may know sooner. */
const STANDSTILL_SHOWN_MS = 5_000;
const STANDSTILL_SAID_MS = 10_000;
const STANDSTILL_LOOK_MS = 2_000;

/** Says once for each operator that holds event time back that nothing can fire because of it. */
export function standstillLines(job: RunningJob, terminal: Pick<Terminal, 'say'>, clock: Clock): JobDisplay {
  const said = new Set<string>();
  let pending: ScheduledCall | undefined;
  const look = (): void => {
    pending = clock.schedule(STANDSTILL_LOOK_MS, look);
    const standstill = standstillOf(job.snapshot());
    if (!standstill || standstill.forMs < STANDSTILL_SAID_MS) return;
    const { holder, cause } = standstill;
    const key = `${holder.vertexId}/${holder.subtask} ${cause}`;
    if (said.has(key)) return;
    said.add(key);
    const { what, remedy } = standstillText(standstill);
    terminal.say(`${what} ${remedy}`);
  };
  pending = clock.schedule(STANDSTILL_LOOK_MS, look);
  return { close: () => pending?.cancel() };
}

/** Only what lasts: that a subtask is being deployed would be one more line for each of them. */
const SHOWN: ReadonlySet<ExecutionState> = new Set(['RUNNING', 'FINISHED', 'CANCELED', 'FAILED']);

export function stateLines(job: RunningJob, terminal: Pick<Terminal, 'say'>): JobDisplay {
  const first = job.snapshot();
  const states = new Map(first.vertices.map(({ id, subtasks }) => [id, subtasks.map(({ state }) => state)]));
  const shown = new Map<string, ExecutionState>();
  let status = '';
  const sayJob = (now: string): void => {
    if (now !== status) terminal.say(`Job "${first.name}" is ${now}`);
    status = now;
  };
  const sayVertex = (id: string): void => {
    const vertex = first.vertices.find((one) => one.id === id);
    const now = jointState(states.get(id) ?? []);
    if (!vertex || !SHOWN.has(now) || shown.get(id) === now) return;
    shown.set(id, now);
    terminal.say(`  ${vertex.name} (${vertex.parallelism}) is ${now}`);
  };
  sayJob(first.status);
  for (const { id } of first.vertices) sayVertex(id);
  let cancelling = false;
  const close = job.subscribe((event: JobEvent) => {
    // How a cancelled job ends is said once, at the end, and not at all when the reader of its output just left.
    cancelling ||= event.type === 'job-status' && event.status === 'CANCELLING';
    if (cancelling) return;
    if (event.type === 'job-status') return sayJob(event.status);
    if (event.type !== 'execution-state') return;
    const subtasks = states.get(event.vertexId);
    if (subtasks) subtasks[event.subtask] = event.state;
    sayVertex(event.vertexId);
  });
  return { close };
}

/** The state of a vertex as its subtasks make it: failed by one, otherwise what the slowest has reached. */
export function jointState(subtasks: readonly ExecutionState[]): ExecutionState {
  const every = (...allowed: ExecutionState[]): boolean => subtasks.length > 0 && subtasks.every((state) => allowed.includes(state));
  if (subtasks.includes('FAILED')) return 'FAILED';
  if (every('FINISHED')) return 'FINISHED';
  if (every('FINISHED', 'CANCELED')) return 'CANCELED';
  if (subtasks.includes('CANCELING') || subtasks.includes('CANCELED')) return 'CANCELING';
  return every('RUNNING', 'FINISHED') ? 'RUNNING' : 'DEPLOYING';
}

/** What stands, under the table, in lines that fit. */
function standstillParagraph(current: JobSnapshot, width: number): string[] {
  const standstill = standstillOf(current);
  if (!standstill || standstill.forMs < STANDSTILL_SHOWN_MS) return [];
  const { what, remedy } = standstillText(standstill);
  return [...wrapped(what, width - 2), ...wrapped(remedy, width - 2)].map((line) => `  ${line}`);
}

const REDRAW_MS = 500;

function livePicture(job: RunningJob, terminal: Terminal, clock: Clock, picture: LivePicture): JobDisplay {
  let previous: JobSnapshot | undefined;
  let pending: ScheduledCall | undefined;
  let closed = false;
  const tick = (): void => {
    const current = job.snapshot();
    picture.draw([renderSnapshot(previous, current, terminal.columns()), ...standstillParagraph(current, terminal.columns())].join('\n'));
    previous = current;
    pending = clock.schedule(REDRAW_MS, tick);
  };
  // A job that ends sooner is not worth a picture.
  pending = clock.schedule(REDRAW_MS, tick);
  return {
    close() {
      if (closed) return;
      closed = true;
      pending?.cancel();
      // What stays is the whole run, not its last half second.
      if (previous) picture.draw(renderSnapshot(undefined, job.snapshot(), terminal.columns()));
      picture.leave();
    },
  };
}
