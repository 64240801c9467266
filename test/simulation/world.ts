/**
 * What one simulated run knows beyond the cluster's own state: the job, the fault planned for it, what arrived where,
 * and the life of every operator.
 */
import type { FailoverScope } from '../../src/cluster/execution/failover-regions.js';
import type { Random } from '../../src/core/random.js';
import { randomInt } from '../../src/core/random.js';
import type { OperatorLife } from './operator-life.js';
import { punctualSteps, type RandomJob, type Step, stepName } from './random-job.js';
import type { Scheduler } from './scheduler.js';

/** Where a user function throws. */
export type StrikePlace = 'record' | 'open' | 'finish' | 'close' | 'write' | 'flush' | 'poll' | 'available' | 'start' | 'enumerator' | 'program';

export interface PlaceInStep {
  readonly step: number;
  readonly place: StrikePlace;
}

export type Fault =
  | { readonly kind: 'none' }
  /** The `after`-th call of that place in that step throws, and `times` later ones; every later one unless given. */
  | { readonly kind: 'throw'; readonly step: number; readonly place: StrikePlace; readonly after: number; readonly times?: number }
  /** Between two steps of the scheduler: at that one, or right after that place of an operator's life was entered. */
  | { readonly kind: 'cancel'; readonly atStep: number; readonly atPlace?: PlaceInStep }
  | { readonly kind: 'lose'; readonly taskManager: number; readonly atStep: number; readonly atPlace?: PlaceInStep }
  /** Some call never ends; the job is cancelled and its thread has to be stopped. */
  | { readonly kind: 'hang'; readonly step: number; readonly place: 'open' | 'close' | 'finish'; readonly atStep: number };

export interface Restarts {
  readonly attempts: number;
  readonly scope: FailoverScope;
  /** Absent: without them. */
  readonly checkpoints?: Checkpoints;
}

export interface Checkpoints {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly concurrent: number;
  readonly unaligned: boolean;
  readonly alignedTimeoutMs: number;
}

/** In half of all runs none. */
export function randomRestarts(random: Random): Restarts {
  const attempts = random.next() < 0.5 ? 0 : RESTARTS_MAX;
  return { attempts, scope: random.next() < 0.5 ? 'full' : 'region', ...(random.next() < 0.5 ? { checkpoints: randomCheckpoints(random) } : {}) };
}

function randomCheckpoints(random: Random): Checkpoints {
  const unaligned = random.next() < 0.5;
  return {
    intervalMs: pick(random, [10, 30, 100]), timeoutMs: pick(random, [10_000, 60_000]), concurrent: unaligned ? 1 : pick(random, [1, 1, 3]), unaligned,
    alignedTimeoutMs: pick(random, [0, 5]),
  };
}

/** More often than one fault can fail a job. */
const RESTARTS_MAX = 20;
const STRIKES_MAX = 3;

export class World {
  /** By sink: every record written, as text. */
  readonly written = new Map<number, string[]>();
  /** By step: records that its subtasks took (a source: made). */
  readonly arrived = new Map<number, number>();
  readonly lives: OperatorLife[] = [];
  /** Readers and enumerators opened and not closed, by name. */
  readonly unclosed = new Set<string>();
  /** The planned fault has happened. */
  struck = false;
  /** The place that the fault waits for was entered. */
  entered = false;
  /** Steps at the head of a task that is fed through channels: they take no record while their task is held. */
  readonly fedByChannels = new Set<number>();
  readonly checkpoints: Checkpoints | undefined;
  /** Steps to which no record comes late. */
  readonly punctual: ReadonlySet<number>;
  private strikes = 0;

  /** @param restarts how often the job may start again, and how much of it. */
  constructor(readonly scheduler: Scheduler, readonly job: RandomJob, readonly fault: Fault, readonly restarts: Restarts = { attempts: 0, scope: 'region' }) {
    this.punctual = punctualSteps(job);
    // Records on their way back in a loop are in no checkpoint.
    this.checkpoints = job.steps.some(({ kind }) => kind === 'loopHead') ? undefined : restarts.checkpoints;
  }

  write(sink: number, text: string): void {
    const written = this.written.get(sink) ?? [];
    this.written.set(sink, written);
    written.push(text);
  }

  arrive(step: number): void {
    this.arrived.set(step, (this.arrived.get(step) ?? 0) + 1);
  }

  /** Throws when the fault planned is this one. */
  strike(step: Step, place: StrikePlace): void {
    const { fault } = this;
    if (fault.kind !== 'throw' || fault.step !== step.id || fault.place !== place || ++this.strikes <= fault.after) return;
    if (this.strikes > fault.after + (fault.times ?? Infinity)) return;
    this.struck = true;
    throw new Error(`injected into ${place} of ${stepName(step)}`);
  }

  enter(step: Step, place: StrikePlace): void {
    const waits = 'atPlace' in this.fault ? this.fault.atPlace : undefined;
    if (waits?.step === step.id && waits.place === place) this.entered = true;
  }

  /** A promise that never settles when the fault planned is this one. */
  hang(step: Step, place: StrikePlace): Promise<void> | undefined {
    const { fault } = this;
    if (fault.kind !== 'hang' || fault.step !== step.id || fault.place !== place) return undefined;
    this.struck = true;
    return new Promise(() => {});
  }
}

export function randomFault(random: Random, { steps }: RandomJob, taskManagers: number, restarts: Restarts): Fault {
  const draw = random.next();
  const step = steps[randomInt(random, steps.length)]!;
  const atStep = Math.floor(10 ** (random.next() * 3.3));
  if (draw < 0.4) return { kind: 'none' };
  const atPlace = random.next() < 0.5 ? { atPlace: { step: step.id, place: pick(random, ['open', 'finish', 'close'] as const) } } : {};
  if (draw < 0.6) return { kind: 'cancel', atStep, ...atPlace };
  if (draw < 0.7) return { kind: 'lose', taskManager: randomInt(random, taskManagers), atStep, ...atPlace };
  if (draw < 0.75 && step.kind !== 'source') return { kind: 'hang', step: step.id, place: pick(random, ['open', 'close', 'finish']), atStep };
  const place = pick(random, placesOf(step));
  const perSubtask = place === 'open' || place === 'finish' || place === 'close' || place === 'start' || place === 'program';
  return { kind: 'throw', step: step.id, place, after: perSubtask ? randomInt(random, step.parallelism) : Math.floor(10 ** (random.next() * 2)) - 1, ...(restarts.attempts > 0 ? { times: 1 + randomInt(random, STRIKES_MAX) } : {}) };
}

function placesOf(step: Step): readonly StrikePlace[] {
  if (step.kind === 'source') return ['poll', 'available', 'start', 'enumerator', 'close', 'program'];
  if (step.kind === 'async') return ['record', 'write', 'write', 'open', 'finish', 'close'];
  if (step.kind === 'sink') return ['record', 'open', 'finish', 'close', 'write', 'flush'];
  if (['collect', 'timestamps', 'loopHead', 'loopTail'].includes(step.kind)) return ['open', 'finish', 'close'];
  return ['record', 'record', 'record', 'open', 'finish', 'close'];
}

function pick<T>(random: Random, options: readonly T[]): T {
  return options[randomInt(random, options.length)]!;
}
