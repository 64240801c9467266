/**
 * Counters of one subtask in shared memory: the task writes them once per turn, the JobManager reads them whenever it
 * likes, and no message is sent.
 */

/** Positions in a subtask's slice. Times are milliseconds. */
const FIELDS = ['recordsIn', 'recordsOut', 'bytesIn', 'bytesOut', 'busyMs', 'idleMs', 'backPressuredMs', 'phase', 'phaseSince'] as const;
type Field = (typeof FIELDS)[number];
const AT = Object.fromEntries(FIELDS.map((field, index) => [field, index])) as Record<Field, number>;

const SLICE_BYTES = FIELDS.length * Float64Array.BYTES_PER_ELEMENT;

/** What a task does between two turns. */
export const PHASES = ['busy', 'idle', 'backPressured'] as const;
export type Phase = (typeof PHASES)[number];

/** Shared memory for the counters of `subtasks` subtasks. */
export function allocateMetrics(subtasks: number): SharedArrayBuffer {
  return new SharedArrayBuffer(subtasks * SLICE_BYTES);
}

export class TaskMetrics {
  private readonly slice: Float64Array;

  constructor(memory: SharedArrayBuffer, index: number) {
    this.slice = new Float64Array(memory, index * SLICE_BYTES, FIELDS.length);
  }

  add(field: 'recordsIn' | 'recordsOut' | 'bytesIn' | 'bytesOut', amount: number): void {
    this.slice[AT[field]]! += amount;
  }

  /** Books the time since the last call on the phase that ends, and begins another. */
  enter(phase: Phase, now: number): void {
    const before = PHASES[this.slice[AT.phase]!]!;
    const since = this.slice[AT.phaseSince]!;
    if (since > 0) this.slice[AT[`${before}Ms`]]! += now - since;
    this.slice[AT.phase] = PHASES.indexOf(phase);
    this.slice[AT.phaseSince] = now;
  }

  /** Ends the last phase: nothing is booked any more. */
  stop(now: number): void {
    this.enter('idle', now);
    this.slice[AT.phaseSince] = 0;
  }

  /** The counters as they stand at `now` (epoch milliseconds), the running phase included. */
  read(now: number): Record<Exclude<Field, 'phase' | 'phaseSince'>, number> {
    const [recordsIn, recordsOut, bytesIn, bytesOut, busyMs, idleMs, backPressuredMs, phase, since] = this.slice as unknown as number[];
    const counters = { recordsIn: recordsIn!, recordsOut: recordsOut!, bytesIn: bytesIn!, bytesOut: bytesOut!, busyMs: busyMs!, idleMs: idleMs!, backPressuredMs: backPressuredMs! };
    if (since! > 0) counters[`${PHASES[phase!]!}Ms`] += Math.max(0, now - since!);
    return counters;
  }
}
