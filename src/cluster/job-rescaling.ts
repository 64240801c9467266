/**
 * Brings a running job to the parallelism that somebody requires of it: slots, a checkpoint, another start from there
 * (Flink: the adaptive scheduler with `JobResourceRequirements`).
 *
 * Invariants:
 * - A job stays as it is until it has the slots and a checkpoint to go on from. What keeps it from these is told, and
 *   changes nothing else.
 * - One change at a time; of several requirements that come meanwhile the last one counts.
 */
import { FlinkError } from '../core/errors.js';
import type { JobGraph } from '../graph/job-graph.js';
import { rescaledGraph } from '../graph/rescaled-graph.js';
import type { JobStatus } from '../program/pipeline-executor.js';
import { initialRequirements, KEEPS_PARALLELISM, parallelismWith, type RememberedRequirements, requirementErrors, type ResourceRequirements, slotNeed, withoutOpenBounds } from './resource-requirements.js';
import { isJobTerminal } from './execution/job-state.js';
import { requiredSlots } from './execution/slots.js';
import type { JobRequirements } from './running-job.js';

/** Where a job gets slots from when it is to have another number of them; there are always enough where nobody counts. */
export interface SlotAccount {
  /** Resolves with how many the job has now: as many of `most` as there are, and no fewer than before. */
  extend(most: number): Promise<number>;
  /** The job has no use for more than these. */
  keep(slots: number): void;
}

export interface JobRescalingOptions {
  /** As the program describes it. */
  readonly jobGraph: JobGraph;
  /** What was required of it before this process; as the program describes it unless given. */
  readonly requirements?: ResourceRequirements | undefined;
  readonly slots?: SlotAccount | undefined;
  /** Awaited before new requirements count; what it rejects with is passed on. */
  readonly remember?: ((known: RememberedRequirements) => Promise<void>) | undefined;
  readonly status: () => JobStatus;
  /** Every task of the job runs, or has come to its end. */
  readonly allRun: () => boolean;
  /** Calls after every change of a state; returns the function that ends it. */
  readonly whenChanged: (call: () => void) => () => void;
  readonly checkpoint: () => Promise<unknown>;
  /** Begins to start the job again, as this graph. @returns false when it stays as it is. */
  readonly restart: (jobGraph: JobGraph) => boolean;
  /** Told why the job stays as it is. */
  readonly failed: (error: FlinkError) => void;
}

export class JobRescaling implements JobRequirements {
  private required: ResourceRequirements;
  private current: JobGraph;
  private busy = false;
  /** Requirements have come since the last look. */
  private due = false;
  /** One after the other is remembered, so that the last one is remembered last. */
  private remembered: Promise<unknown> = Promise.resolve();

  /** @param current the job as it begins. */
  constructor(private readonly options: JobRescalingOptions, current: JobGraph) {
    this.required = options.requirements ?? initialRequirements(options.jobGraph);
    this.current = current;
  }

  get(): ResourceRequirements {
    return this.required;
  }

  async set(wanted: ResourceRequirements): Promise<void> {
    const { jobGraph, remember, status } = this.options;
    const required = withoutOpenBounds(jobGraph, wanted);
    const errors = requirementErrors(jobGraph, required);
    if (errors.length > 0) throw new FlinkError('INVALID_ARGUMENT', errors.join('; '));
    if (isJobTerminal(status())) throw new FlinkError('RESCALING_FAILED', `the job ${jobGraph.jobId} has ended: it is ${status()}`);
    const before = this.remembered.catch(() => {});
    await (this.remembered = before.then(() => remember?.({ requirements: required, slots: requiredSlots(this.current) })));
    this.required = required;
    this.due = true;
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.due && (await this.untilAllRun())) {
      this.due = false;
      await this.change().catch((error: unknown) => this.gaveUp(error));
    }
    this.busy = false;
  }

  /** Rejects with what keeps the job from changing. */
  private async change(): Promise<void> {
    const { options: { jobGraph, slots, restart, checkpoint }, required } = this;
    const { least, most } = slotNeed(jobGraph, required);
    const had = requiredSlots(this.current);
    const granted = slots && most > had ? await slots.extend(most) : most;
    try {
      const parallelism = parallelismWith(jobGraph, required, granted);
      if (!parallelism) throw tooFewSlots(least, granted);
      const next = rescaledGraph(jobGraph, parallelism);
      if (sameParallelism(this.current, next)) {
        if (granted < most) throw usesWhatThereIs(granted, most);
        return;
      }
      await checkpoint();
      // Somebody wants something else by now.
      if (this.due) return;
      if (!restart(next)) throw new FlinkError('RESCALING_FAILED', `${KEEPS_PARALLELISM}: it is about to end`);
      this.current = next;
    } finally {
      slots?.keep(requiredSlots(this.current));
    }
  }

  /** A checkpoint that a failure of the job has kept from completing is no answer: it is tried again when the job runs. */
  private gaveUp(cause: unknown): void {
    if (!this.options.allRun()) {
      this.due = !isJobTerminal(this.options.status());
      return;
    }
    const because = cause instanceof FlinkError ? { cause, hint: cause.hint } : { cause };
    const message = cause instanceof Error ? cause.message : String(cause);
    this.options.failed(cause instanceof FlinkError && cause.code === 'RESCALING_FAILED' ? cause : new FlinkError('RESCALING_FAILED', `${KEEPS_PARALLELISM}: ${message}`, because));
  }

  /** Resolves with false when the job has ended instead. */
  private untilAllRun(): Promise<boolean> {
    const { status, allRun, whenChanged } = this.options;
    const answer = (): boolean | undefined => (isJobTerminal(status()) ? false : allRun() ? true : undefined);
    const now = answer();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve) => {
      const stop = whenChanged(() => {
        const then = answer();
        if (then === undefined) return;
        stop();
        resolve(then);
      });
    });
  }
}

function tooFewSlots(least: number, granted: number): FlinkError {
  return new FlinkError('RESCALING_FAILED', `the lower bounds take ${least} slots, of which ${least - granted} ${least - granted === 1 ? 'is' : 'are'} missing: ${KEEPS_PARALLELISM}`, {
    hint: 'Lower the bounds, cancel other jobs, or start the cluster with more slots, and set the bounds again.',
  });
}

/** It is within its bounds; but whoever raised them waits for something. */
function usesWhatThereIs(granted: number, most: number): FlinkError {
  return new FlinkError('RESCALING_FAILED', `the upper bounds take ${most} slots, and the job has all ${granted} that it can get: ${KEEPS_PARALLELISM}`, {
    hint: 'Cancel other jobs, or start the cluster with more slots, and set the bounds again.',
  });
}

function sameParallelism(one: JobGraph, other: JobGraph): boolean {
  return one.vertices.every(({ parallelism }, at) => parallelism === other.vertices[at]!.parallelism);
}
