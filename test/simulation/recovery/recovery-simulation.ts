/**
 * One simulated run of a job that is made to fail, from a seed to a verdict: draw a job, a cluster, settings of its
 * checkpoints and faults of every kind, run it through crashes, restarts, savepoints, stops and kills to its end, and
 * hold what it has made visible against the model.
 *
 * The properties, besides those that `recovery-cluster.ts`, `simulated-disk.ts` and `transaction-ledger.ts` check while
 * it runs:
 *  1. the job finishes, within a bounded number of steps after the last fault;
 *  2. what it has made visible is what the model says, none lost and none doubled; at least once: none lost;
 *  3. nothing is left: no task, timer, open transaction, unfinished upload, nor a file that no snapshot of the user's needs.
 */
import { metadataSchema } from '../../../src/checkpoint/metadata-file.js';
import { mostSubtasks, type ResourceRequirements } from '../../../src/cluster/resource-requirements.js';
import type { RestoreSettings } from '../../../src/cluster/prepare-restore.js';
import { Configuration } from '../../../src/core/configuration.js';
import {
  AlignedCheckpointTimeout, CheckpointDirectory, CheckpointInlineThreshold, CheckpointInterval, CheckpointMode, CheckpointTimeout, FailoverStrategy, FixedDelay,
  FixedDelayAttempts, KernelSpecialisation, MaxConcurrentCheckpoints, MinPauseBetweenCheckpoints, RestartStrategyType, RetainedCheckpoints, SavepointDirectory, SchedulerType,
  TolerableFailedCheckpoints, UnalignedCheckpoints,
} from '../../../src/core/options.js';
import { FlinkError } from '../../../src/core/errors.js';
import { randomInt, seededRandom } from '../../../src/core/random.js';
import type { JobGraph } from '../../../src/graph/job-graph.js';
import { Scheduler } from '../scheduler.js';
import type { RecoveryDefect } from './recovery-defects.js';
import { expectedRecords, randomRecoveryJob, recordsBefore, randomWidths, type RecoveryJob } from './recovery-job.js';
import { type Beginning, RecoveryProcess } from './recovery-cluster.js';
import { type FaultPlan, randomFaults, RecoveryWorld } from './recovery-world.js';
import { SimulatedDisk } from './simulated-disk.js';

const STEPS_MAX = 60_000;
const TRACE_LINES = 80;
const CHECKPOINTS = '/checkpoints';
const SAVEPOINTS = '/savepoints';

export interface RecoveryRun {
  readonly seed: number;
  readonly about: string;
  readonly steps: number;
  /** Virtual milliseconds. */
  readonly time: number;
  readonly processes: number;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
}

/** @param rescales whether somebody may require another parallelism of the job while it runs. */
export async function simulateRecovery(seed: number, defect?: RecoveryDefect, rescales = true): Promise<RecoveryRun> {
  // Everything that is loaded is loaded before: files take a time of their own.
  await metadataSchema();
  const scheduler = new Scheduler(seed);
  scheduler.preemption *= 0.5;
  const run = new SimulatedRecovery(scheduler, defect, rescales);
  await run.toTheEnd();
  const { about, processes } = run;
  return { seed, about, steps: scheduler.steps, time: scheduler.time, processes, violations: scheduler.violations, trace: scheduler.trace };
}

/** @param lines of the trace, the last ones. */
export function reportRecovery(run: RecoveryRun, lines = TRACE_LINES): string {
  return `seed ${run.seed} (replay: npm run simulate -- --seed ${run.seed} --runs 1 --trace), ${run.about}, ${run.steps} steps\n` +
    `${run.violations.slice(0, 10).join('\n')}\nlast events:\n  ${run.trace.slice(-lines).join('\n  ')}`;
}

/** What somebody does to the job from outside. */
type Act = 'rescale' | 'lose' | 'kill' | 'checkpoint' | 'savepoint' | 'stop' | 'drain' | 'cancel' | 'clock back';

interface Setting {
  readonly job: RecoveryJob;
  readonly configuration: Configuration;
  readonly exactlyOnce: boolean;
  readonly onDisk: boolean;
  readonly acts: { readonly act: Act; readonly after: number }[];
}

