/**
 * One simulated run, from a seed to a verdict: draw a job, a cluster and a fault, run it to its end, and hold what
 * happened against what must be true of every run.
 *
 * The properties:
 *  1. every job ends, within a bounded number of steps, and no thread throws outside of a task;
 *  2. a job without a fault finishes, and its sinks wrote exactly what the reference interpreter says; with one, no
 *     record is written that the reference does not know; one that may restart finishes in spite of its fault, and
 *     every record is written, those since the last checkpoint (or the start) once more, with the results of state
 *     in which every record counted once;
 *  3. the job's end is the right one, and a failure is named after the operator that caused it;
 *  4. order holds within a channel, records go where their partitioning says, no record is late, watermarks only rise
 *     and the last one comes before `finish` (checked by `operator-life.ts` while it runs);
 *  5. every operator, reader and enumerator that came to life is closed exactly once before the job has ended, and
 *     none of them is called afterwards; no timer is left behind;
 *  6. accumulators and counters of the result agree with what happened.
 */
import type { JobResult } from '../../src/cluster/running-job.js';
import { isJobTerminal } from '../../src/cluster/execution/job-state.js';
import { FlinkError } from '../../src/core/errors.js';
import { randomInt } from '../../src/core/random.js';
import { randomJob, stepName } from './random-job.js';
import { type Expected, interpret } from './reference.js';
import { Scheduler } from './scheduler.js';
import { type Defect, SimulatedCluster, type SimulatedJob } from './simulated-cluster.js';
import { type Checkpoints, type Fault, randomFault, randomRestarts, World } from './world.js';

const STEPS_MAX = 100_000;
/** The last lines of the trace that a failure shows. */
const TRACE_LINES = 60;

export interface Run {
  readonly seed: number;
  readonly fault: Fault;
  readonly checkpoints: Checkpoints | undefined;
  /** How many of them were completed. */
  readonly completed: number;
  /** How often tasks of the first job were started again. */
  readonly restarts: number;
  /** Some of them and not others. */
  readonly inPart: boolean;
  readonly status: JobResult['status'] | undefined;
  readonly steps: number;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
}

export async function simulate(seed: number, defect?: Defect): Promise<Run> {
  const scheduler = new Scheduler(seed);
  const { random } = scheduler;
  const taskManagers = 1 + randomInt(random, 4);
  const jobs = Array.from({ length: scheduler.chance(0.2) ? 2 : 1 }, () => randomJob(random));
  const restarts = randomRestarts(random);
  const fault: Fault = defect ? { kind: 'none' } : randomFault(random, jobs[0]!, taskManagers, restarts);
  const worlds = jobs.map((job, at) => new World(scheduler, job, at === 0 ? fault : { kind: 'none' }, restarts));
  const run = new SimulatedRun(new SimulatedCluster(scheduler, worlds, taskManagers, defect), fault);
  await run.toTheEnd();
  return { seed, fault, checkpoints: worlds[0]!.checkpoints, completed: run.completed, restarts: run.restarts, inPart: run.inPart, status: run.status, steps: scheduler.steps, violations: scheduler.violations, trace: scheduler.trace };
}

/** What a failed run shows: the seed, what was violated, and what happened last. */
export function report(run: Run): string {
  const traced = run.trace.slice(-TRACE_LINES).join('\n  ');
  return `seed ${run.seed} (replay: FLINK_SIMULATION_SEED=${run.seed}), fault ${JSON.stringify(run.fault)}, checkpoints ${JSON.stringify(run.checkpoints ?? null)}, ${run.restarts} restarts, ${run.steps} steps, ended ${run.status}\n` +
    `${run.violations.slice(0, 10).join('\n')}\nlast events:\n  ${traced}`;
}

class SimulatedRun {
  private injected = false;
  private readonly verdicts: JobVerdict[];

  /** @param fault the first job's. */
  constructor(private readonly cluster: SimulatedCluster, private readonly fault: Fault) {
    this.verdicts = cluster.jobs.map((job) => new JobVerdict(job, cluster.scheduler, () => this.injected));
  }

  get status(): JobResult['status'] | undefined {
    return this.verdicts[0]!.result?.status;
  }

  get restarts(): number {
    return this.cluster.jobs[0]!.master.snapshot().restarts;
  }

  get completed(): number {
    return this.cluster.jobs[0]!.master.checkpoints().counts.completed;
  }

  get inPart(): boolean {
    const { vertices } = this.cluster.jobs[0]!.master.snapshot();
    return new Set(vertices.flatMap(({ subtasks }) => subtasks.map(({ attempt }) => attempt))).size > 1;
  }

  async toTheEnd(): Promise<void> {
    const { scheduler, jobs } = this.cluster;
    const ended = (): boolean => {
      this.injectWhenDue();
      return this.verdicts.every(({ result }) => result !== undefined);
    };
    let how = await scheduler.run(ended, STEPS_MAX);
    if (how === 'quiet' && this.inject()) how = await scheduler.run(ended, STEPS_MAX);
    if (how !== 'done') return scheduler.violated(`a job did not end: ${how}, ${jobs.map(({ master }) => master.status()).join()}`);
    const finished = this.verdicts.every(({ result }) => result!.status === 'FINISHED');
    for (const thread of scheduler.threads) {
      if (finished && thread.pendingTimers > 0) scheduler.violated(`${thread.name} still has timers when every job has finished`);
    }
    // Whatever still runs now runs after the end.
    if ((await scheduler.run(() => false, STEPS_MAX)) !== 'quiet') scheduler.violated('the cluster never came to rest after its jobs');
  }

