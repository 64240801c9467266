import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttemptId, attemptName, attemptOf, createExecutionGraph, currentAttempts, type ExecutionGraph } from '../../../src/cluster/execution/execution-graph.js';
import { isExecutionTerminal } from '../../../src/cluster/execution/execution-state.js';
import { type ExecutionDecision, type ExecutionFact, stepExecution } from '../../../src/cluster/execution/execution-step.js';
import { regionsToRestart } from '../../../src/cluster/execution/kept-results.js';
import type { RestartStrategy } from '../../../src/cluster/execution/restart-strategy.js';
import { FlinkError } from '../../../src/core/errors.js';
import type { JobEdge, JobGraph, JobVertex } from '../../../src/graph/job-graph.js';
import type { Partitioning } from '../../../src/graph/stream-graph.js';
import { channelsOf } from '../../../src/graph/wiring.js';

type Wire = readonly [string, string, Partitioning];

function graphOf(parallelism: Readonly<Record<string, number>>, wires: readonly Wire[]): JobGraph {
  const vertices = Object.entries(parallelism).map(([id, width]): JobVertex => ({ id, name: id, parallelism: width, maxParallelism: 128, slotSharingGroup: 'default', bufferTimeoutMs: 100, operators: [], chainedEdges: [], kind: 'operator' }));
  const edges = wires.map(([sourceVertex, targetVertex, partitioning], at): JobEdge => ({ id: `e${at}`, sourceVertex, targetVertex, partitioning, sourceNode: 1, targetNode: 2, input: 0, streamEdge: at }));
  return { jobId: 'job', jobName: 'job', graphHash: '', runtimeMode: 'BATCH', globalJobParameters: {}, vertices, edges };
}

const ALWAYS: RestartStrategy = { name: 'test', afterFailure: () => ({ next: ALWAYS, delayMs: 1 }) };
const LOST = new FlinkError('RESULT_STORE', 'gone');

/** A job whose tasks do what they are told, one fact after the other. */
class Story {
  graph: ExecutionGraph;
  readonly due: number[] = [];
  /** By deployed attempt: the attempts whose results it reads. */
  readonly read = new Map<string, string[]>();

  constructor(private readonly job: JobGraph) {
    this.graph = createExecutionGraph(job, ALWAYS, 'region', true);
  }

  /** What is deployed on account of the facts, slots always being there. */
  takes(...facts: ExecutionFact[]): string {
    const deployed: string[] = [];
    const queue: ExecutionFact[] = [...facts];
    for (let fact = queue.shift(); fact; fact = queue.shift()) {
      const step = stepExecution(this.graph, fact);
      this.graph = step.graph;
      for (const decision of step.decisions) this.carryOut(decision, queue, deployed);
    }
    return deployed.join(' ');
  }

  finish(...tasks: string[]): string {
    return tasks.map((task) => this.takes({ type: 'task-reported', ...this.attempt(task), state: 'FINISHED', time: 0 })).filter(Boolean).join(' ');
  }

  fail(task: string, lost?: string): string {
    const told = this.takes({ type: 'task-failed', ...this.attempt(task), error: lost ? LOST : new Error('broke'), time: 0, ...(lost ? { lost: this.attempt(lost) } : {}) });
    return [told, this.restart()].filter(Boolean).join(' ');
  }

  restart(): string {
    return this.takes(...this.due.splice(0).map((restart): ExecutionFact => ({ type: 'restart-due', restart })));
  }

  attempt(task: string): AttemptId {
    const [vertexId, subtask] = [task[0]!, Number(task.slice(1))];
    return { vertexId, subtask, attempt: attemptOf(this.graph, { vertexId, subtask }).number };
  }

  producersOf({ vertexId, subtask }: AttemptId): AttemptId[] {
    const width = (id: string): number => this.job.vertices.find((vertex) => vertex.id === id)!.parallelism;
    return this.job.edges.filter((edge) => edge.targetVertex === vertexId).flatMap((edge) =>
      channelsOf(edge, width(edge.sourceVertex), width(vertexId)).filter(({ consumer }) => consumer === subtask).map(({ producer }) => this.attempt(`${edge.sourceVertex}${producer}`)));
  }

  private carryOut(decision: ExecutionDecision, queue: ExecutionFact[], deployed: string[]): void {
    if (decision.type === 'request-slots') queue.unshift({ type: 'slots-ready' });
    else if (decision.type === 'restart-later') this.due.push(decision.restart);
    else if (decision.type === 'cancel-task') queue.push({ ...decision, type: 'task-reported', state: 'CANCELED', time: 0 });
    else if (decision.type === 'deploy-task') {
      const producers = this.producersOf(decision);
      if (producers.some((producer) => attemptOf(this.graph, producer).state !== 'FINISHED')) throw new Error(`${attemptName(decision)} was deployed too early`);
      this.read.set(attemptName(decision), producers.map(attemptName));
      deployed.push(attemptName(decision));
    }
  }
}

/** Two sources, one of which is shuffled, into a join, and a sink. */
const JOB = graphOf({ a: 2, b: 1, j: 2, s: 2 }, [['a', 'j', 'HASH'], ['b', 'j', 'BROADCAST'], ['j', 's', 'FORWARD']]);