class SimulatedRecovery {
  readonly about: string;
  processes = 0;
  private readonly world: RecoveryWorld;
  private readonly disk: SimulatedDisk;
  private readonly setting: Setting;
  private process!: RecoveryProcess;
  private killed = false;
  /** What was asked for and has not been answered. */
  private asked: Act | undefined;
  /** The job has come to its last end, though its process may not have said so. */
  private itsOver = false;
  /** What the next process goes on from, when this one has ended. */
  private next: RestoreSettings | undefined;
  private nextActAt = 0;

  constructor(private readonly scheduler: Scheduler, private readonly defect: RecoveryDefect | undefined, rescales: boolean) {
    const { random } = scheduler;
    this.world = new RecoveryWorld(scheduler, randomFaults(random));
    this.disk = new SimulatedDisk(this.world);
    this.setting = randomSetting(scheduler, this.world.faults, defect, rescales);
    const { job, configuration, acts } = this.setting;
    this.about = `${JSON.stringify({ job, acts: acts.map(({ act, after }) => `${act}+${after}`).join(), faults: this.world.faults, settings: Object.fromEntries(configuration.entries()) })}`;
    scheduler.note(this.about);
    this.nextActAt = acts[0]?.after ?? 0;
    this.begin(undefined);
  }

  async toTheEnd(): Promise<void> {
    const { scheduler } = this;
    const how = await scheduler.run(() => this.over(), STEPS_MAX);
    if (how !== 'done') return scheduler.violated(`the job did not end: ${how}, ${this.process.master?.status() ?? String(this.process.refused)}`);
    // Whatever still runs now runs after the end.
    if ((await scheduler.run(() => false, STEPS_MAX)) !== 'quiet') scheduler.violated('the cluster never came to rest after its job');
    this.checkVisible();
    this.checkNothingLeft();
  }

  /** Acts when it is time; true when the job has come to its last end. */
  private over(): boolean {
    const { process, setting: { acts } } = this;
    if (this.asked === undefined && process.refused) this.restartRefused(process.refused);
    else if (this.asked === undefined && process.result) return this.ended(process);
    else if (process.master && this.mayAct(acts[0]?.act) && this.scheduler.steps >= this.nextActAt) this.act(acts.shift()!.act);
    return this.itsOver;
  }

  /** Whoever waits for an answer does nothing else; but whoever cancels with a savepoint has to look after both. */
  private mayAct(act: Act | undefined): boolean {
    return act !== undefined && (this.asked === undefined || (act === 'kill' && this.asked !== 'cancel'));
  }

  private ended({ result }: RecoveryProcess): boolean {
    const { next } = this;
    this.next = undefined;
    if (next) {
      this.begin(next);
      return false;
    }
    if (result!.status === 'FINISHED') return true;
    // It failed while it stopped: whoever stopped it goes on from the savepoint that it names.
    if (result!.error instanceof FlinkError && result!.error.code === 'STOP_FAILED') {
      this.begin(this.from(result!.savepoint!));
      return false;
    }
    this.scheduler.violated(`the job ended ${result!.status}: ${String(result!.error?.stack)}`);
    return true;
  }

  private begin(from: Beginning | undefined): void {
    const { scheduler, world, disk, defect, setting: { job, configuration } } = this;
    const widths = randomWidths(scheduler.random);
    // A job that goes on reads to the end what a drain had cut short.
    disk.drained = false;
    this.process = new RecoveryProcess({
      world, disk, job, widths, configuration, from, defect, taskManagers: 1 + randomInt(scheduler.random, 3), ordinal: this.processes++,
    });
  }

  /** Only what was injected may keep a process from starting; whoever started it tries again. */
  private restartRefused(error: Error): void {
    if (!/injected/.test(error.message)) {
      this.scheduler.violated(`a process could not start: ${String(error.stack)}`);
      this.itsOver = true;
      return;
    }
    this.scheduler.note(`refused: ${error.message}`);
    this.begin(this.process.options.from);
  }

  private act(act: Act): void {
    const { scheduler, process } = this;
    this.nextActAt = scheduler.steps + (this.setting.acts[0]?.after ?? 0);
    scheduler.note(`act: ${act}`);
    const master = process.master!;
    switch (act) {
      case 'lose': return process.lose(randomInt(scheduler.random, 3));
      case 'clock back': return void (scheduler.wallAhead -= scheduler.random.next() * 5000);
      case 'rescale': return this.await(act, master.requirements!.set(randomRequirements(scheduler, this.setting.job, master.description.jobGraph)), () => {});
      case 'checkpoint': return this.await(act, master.triggerCheckpoint(), () => {});
      case 'savepoint': return this.await(act, master.triggerSavepoint({ format: scheduler.pick(['canonical', 'native']) }), () => {});
      case 'stop': return this.await(act, master.stopWithSavepoint({ format: scheduler.pick(['canonical', 'native']) }), (path) => this.goOnFrom(path));
      case 'drain': return this.await(act, master.stopWithSavepoint({ drain: true }), (path) => (scheduler.chance(0.5) ? this.goOnFrom(path) : void (this.itsOver = true)));
      case 'cancel': return this.await(act, master.cancelWithSavepoint(), (path) => this.goOnFrom(path), master.result);
      case 'kill': return this.kill(process);
    }
  }