  private injectWhenDue(): void {
    const { fault } = this;
    if (!('atStep' in fault)) return;
    const due = 'atPlace' in fault && fault.atPlace ? this.cluster.jobs[0]!.world.entered : this.cluster.scheduler.steps >= fault.atStep;
    if (due) this.inject();
  }

  /** Makes the planned fault happen; false when there is none of that kind or it has happened. */
  private inject(): boolean {
    const { fault } = this;
    if (!('atStep' in fault) || this.injected) return false;
    this.injected = true;
    this.cluster.scheduler.note(`fault: ${fault.kind}`);
    if (fault.kind === 'lose') this.cluster.lose(fault.taskManager);
    else this.verdicts[0]!.cancel();
    return true;
  }
}

/** Holds one job's end against what must be true of it. */
class JobVerdict {
  result: JobResult | undefined;
  private cancelled = false;

  constructor(private readonly job: SimulatedJob, private readonly scheduler: Scheduler, private readonly injected: () => boolean) {
    void job.master.result.then((result) => {
      this.result = result;
      this.check(result);
    });
  }

  cancel(): void {
    this.cancelled = !isJobTerminal(this.job.master.status());
    this.job.master.cancel();
  }

  private get world(): World {
    return this.job.world;
  }

  private check(result: JobResult): void {
    const expected = interpret(this.world.job);
    this.checkEnd(result);
    this.checkLives();
    this.checkWritten(result, expected);
    // With checkpoints the last attempts did not see everything.
    if (result.status === 'FINISHED' && !(this.world.checkpoints && result.final.restarts > 0)) this.checkCounters(result, expected);
    if (result.final.vertices.some((vertex) => vertex.subtasks.some(({ state }) => !['FINISHED', 'CANCELED', 'FAILED'].includes(state)))) {
      this.scheduler.violated('the job ended before all of its tasks');
    }
  }

  private checkEnd({ status, error }: JobResult): void {
    const { scheduler, world: { fault, struck, job } } = this;
    const mayRestart = this.world.restarts.attempts > 0;
    const failed = fault.kind === 'throw' && struck && !mayRestart;
    const lost = this.threadGone && status === 'FAILED' && !failed && !mayRestart;
    const due = failed || lost ? 'FAILED' : this.cancelled ? 'CANCELED' : 'FINISHED';
    if (status !== due) scheduler.violated(`ended ${status} in place of ${due}: ${String(error)}`);
    if (lost && (error as FlinkError).code !== 'TASK_MANAGER_LOST') scheduler.violated(`a lost TaskManager was reported as ${String(error)}`);
    if (!failed || status !== 'FAILED') return;
    if (!/injected into/.test(error!.message)) scheduler.violated(`failed by ${error!.stack} in place of what was injected`);
    const name = stepName(job.steps[fault.step - 1]!);
    const named = error instanceof FlinkError ? error.place?.operator : undefined;
    if (fault.place !== 'program' && named !== name) scheduler.violated(`a failure of "${name}" was named after "${named}"`);
  }

  private get threadGone(): boolean {
    return this.injected() && this.scheduler.threads.some((thread) => !thread.alive);
  }

  private checkLives(): void {
    const { scheduler, world: { lives, unclosed } } = this;
    for (const life of lives) {
      life.expect(life.stage === 'closed', `is ${life.stage} when the job has ended`);
    }
    const killed = scheduler.threads.some((thread) => !thread.alive);
    if (!killed) for (const name of unclosed) scheduler.violated(`${name} was not closed when the job ended`);
  }

  private checkWritten({ status, final: { restarts } }: JobResult, { sinks }: Expected): void {
    const { scheduler, world: { written } } = this;
    for (const [sink, due] of sinks) {
      const records = [...(written.get(sink) ?? [])].sort();
      // Without checkpoints what was written before a restart is written again.
      const known = new Set(due);
      const surplus = restarts > 0 ? records.filter((text) => !known.has(text)) : difference(records, due);
      if (surplus.length > 0) scheduler.violated(`sink ${sink} wrote what is not due: ${surplus.slice(0, 5).join(' ')} (${surplus.length})`);
      const missing = status === 'FINISHED' ? difference(due, records) : [];
      if (missing.length > 0) scheduler.violated(`sink ${sink} misses ${missing.slice(0, 5).join(' ')} (${missing.length} of ${due.length})`);
    }
  }

  private checkCounters({ final, accumulators }: JobResult, { sinks, arriving }: Expected): void {
    const { scheduler, job: { jobGraph }, world: { job } } = this;
    for (const vertex of final.vertices) {
      const head = jobGraph.vertices.find((candidate) => candidate.id === vertex.id)!.operators[0]!.nodeId;
      const counted = vertex.subtasks.reduce((sum, subtask) => sum + subtask.recordsIn, 0);
      if (counted !== arriving.get(head)) scheduler.violated(`${vertex.name} counted ${counted} records in, ${arriving.get(head)} came`);
    }
    for (const step of job.steps.filter(({ kind }) => kind === 'sink')) {
      const value = accumulators[stepName(step)]?.value;
      if (value !== sinks.get(step.id)!.length) scheduler.violated(`the accumulator of ${stepName(step)} is ${String(value)}, not ${sinks.get(step.id)!.length}`);
    }
  }
}

/** What is in the first sorted list and not in the second, as multisets. */
function difference(of: readonly string[], without: readonly string[]): string[] {
  const left: string[] = [];
  let at = 0;
  for (const text of of) {
    while (at < without.length && without[at]! < text) at++;
    if (without[at] === text) at++;
    else left.push(text);
  }
  return left;
}