describe('tasks of a job that keeps results', () => {
  it('begin when all that they read is complete', () => {
    const job = new Story(JOB);
    expect(job.takes({ type: 'job-started' })).toBe('a_0_0 a_1_0 b_0_0');
    expect(job.finish('a0', 'b0')).toBe('');
    expect(job.finish('a1')).toBe('j_0_0 j_1_0');
    expect(job.finish('j1')).toBe('s_1_0');
    expect(job.finish('j0')).toBe('s_0_0');
    expect(job.finish('s0', 's1')).toBe('');
    expect(job.graph.status).toBe('FINISHED');
  });

  it('restart alone when they fail, for what they read is still there', () => {
    const job = new Story(JOB);
    job.takes({ type: 'job-started' });
    expect(job.fail('a1')).toBe('a_1_1');
    job.finish('a0', 'a1', 'b0');
    expect(job.fail('j0')).toBe('j_0_1');
    expect(job.finish('j1')).toBe('s_1_0');
    expect(job.fail('s1')).toBe('s_1_1');
  });

  it('have what made their input run again when it is lost, and all that was started with it', () => {
    const job = new Story(JOB);
    job.takes({ type: 'job-started' });
    job.finish('a0', 'a1', 'b0', 'j1', 's1');
    expect(job.fail('j0', 'a1')).toBe('a_1_1');
    expect(job.finish('a1')).toBe('j_0_1 j_1_1');
    expect(job.finish('j0', 'j1')).toBe('s_0_0 s_1_1');
    expect(job.finish('s0', 's1')).toBe('');
    expect(job.graph.status).toBe('FINISHED');
  });

  it('do not begin with a result that is to be made again', () => {
    const job = new Story(graphOf({ a: 1, b: 1, c: 1, d: 1 }, [['a', 'c', 'HASH'], ['a', 'd', 'HASH'], ['b', 'd', 'HASH']]));
    job.takes({ type: 'job-started' });
    job.finish('a0');
    // Its restart is still to come when the other input of d is complete.
    job.takes({ type: 'task-failed', ...job.attempt('c0'), error: LOST, time: 0, lost: job.attempt('a0') });
    expect(job.finish('b0')).toBe('');
    expect(job.restart()).toBe('a_0_1');
    expect(job.finish('a0')).toBe('c_0_1 d_0_0');
  });

  it('restart without their producer when that has been running again anyway', () => {
    const job = new Story(JOB);
    job.takes({ type: 'job-started' });
    job.finish('a0', 'a1', 'b0');
    const before = job.attempt('b0');
    job.fail('j0', 'b0');
    const regions = regionsToRestart(job.graph, { vertexId: 'j', subtask: 0 }, before).map((region) => job.graph.regions[region]!.map(({ vertexId, subtask }) => vertexId + subtask).join());
    expect(regions).toEqual(['j0']);
  });

  it('fails when there is no end of lost results, as with any other failure', () => {
    const once: RestartStrategy = { name: 'test', afterFailure: () => ({ next: { name: 'test', afterFailure: () => ({ next: once }) }, delayMs: 1 }) };
    const job = new Story(JOB);
    job.graph = { ...job.graph, restartStrategy: once };
    job.takes({ type: 'job-started' });
    job.finish('a0', 'a1', 'b0');
    job.fail('j0', 'b0');
    job.finish('b0');
    job.fail('j0', 'b0');
    expect(job.graph.status).toBe('FAILED');
  });

  it('end with what the last attempts of their producers have made, whatever fails and is lost', () => {
    const wires = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 4 }), fc.constantFrom<Partitioning>('FORWARD', 'HASH', 'RESCALE', 'BROADCAST')), { maxLength: 6 });
    const events = fc.array(fc.tuple(fc.constantFrom('finish', 'fail', 'lose', 'due'), fc.nat(), fc.nat()), { maxLength: 40 });
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 5 }), wires, events, (widths, drawn, happened) => {
      const job = new Story(graphOf(Object.fromEntries(widths.map((width, at) => ['abcde'[at]!, width])), drawn.filter(([from, to]) => from < to).map(([from, to, how]) => ['abcde'[from]!, 'abcde'[to]!, how] as const)));
      const running = (): string[] => currentAttempts(job.graph).filter(({ state }) => state === 'DEPLOYING').map(({ vertexId, subtask }) => vertexId + subtask);
      job.takes({ type: 'job-started' });
      for (const [what, which, other] of happened) {
        const tasks = running();
        const task = tasks[which % Math.max(1, tasks.length)];
        if (what === 'due') job.restart();
        else if (task === undefined) continue;
        else if (what === 'finish') job.finish(task);
        else {
          const producers = job.producersOf(job.attempt(task));
          const lost = what === 'lose' ? producers[other % Math.max(1, producers.length)] : undefined;
          job.takes({ type: 'task-failed', ...job.attempt(task), error: lost ? LOST : new Error('broke'), time: 0, ...(lost ? { lost } : {}) });
        }
      }
      for (let rounds = 0; job.graph.status !== 'FINISHED' && rounds < 100; rounds++) {
        job.restart();
        job.finish(...running());
      }
      expect(job.graph.status).toBe('FINISHED');
      for (const attempt of currentAttempts(job.graph)) {
        expect(isExecutionTerminal(attempt.state)).toBe(true);
        expect(job.read.get(attemptName(attempt))).toEqual(job.producersOf(attempt).map(attemptName));
      }
    }));
  });
});
