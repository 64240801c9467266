/**
 * The coordinator under any order of facts: what must hold whatever happens.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointCoordinator, type CoordinatorDecision, type CoordinatorFact } from '../../src/checkpoint/checkpoint-coordinator.js';
import { taskKey, tasksOf } from '../../src/checkpoint/checkpoint-plan.js';
import { sampleJobGraph } from './job-graph-fixture.js';

const GRAPH = sampleJobGraph([['s', 2], ['m', 1], ['e', 2]], [['s', 'm', 'HASH'], ['m', 'e', 'REBALANCE']]);
const TASKS = tasksOf(GRAPH);

type Step = { readonly type: CoordinatorFact['type'] | 'answer all'; readonly n: number; readonly flag: boolean };
const STEPS: readonly Step['type'][] = [
  'task-standing', 'end-of-data', 'job-running', 'job-stopped', 'periodic-due', 'requested', 'periodic-paused', 'located', 'location-failed', 'acknowledged', 'declined', 'stored',
  'storing-failed', 'expired', 'cleaning', 'answer all',
];
const steps = fc.array(fc.record({ type: fc.constantFrom(...STEPS, 'located' as const, 'answer all' as const, 'stored' as const, 'periodic-due' as const), n: fc.nat(20), flag: fc.boolean() }), { maxLength: 120 });
const settings = fc.record({
  intervalMs: fc.option(fc.integer({ min: 10, max: 100 }), { nil: undefined }), minPauseMs: fc.nat(50), maxConcurrent: fc.integer({ min: 1, max: 3 }),
  tolerableFailures: fc.nat(3), afterTasksFinish: fc.boolean(), unaligned: fc.boolean(),
});

function hold(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`does not hold: ${rule}`);
}

/** Keeps the books of everything that was decided and holds it against the rules. */
class Books {
  readonly state = new Map<number, 'locating' | 'triggered' | 'storing' | 'over'>();
  private readonly awaiting = new Map<number, Set<string>>();
  private readonly answered = new Set<number>();
  /** Requests that were asked for and have no answer. */
  readonly open = new Set<number>();
  lastId = 0;

  acknowledged(id: number, task: string): void {
    if (this.state.get(id) === 'triggered') this.awaiting.get(id)?.delete(task);
  }

  enter(decision: CoordinatorDecision, maxConcurrent: number): void {
    switch (decision.type) {
      case 'locate':
        hold(decision.checkpointId > this.lastId, 'ids ascend');
        hold(![...this.state.values()].includes('locating'), 'one place is made at a time');
        hold(decision.request.kind === 'savepoint' || [...this.state.values()].filter((state) => state !== 'over').length < maxConcurrent, 'no more at once than allowed');
        this.lastId = decision.checkpointId;
        this.state.set(decision.checkpointId, 'locating');
        return;
      case 'trigger':
        this.goes(decision.checkpointId, 'locating', 'triggered');
        hold(decision.plan.trigger.length > 0, 'somebody is triggered');
        this.awaiting.set(decision.checkpointId, new Set(decision.plan.await.map(taskKey)));
        return;
      case 'store':
        this.goes(decision.checkpointId, 'triggered', 'storing');
        hold(this.awaiting.get(decision.checkpointId)?.size === 0, 'what is stored is whole');
        return;
      case 'completed':
        this.goes(decision.checkpointId, 'storing', 'over');
        return this.answer(decision.request.id);
      case 'aborted':
        hold(this.state.get(decision.checkpointId) === (decision.storing ? 'storing' : decision.triggered ? 'triggered' : 'locating'), 'what is aborted was under way');
        this.state.set(decision.checkpointId, 'over');
        return this.answer(decision.request.id);
      case 'rejected': return this.answer(decision.request.id);
      case 'fail-job': return hold(this.state.get(decision.checkpointId) === 'over', 'a job fails for what is over');
    }
  }