  private kill(process: RecoveryProcess): void {
    const { asked, disk } = this;
    const status = process.master!.status();
    const ended = (status === 'FINISHED' || status === 'FAILED') && !disk.anyCheckpoint(CHECKPOINTS);
    this.killed = true;
    this.asked = undefined;
    process.kill();
    if (!ended) return this.begin('recovery');
    // Its last checkpoint was gone: that is its end, and only the answer is missing. Whoever stopped it finds the savepoint.
    this.scheduler.note('killed after its end');
    if (asked === 'stop' || status === 'FAILED') return this.begin({ path: disk.lastSavepoint(SAVEPOINTS)!, allowNonRestoredState: false, claimMode: 'NO_CLAIM' });
    this.itsOver = true;
  }

  /** The rest waits for the answer; that it is refused is no fault. */
  private await<T>(act: Act, answer: Promise<T>, then: (answer: T) => void, until: Promise<unknown> = Promise.resolve()): void {
    this.asked = act;
    answer.then(then, (error: Error) => this.scheduler.note(`refused: ${error.message}`)).then(() => until).finally(() => (this.asked = undefined));
  }

  private goOnFrom(path: string): void {
    this.next = this.from(path);
  }

  private from(path: string): RestoreSettings {
    return { path, allowNonRestoredState: false, claimMode: this.scheduler.chance(0.5) ? 'CLAIM' : 'NO_CLAIM' };
  }

  private checkVisible(): void {
    const { scheduler, setting: { job, exactlyOnce } } = this;
    const visible = this.world.ledger.visible().sort();
    const expected = this.disk.drained ? recordsBefore(job, visible) : expectedRecords(job);
    const lost = without(expected, visible);
    const surplus = without(visible, expected);
    if (lost.length > 0) scheduler.violated(`lost: ${lost.slice(0, 5).join(' ')} (${lost.length} of ${expected.length})`);
    const known = new Set(expected);
    const foreign = exactlyOnce ? surplus : surplus.filter((record) => !known.has(record));
    if (foreign.length > 0) scheduler.violated(`not due: ${foreign.slice(0, 5).join(' ')} (${foreign.length} beside ${expected.length})`);
  }

  private checkNothingLeft(): void {
    const { scheduler, disk, process, killed } = this;
    for (const left of process.leftovers()) scheduler.violated(`${left} after the end`);
    if (disk.uploads > 0) scheduler.violated(`${disk.uploads} files were begun and forgotten`);
    const lost = killed || this.scheduler.threads.some(({ alive }) => !alive);
    if (!lost && this.world.ledger.open > 0) scheduler.violated(`${this.world.ledger.open} transactions are open after the end`);
    const files = [...disk.files.keys()].filter((path) => path.startsWith(CHECKPOINTS));
    if (!lost && !disk.failed && files.length > 0) scheduler.violated(`files are left: ${files.slice(0, 4).join(' ')} (${files.length})`);
  }
}

function randomSetting(scheduler: Scheduler, faults: FaultPlan, defect: RecoveryDefect | undefined, rescales: boolean): Setting {
  const { random } = scheduler;
  const exactlyOnce = defect !== undefined || scheduler.chance(0.85);
  const onDisk = scheduler.chance(0.8);
  const job = randomRecoveryJob(random, exactlyOnce ? undefined : scheduler.pick(['relay', 'async']));
  // With other jobs a drain makes visible what the model does not know.
  const mayDrain = job.kind === 'relay' || job.kind === 'async';
  const acts = Array.from({ length: scheduler.chance(0.7) ? 1 + randomInt(random, 4) : 0 }, () => ({
    act: scheduler.pick<Act>(['lose', 'checkpoint', 'savepoint', 'stop', 'stop', 'cancel', 'clock back', ...(mayDrain ? (['drain'] as const) : []), ...(onDisk ? (['kill', 'kill'] as const) : [])]),
    after: Math.floor(10 ** (random.next() * 3)),
  }));
  if (rescales) addRescales(scheduler.seed, acts);
  return { job, exactlyOnce, onDisk, acts, configuration: randomConfiguration(scheduler, job, faults, exactlyOnce, onDisk, defect) };
}

