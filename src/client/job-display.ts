/**
 * Shows a running job on standard error: a picture that is redrawn while a person watches, or one line for each
 * change of state where the lines are kept.
 *
 * The picture is drawn only while nothing else writes to the same screen: with standard output on that screen too,
 * printed records would tear it, so lines are shown instead.
 */
import type { ExecutionState, JobEvent, JobSnapshot, RunningJob } from '../cluster/running-job.js';
import type { Clock, ScheduledCall } from '../core/clock.js';
import { renderSnapshot } from './live-view.js';
import type { Terminal } from './terminal.js';

export interface JobDisplay {
  /** Ends the display; what it shows stays on the screen. */
  close(): void;
}

/** Chooses the form: nothing when `quiet`. */
export function displayJob(job: RunningJob, terminal: Terminal, clock: Clock, quiet: boolean): JobDisplay {
  if (quiet) return { close: () => undefined };
  return terminal.live && !terminal.outputOnScreen ? livePicture(job, terminal, clock) : stateLines(job, terminal);
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

const REDRAW_MS = 500;

function livePicture(job: RunningJob, terminal: Terminal, clock: Clock): JobDisplay {
  let picture: { draw(text: string): void; done(): void } | undefined;
  let previous: JobSnapshot | undefined;
  let pending: ScheduledCall | undefined;
  let closed = false;
  const tick = async (): Promise<void> => {
    const opened = (picture ??= await openPicture(terminal.screen));
    if (closed) return opened.done();
    const current = job.snapshot();
    opened.draw(renderSnapshot(previous, current, terminal.columns()));
    previous = current;
    pending = clock.schedule(REDRAW_MS, () => void tick());
  };
  // A job that ends sooner is not worth a picture.
  pending = clock.schedule(REDRAW_MS, () => void tick());
  return {
    close() {
      if (closed) return;
      closed = true;
      pending?.cancel();
      // What stays is the whole run, not its last half second.
      if (previous) picture?.draw(renderSnapshot(undefined, job.snapshot(), terminal.columns()));
      picture?.done();
    },
  };
}

/** Redraws in place. Whatever else is written to the screen meanwhile goes above the picture. */
async function openPicture(screen: NodeJS.WriteStream): Promise<{ draw(text: string): void; done(): void }> {
  const { createLogUpdate } = await import('log-update');
  const write = screen.write;
  const update = createLogUpdate(screen);
  let picture = '';
  let drawing = false;
  const whileDrawing = <R>(draw: () => R): R => {
    drawing = true;
    try {
      return draw();
    } finally {
      drawing = false;
    }
  };
  screen.write = ((...given: Parameters<typeof write>): boolean => {
    if (drawing) return write.apply(screen, given);
    return whileDrawing(() => {
      update.clear();
      const drained = write.apply(screen, given);
      update(picture);
      return drained;
    });
  }) as typeof write;
  return {
    draw: (text) => whileDrawing(() => update((picture = text))),
    done() {
      screen.write = write;
      update.done();
    },
  };
}