  private goes(id: number, from: string, to: 'triggered' | 'storing' | 'over'): void {
    hold(this.state.get(id) === from, `only what is ${from} becomes ${to}`);
    this.state.set(id, to);
  }

  private answer(id: number | undefined): void {
    if (id === undefined) return;
    hold(!this.answered.has(id), 'a request is answered once');
    this.answered.add(id);
    this.open.delete(id);
  }
}

describe('the coordinator, whatever happens', () => {
  it('counts its checkpoints up, stores only what is whole, keeps to the number at once, and answers every request once', () => {
    fc.assert(fc.property(settings, steps, (chosen, chosenSteps) => {
      const coordinator = new CheckpointCoordinator(GRAPH, chosen);
      const books = new Books();
      let time = 0;
      let requests = 0;
      const tell = (fact: CoordinatorFact): void => {
        if (fact.type === 'acknowledged') books.acknowledged(fact.checkpointId, taskKey(fact));
        for (const decision of coordinator.apply(fact)) books.enter(decision, chosen.maxConcurrent);
      };
      const reply = (id: number, finished: boolean): void => {
        for (const task of TASKS) tell({ type: 'acknowledged', checkpointId: id, finished, ...task, time });
      };
      tell({ type: 'job-running', firstDue: 0, time });
      for (const task of TASKS) tell({ type: 'task-standing', standing: 'running', ...task, time });
      for (const { type, n, flag } of chosenSteps) {
        time += n;
        const task = TASKS[n % TASKS.length]!;
        const under = [...books.state].filter(([, state]) => state !== 'over').map(([id]) => id);
        const checkpointId = under[n % Math.max(1, under.length)] ?? n;
        switch (type) {
          case 'task-standing': tell({ type, standing: (['starting', 'running', 'running', 'finished', 'gone'] as const)[n % 5]!, ...task, time }); break;
          case 'end-of-data': tell({ type, ...task, time }); break;
          case 'job-running': tell({ type, firstDue: time, time }); break;
          case 'job-stopped': if (flag) tell({ type, reason: 'CHECKPOINT_COORDINATOR_SUSPEND', time }); break;
          case 'requested':
            books.open.add(requests);
            tell({ type, request: { id: requests++, kind: flag ? 'savepoint' : 'checkpoint', format: 'canonical', periodic: false, ...(flag && n > 15 ? { stop: 'drain' as const } : {}) }, time });
            break;
          case 'periodic-paused': tell({ type, paused: flag, time }); break;
          case 'acknowledged': tell({ type, checkpointId, finished: flag, ...task, time }); break;
          case 'declined': tell({ type, checkpointId, reason: 'CHECKPOINT_DECLINED', ...task, time }); break;
          case 'cleaning': tell({ type, count: n % 4, time }); break;
          case 'answer all': reply(checkpointId, flag && n > 15); break;
          case 'periodic-due': tell({ type, time }); break;
          case 'located': if (books.state.get(checkpointId) === 'locating') tell({ type, checkpointId, time }); break;
          case 'location-failed': if (books.state.get(checkpointId) === 'locating') tell({ type, checkpointId, reason: flag ? 'IO_EXCEPTION' : 'TRIGGER_CHECKPOINT_FAILURE', time }); break;
          case 'stored': case 'storing-failed': if (books.state.get(checkpointId) === 'storing') tell({ type, checkpointId, time }); break;
          case 'expired': tell({ type, checkpointId, time }); break;
        }
      }
      // When the job has ended and what was being stored is stored, nobody waits for an answer.
      tell({ type: 'job-stopped', reason: 'CHECKPOINT_COORDINATOR_SHUTDOWN', time });
      for (const [id, state] of books.state) if (state === 'storing') tell({ type: 'stored', checkpointId: id, time });
      expect(books.open).toEqual(new Set());
      expect([...books.state.values()].filter((state) => state !== 'over')).toEqual([]);
    }), { numRuns: 500 });
  });
});