/** Drawn apart from all else: without them a seed still gives the run that it gave before there were any. */
function addRescales(seed: number, acts: Setting['acts']): void {
  const random = seededRandom(~seed);
  const count = random.next() < 0.4 ? 1 + randomInt(random, 3) : 0;
  for (let left = count; left > 0; left--) acts.splice(randomInt(random, acts.length + 1), 0, { act: 'rescale', after: Math.floor(10 ** (random.next() * 3)) });
}

function randomConfiguration(scheduler: Scheduler, job: RecoveryJob, faults: FaultPlan, exactlyOnce: boolean, onDisk: boolean, defect: RecoveryDefect | undefined): Configuration {
  // Where the world is slow, or one thread wakes for each of many tasks all the time, checkpoints take their time: with less the job would never get on.
  const oftenAwake = !job.chaining && job.bufferTimeoutMs > 0 && job.bufferTimeoutMs <= 5;
  const configuration = new Configuration()
    .set(KernelSpecialisation, false)
    .set(CheckpointInterval, scheduler.pick([10, 20, 50, 100]))
    .set(CheckpointTimeout, faults.diskMs > 100 || faults.fsyncMs > 0 ? 5000 : Math.max(oftenAwake ? 2000 : 0, scheduler.pick(faults.diskMs + faults.outsideMs > 10 ? [2000, 5000] : [1000, 2000, 5000])))
    .set(MinPauseBetweenCheckpoints, scheduler.pick([0, 0, 10]))
    .set(TolerableFailedCheckpoints, scheduler.pick([0, 3, 1000]))
    .set(RetainedCheckpoints, scheduler.pick([1, 1, 3]))
    .set(CheckpointMode, exactlyOnce ? 'EXACTLY_ONCE' : 'AT_LEAST_ONCE')
    .set(SavepointDirectory, SAVEPOINTS)
    .set(SchedulerType, 'adaptive')
    .set(RestartStrategyType, 'fixed-delay').set(FixedDelayAttempts, 1000).set(FixedDelay, scheduler.pick([0, 1, 20]))
    .set(FailoverStrategy, scheduler.pick(['region', 'full']));
  if (onDisk) configuration.set(CheckpointDirectory, CHECKPOINTS).set(CheckpointInlineThreshold, scheduler.pick([0, 0, 100, 20_000]));
  const unaligned = defect === 'forgets records in flight' || (defect !== 'no alignment' && exactlyOnce && scheduler.chance(0.4));
  if (unaligned) configuration.set(UnalignedCheckpoints, true).set(AlignedCheckpointTimeout, scheduler.pick([0, 0, 5]));
  else configuration.set(MaxConcurrentCheckpoints, scheduler.pick([1, 1, 3]));
  return configuration;
}

/** Any bounds that the vertices may have; without another order of records on the way where what comes in another order is late. */
function randomRequirements({ random }: Scheduler, { kind }: RecoveryJob, { vertices, edges }: JobGraph): ResourceRequirements {
  const bounds = new Map<string, ResourceRequirements[string]>();
  for (const vertex of vertices) {
    const ordered = kind !== 'relay' && kind !== 'async';
    const before = edges.find(({ partitioning, targetVertex }) => partitioning === 'FORWARD' && targetVertex === vertex.id);
    const onlyOne = kind === 'broadcast' && vertex.name.startsWith('Source: b');
    const upperBound = onlyOne ? 1 : 1 + randomInt(random, Math.min(4, mostSubtasks(vertex)));
    bounds.set(vertex.id, (ordered && before ? bounds.get(before.sourceVertex) : undefined) ?? { lowerBound: 1 + randomInt(random, upperBound), upperBound });
  }
  return Object.fromEntries(bounds);
}

/** What is in the first sorted list and not in the second, as multisets. */
function without(of: readonly string[], other: readonly string[]): string[] {
  const left: string[] = [];
  let at = 0;
  for (const text of of) {
    while (at < other.length && other[at]! < text) at++;
    if (other[at] === text) at++;
    else left.push(text);
  }
  return left;
}
