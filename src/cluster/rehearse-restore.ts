/**
 * Compares the states that operators ask for with those of a snapshot before anything is deployed: each operator that
 * has state there is made once, in the JobManager's own copy of the program, with memory that knows the names and kinds
 * of the states and none of their entries.
 *
 * What an operator asks for when it is made (windows, timers, aggregations, joins) is compared before every run. What the
 * author's functions ask for when they open is compared here in a dry run only, for opening may do anything; a run
 * compares it in its tasks, before the job begins.
 *
 * Invariants: no record and no entry of a state is read; sources and sinks are not touched; what has been opened is closed.
 */
import type { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import { keyGroupRange } from '../core/key-group.js';
import { registeredClasses } from '../core/serialization/class-registry.js';
import type { ChainedOperator, JobGraph, JobVertex } from '../graph/job-graph.js';
import type { Operator, OperatorContext } from '../operators/operator.js';
import { isFullyFinished, type SnapshotMetadata, type SnapshotOperator } from '../checkpoint/snapshot-metadata.js';
import type { JobProgram } from '../program/job-program.js';
import { executionFacts, SubtaskContext } from '../runtime/subtask-context.js';
import { HashMapBackend } from '../state/hash-map-backend.js';
import { OperatorStates, writtenByAnother } from '../state/operator-states.js';
import { stateBackendType } from './plan-deployments.js';
import { machine } from './surroundings.js';

/** A program, with all that its job is configured with. */
export interface RehearsedProgram extends Pick<JobProgram, 'graph' | 'definitions'> {
  readonly configuration: Configuration;
}

/** An operator that could not be opened for trial. */
export interface Unchecked {
  readonly operatorId: string;
  readonly name: string;
  /** What went wrong. */
  readonly reason: string;
}

interface Rehearsed {
  readonly vertex: JobVertex;
  readonly chained: ChainedOperator;
  readonly saved: SnapshotOperator;
}

/** @throws FlinkError STATE_INCOMPATIBLE for the first state that an operator is made with and cannot go on from. */
export function foreseeStates(snapshot: SnapshotMetadata, jobGraph: JobGraph, program: RehearsedProgram): void {
  const backend = stateBackendType(program.configuration, jobGraph.runtimeMode);
  for (const rehearsed of operatorsWithState(snapshot, jobGraph, program)) {
    checkBackend(rehearsed, backend);
    made(rehearsed, snapshot, jobGraph, program);
  }
}

/**
 * Opens and closes what has state in the snapshot, sinks excepted. Rejects with STATE_INCOMPATIBLE for the first state
 * that does not fit; answers with what could not be opened.
 */
export async function rehearseOpening(snapshot: SnapshotMetadata, jobGraph: JobGraph, program: RehearsedProgram): Promise<Unchecked[]> {
  const unchecked: Unchecked[] = [];
  for (const rehearsed of operatorsWithState(snapshot, jobGraph, program)) {
    const operator = made(rehearsed, snapshot, jobGraph, program);
    if (!operator || operator.opensLast) continue;
    try {
      await operator.open?.();
    } catch (error) {
      if (isIncompatible(error)) throw error;
      const { operatorId, name } = rehearsed.chained;
      unchecked.push({ operatorId, name, reason: error instanceof Error ? error.message : String(error) });
    } finally {
      await Promise.resolve(operator.close?.()).catch(() => {});
    }
  }
  return unchecked;
}

function operatorsWithState(snapshot: SnapshotMetadata, { vertices }: JobGraph, { definitions }: RehearsedProgram): Rehearsed[] {
  const found = new Map(snapshot.operators.filter((operator) => !isFullyFinished(operator) && operator.subtasks.length > 0).map((operator) => [operator.operatorId, operator]));
  return vertices.flatMap((vertex) => vertex.operators.flatMap((chained) => {
    const saved = found.get(chained.operatorId);
    return saved && definitions.get(chained.nodeId)?.kind === 'operator' ? [{ vertex, chained, saved }] : [];
  }));
}

function checkBackend({ chained, saved }: Rehearsed, backend: string): void {
  for (const { state } of saved.subtasks) {
    for (const handle of state.keyed) if (handle.format === 'native' && handle.backend !== backend) throw writtenByAnother(chained.name, handle.backend, backend);
  }
}

/** The operator with memory that knows the snapshot's states; undefined when it could not be made, which a run will tell. */
function made({ vertex, chained, saved }: Rehearsed, { checkpointId }: SnapshotMetadata, jobGraph: JobGraph, { graph, definitions, configuration }: RehearsedProgram): Operator | undefined {
  const definition = definitions.get(chained.nodeId);
  if (definition?.kind !== 'operator') return undefined;
  const runtime = new SubtaskContext({
    vertexId: vertex.id, nodeId: chained.nodeId, jobId: jobGraph.jobId, jobName: jobGraph.jobName, name: chained.name, subtask: 0,
    parallelism: vertex.parallelism, maxParallelism: chained.maxParallelism, attempt: 0, globalJobParameters: jobGraph.globalJobParameters,
    execution: executionFacts(configuration),
  });
  const keyed = graph.nodes.some(({ id, keyedInputs }) => id === chained.nodeId && keyedInputs.length > 0);
  const memory = new OperatorStates({
    operator: chained.name,
    runtimeAttach: (store) => runtime.attachKeyedState(store),
    clock: machine.clock,
    mailbox: NO_MAILBOX,
    backend: keyed ? () => new HashMapBackend() : undefined,
    keyGroups: { range: keyGroupRange(0, chained.maxParallelism, vertex.parallelism), maxParallelism: chained.maxParallelism },
    classes: registeredClasses,
  });
  let operator: Operator | undefined;
  try {
    operator = definition.operator.instantiate(surroundings(runtime, memory, checkpointId));
  } catch (error) {
    if (isIncompatible(error)) throw error;
    return undefined;
  }
  for (const { state } of saved.subtasks) memory.foresee(state);
  return operator;
}

const nothing = (): void => {};
const NO_MAILBOX = { execute: nothing };

/** No record comes, so nothing of this is used but state. */
function surroundings(runtime: SubtaskContext, memory: OperatorStates, checkpointId: number): OperatorContext {
  return {
    output: { emit: nothing, side: () => nothing, watermark: nothing, idle: nothing },
    runtime,
    specialise: (kernel) => kernel,
    gate: { hold: nothing, release: nothing, released: async () => {} },
    mailbox: NO_MAILBOX,
    clock: machine.clock,
    random: machine.random,
    get keyed() {
      return memory.keyed;
    },
    operatorState: memory.operator,
    restoredCheckpointId: checkpointId,
    host: { print: nothing, collect: nothing, feedback: () => ({ push: nothing, consume: nothing, idleMs: () => 0 }) },
  };
}

function isIncompatible(error: unknown): error is FlinkError {
  return error instanceof FlinkError && error.code === 'STATE_INCOMPATIBLE';
}
