/**
 * What follows for restarts when the results of tasks are kept until the job ends (Flink: blocking results in
 * `RestartPipelinedRegionFailoverStrategy`): a region is started when all that it reads has been made, and restarts
 * alone, for it can read that again.
 *
 * Invariants:
 * - Nobody reads the result of an attempt that is to run again: whoever has been started with it restarts, too.
 * - With no results kept (`inputs` all empty) every region is ready, and a failure restarts its own alone.
 */
import { type AttemptId, attemptOf, currentAttempts, type ExecutionGraph, regionOf } from './execution-graph.js';
import type { SubtaskId } from './slots.js';

/** The regions with a task that may be started: CREATED, with all that they read complete and to stay. */
export function readyRegions(graph: ExecutionGraph): ReadonlySet<number> {
  const unmade = new Set(graph.pendingRestarts.flatMap(({ regions }) => regions));
  const created = new Set<number>();
  for (const attempt of currentAttempts(graph)) {
    if (attempt.state !== 'FINISHED') unmade.add(regionOf(graph, attempt));
    if (attempt.state === 'CREATED') created.add(regionOf(graph, attempt));
  }
  return new Set([...created].filter((region) => !graph.inputs[region]!.some((input) => unmade.has(input))));
}

/** @param lost the attempt whose result the failed task could not read, if that is why it failed. */
export function regionsToRestart(graph: ExecutionGraph, failed: SubtaskId, lost: AttemptId | undefined): number[] {
  const restart = new Set([regionOf(graph, failed)]);
  if (lost && attemptOf(graph, lost).number === lost.attempt) restart.add(regionOf(graph, lost));
  const started = new Set(currentAttempts(graph).filter(({ state }) => state !== 'CREATED').map((attempt) => regionOf(graph, attempt)));
  for (let before = 0; before < restart.size; ) {
    before = restart.size;
    graph.inputs.forEach((inputs, region) => started.has(region) && inputs.some((input) => restart.has(input)) && restart.add(region));
  }
  return [...restart].sort((a, b) => a - b);
}
