import { beforeEach, describe, expect, it } from 'vitest';
import { CheckpointCoordinator, type CoordinatorDecision, type CoordinatorFact, type CoordinatorSettings } from '../../src/checkpoint/checkpoint-coordinator.js';
import type { TaskStanding } from '../../src/checkpoint/checkpoint-plan.js';
import type { CheckpointRequest } from '../../src/checkpoint/checkpoint-request.js';
import { CHECKPOINT_FAILURE_REASONS, type CheckpointFailureReason } from '../../src/core/checkpoint.js';
import { sampleJobGraph } from './job-graph-fixture.js';

/** Source `s` of two subtasks, all to all into `m` of two. */
const GRAPH = sampleJobGraph([['s', 2], ['m', 2]], [['s', 'm', 'HASH']]);
const TASKS = ['s/0', 's/1', 'm/0', 'm/1'];
const SETTINGS: CoordinatorSettings = { intervalMs: 100, minPauseMs: 0, maxConcurrent: 1, tolerableFailures: 0, afterTasksFinish: true, unaligned: false };

let coordinator: CheckpointCoordinator;
let time: number;
/** Everything decided since it was last looked at, in short. */
let decided: string[];
let asked: number;

function make(settings: Partial<CoordinatorSettings> = {}, firstId?: number): void {
  coordinator = new CheckpointCoordinator(GRAPH, { ...SETTINGS, ...settings }, firstId);
  time = 1000;
  decided = [];
  asked = 0;
}
beforeEach(() => make());

type Timeless<T> = T extends unknown ? Omit<T, 'time'> : never;
function tell(fact: Timeless<CoordinatorFact>): void {
  decided.push(...coordinator.apply({ ...fact, time } as CoordinatorFact).map(short));
}

function short(decision: CoordinatorDecision): string {
  switch (decision.type) {
    case 'wake': return `wake ${decision.at}`;
    case 'do-not-wake': return 'no wake';
    case 'locate': return `locate ${decision.checkpointId} ${nameOf(decision.request)}`;
    case 'trigger': return `trigger ${decision.checkpointId} at ${decision.plan.trigger.map((task) => `${task.vertexId}/${task.subtask}`).join(' ')}`;
    case 'store': return `store ${decision.checkpointId}`;
    case 'completed': return `completed ${decision.checkpointId}${decision.recovery ? '' : ' aside'}`;
    case 'aborted': return `aborted ${decision.checkpointId} ${decision.reason}${decision.triggered ? '' : ' untold'}`;
    case 'rejected': return `rejected ${nameOf(decision.request)} ${decision.reason}`;
    case 'discard-state': return `discard state ${decision.checkpointId} ${decision.vertexId}/${decision.subtask}`;
    case 'discard-stored': return `discard stored ${decision.checkpointId}`;
    case 'fail-job': return `fail job ${decision.reason}`;
  }
}

const nameOf = (request: CheckpointRequest): string => `${request.stop ?? ''}${request.kind}${request.id === undefined ? (request.periodic ? ' periodic' : ' last') : ` ${request.id}`}`;

function seen(): string[] {
  const all = decided;
  decided = [];
  return all;
}

const taskOf = (name: string) => ({ vertexId: name.split('/')[0]!, subtask: Number(name.split('/')[1]) });
const stand = (standing: TaskStanding, ...tasks: string[]): void => tasks.forEach((task) => tell({ type: 'task-standing', ...taskOf(task), standing }));
const acknowledgeAs = (finished: boolean, checkpointId: number, ...tasks: string[]): void => tasks.forEach((task) => tell({ type: 'acknowledged', checkpointId, finished, ...taskOf(task) }));
const acknowledge = (checkpointId: number, ...tasks: string[]): void => acknowledgeAs(false, checkpointId, ...tasks);
const decline = (checkpointId: number, task: string, reason: CheckpointFailureReason = 'CHECKPOINT_DECLINED'): void => tell({ type: 'declined', checkpointId, ...taskOf(task), reason });
const ask = (request: Partial<CheckpointRequest> = {}): void => tell({ type: 'requested', request: { id: asked++, kind: 'checkpoint', format: 'native', periodic: false, ...request } });
const savepoint = (stop?: 'suspend' | 'drain'): void => ask({ kind: 'savepoint', format: 'canonical', ...(stop ? { stop } : {}) });
const located = (checkpointId: number): void => tell({ type: 'located', checkpointId });
const stored = (checkpointId: number): void => tell({ type: 'stored', checkpointId });

function run(firstDue = 1050): void {
  tell({ type: 'job-running', firstDue });
  stand('running', ...TASKS);
  seen();
}

function due(): void {
  tell({ type: 'periodic-due' });
}

/** Begins a checkpoint as far as its tasks know of it. */
function begin(checkpointId: number): void {
  due();
  located(checkpointId);
  seen();
}

function complete(checkpointId: number): void {
  acknowledge(checkpointId, ...TASKS);
  stored(checkpointId);
}

describe('periodic checkpoints', () => {
  it('begin when all tasks run, not before the time drawn for the first', () => {
    tell({ type: 'job-running', firstDue: 1050 });
    stand('running', 's/0', 's/1', 'm/0');
    expect(seen()).toEqual([]);
    stand('running', 'm/1');
    expect(seen()).toEqual(['wake 1050']);
  });

  it('begin at once when all tasks run later than that', () => {
    tell({ type: 'job-running', firstDue: 1050 });
    time = 2000;
    stand('running', ...TASKS);
    expect(seen()).toEqual(['wake 2000']);
  });

  it('are not taken without an interval', () => {
    make({ intervalMs: undefined });
    tell({ type: 'job-running', firstDue: 1000 });
    stand('running', ...TASKS);
    due();
    expect(seen()).toEqual([]);
  });

  it('come once every interval, which is no shorter than the pause', () => {
    run();
    due();
    expect(seen()).toEqual(['wake 1100', 'locate 1 checkpoint periodic']);
    make({ minPauseMs: 250 });
    run();
    due();
    expect(seen()).toEqual(['wake 1250', 'locate 1 checkpoint periodic']);
  });

  it('wait, once, while there are as many as may be at once, and are taken when one is over', () => {
    run();
    begin(1);
    due();
    due();
    expect(seen()).toEqual(['wake 1100', 'wake 1100']);
    complete(1);
    expect(seen()).toEqual(['store 1', 'completed 1', 'locate 2 checkpoint periodic']);
    located(2);
    complete(2);
    expect(seen()).toEqual(['trigger 2 at s/0 s/1', 'store 2', 'completed 2']);
  });

  it('that come too soon after the one before are put off for the rest of the pause', () => {
    make({ minPauseMs: 80 });
    run();
    begin(1);
    time = 1060;
    complete(1);
    time = 1100;
    seen();
    due();
    expect(seen()).toEqual(['wake 1200', 'rejected checkpoint periodic MINIMUM_TIME_BETWEEN_CHECKPOINTS', 'wake 1140']);
  });

  it('are refused, which counts as no failure, while not all tasks run', () => {
    run();
    stand('starting', 'm/0');
    due();
    expect(seen()).toEqual(['wake 1100', 'rejected checkpoint periodic NOT_ALL_REQUIRED_TASKS_RUNNING']);
  });

  it('do not begin while too many that were subsumed are being deleted', () => {
    run();
    tell({ type: 'cleaning', count: 2 });
    due();
    expect(seen()).toEqual(['wake 1100']);
    tell({ type: 'cleaning', count: 1 });
    expect(seen()).toEqual(['locate 1 checkpoint periodic']);
  });
});

describe('checkpoints that are asked for', () => {
  it('need no pause', () => {
    make({ minPauseMs: 80 });
    run();
    begin(1);
    complete(1);
    seen();
    ask();
    expect(seen()).toEqual(['locate 2 checkpoint 0']);
  });

  it('wait for their turn; savepoints do not', () => {
    run();
    begin(1);
    ask();
    expect(seen()).toEqual([]);
    savepoint();
    expect(seen()).toEqual(['locate 2 savepoint 1']);
  });

  it('wait for their turn also as savepoints when barriers may overtake records', () => {
    make({ unaligned: true });
    run();
    begin(1);
    savepoint();
    expect(seen()).toEqual([]);
  });

  it('are taken savepoints first, then the ones of the user, then periodic ones, the older first', () => {
    make({ unaligned: true });
    run();
    begin(1);
    due();
    ask();
    ask();
    savepoint();
    seen();
    const order: string[] = [];
    for (let id = 1; id <= 4; id++) {
      complete(id);
      order.push(...seen().filter((each) => each.startsWith('locate')));
      located(id + 1);
    }
    expect(order).toEqual(['locate 2 savepoint 2', 'locate 3 checkpoint 0', 'locate 4 checkpoint 1', 'locate 5 checkpoint periodic']);
  });

  it('are refused beyond a thousand that wait', () => {
    run();
    begin(1);
    for (let n = 0; n < 1001; n++) ask();
    expect(seen()).toEqual(['rejected checkpoint 1000 TOO_MANY_CHECKPOINT_REQUESTS']);
  });

  it('do not begin while a place is being made for another', () => {
    make({ maxConcurrent: 5 });
    run();
    ask();
    ask();
    expect(seen()).toEqual(['locate 1 checkpoint 0']);
    located(1);
    expect(seen()).toEqual(['trigger 1 at s/0 s/1', 'locate 2 checkpoint 1']);
  });

  it('are refused when the job does not run', () => {
    ask();
    expect(seen()).toEqual(['rejected checkpoint 0 NOT_ALL_REQUIRED_TASKS_RUNNING']);
  });
});

describe('ids', () => {
  it('ascend, savepoints and failed checkpoints among them, from above the snapshot that was restored', () => {
    make({ tolerableFailures: 9 }, 8);
    run();
    begin(8);
    decline(8, 'm/0');
    savepoint();
    located(9);
    complete(9);
    due();
    expect(seen().filter((each) => each.startsWith('locate'))).toEqual(['locate 9 savepoint 0', 'locate 10 checkpoint periodic']);
  });
});

describe('a checkpoint', () => {
  it('is triggered at the tasks without running tasks before them, once there is a place', () => {
    run();
    due();
    seen();
    located(1);
    expect(seen()).toEqual(['trigger 1 at s/0 s/1']);
  });

  it('is stored when every task has acknowledged it, and complete when it is stored', () => {
    run();
    begin(1);
    acknowledge(1, 's/0', 's/1', 'm/0');
    expect(seen()).toEqual([]);
    acknowledge(1, 'm/1');
    expect(seen()).toEqual(['store 1']);
    stored(1);
    expect(seen()).toEqual(['completed 1']);
  });

  it('takes nothing from a second acknowledgement of one task', () => {
    run();
    begin(1);
    acknowledge(1, 's/0', 's/0', 's/0', 's/0');
    expect(seen()).toEqual([]);
  });

  it('that is no more leaves what tasks still send without use', () => {
    run();
    acknowledge(7, 'm/1');
    expect(seen()).toEqual(['discard state 7 m/1']);
  });

  it('is aborted for all when one task declines it', () => {
    make({ tolerableFailures: 1 });
    run();
    begin(1);
    acknowledge(1, 's/0');
    decline(1, 's/1');
    decline(1, 'm/0');
    expect(seen()).toEqual(['aborted 1 CHECKPOINT_DECLINED']);
  });

  it('takes no decline from a task that has acknowledged it', () => {
    run();
    begin(1);
    acknowledge(1, 's/0');
    decline(1, 's/0');
    expect(seen()).toEqual([]);
  });

  it('expires, also while it is being stored: then what is stored has no use', () => {
    make({ tolerableFailures: 1 });
    run();
    begin(1);
    tell({ type: 'expired', checkpointId: 1 });
    expect(seen()).toEqual(['aborted 1 CHECKPOINT_EXPIRED']);
    begin(2);
    acknowledge(2, ...TASKS);
    tell({ type: 'expired', checkpointId: 2 });
    stored(2);
    expect(seen()).toEqual(['store 2', 'aborted 2 CHECKPOINT_EXPIRED', 'fail job CHECKPOINT_EXPIRED', 'discard stored 2']);
  });

  it('that expires before it has a place gives the place up when it comes', () => {
    make({ tolerableFailures: 1 });
    run();
    due();
    tell({ type: 'expired', checkpointId: 1 });
    seen();
    located(1);
    expect(seen()).toEqual(['discard stored 1']);
  });

  it('is aborted when a task fails that has not acknowledged it', () => {
    run();
    begin(1);
    acknowledge(1, 's/0');
    stand('gone', 's/0');
    expect(seen()).toEqual([]);
    stand('gone', 'm/1');
    expect(seen()).toEqual(['aborted 1 TASK_FAILURE']);
  });

  it('is aborted when a task ends that will not acknowledge it any more', () => {
    run();
    begin(1);
    stand('finished', 'm/1');
    expect(seen()).toEqual(['aborted 1 NOT_ALL_REQUIRED_TASKS_RUNNING']);
  });

  it('is not triggered when tasks have gone while its place was made', () => {
    run();
    due();
    seen();
    stand('gone', 'm/1');
    located(1);
    expect(seen()).toEqual(['aborted 1 NOT_ALL_REQUIRED_TASKS_RUNNING untold']);
  });
});

describe('completing a checkpoint', () => {
  beforeEach(() => make({ maxConcurrent: 4 }));

  it('aborts those that began before it, but no savepoints', () => {
    run();
    begin(1);
    savepoint();
    located(2);
    begin(3);
    begin(4);
    seen();
    complete(3);
    expect(seen()).toEqual(['store 3', 'completed 3', 'aborted 1 CHECKPOINT_SUBSUMED']);
  });

  it('aborts also those that are being stored; what they store has no use', () => {
    run();
    begin(1);
    begin(2);
    acknowledge(1, ...TASKS);
    complete(2);
    expect(seen()).toEqual(['store 1', 'store 2', 'completed 2', 'aborted 1 CHECKPOINT_SUBSUMED']);
    stored(1);
    expect(seen()).toEqual(['discard stored 1']);
  });

  it('as a plain savepoint aborts nobody and is nothing to go back to', () => {
    run();
    begin(1);
    savepoint();
    located(2);
    seen();
    complete(2);
    expect(seen()).toEqual(['store 2', 'completed 2 aside']);
  });

  it('as a savepoint that ends the job is something to go back to', () => {
    run();
    savepoint('suspend');
    located(1);
    seen();
    complete(1);
    expect(seen()).toEqual(['store 1', 'completed 1']);
  });
});

describe('when the job does not run any more', () => {
  it('what waits is refused and what is under way is aborted, except what is being stored', () => {
    make({ maxConcurrent: 2 });
    run();
    begin(1);
    begin(2);
    ask();
    acknowledge(1, ...TASKS);
    seen();
    tell({ type: 'job-stopped', reason: 'CHECKPOINT_COORDINATOR_SUSPEND' });
    expect(seen()).toEqual(['no wake', 'rejected checkpoint 0 CHECKPOINT_COORDINATOR_SUSPEND', 'aborted 2 CHECKPOINT_COORDINATOR_SUSPEND']);
    stored(1);
    expect(seen()).toEqual(['completed 1']);
    due();
    expect(seen()).toEqual([]);
  });

  it('and runs again, checkpoints begin again with its new tasks', () => {
    run();
    tell({ type: 'job-stopped', reason: 'CHECKPOINT_COORDINATOR_SUSPEND' });
    stand('starting', ...TASKS);
    tell({ type: 'job-running', firstDue: 3000 });
    seen();
    stand('running', ...TASKS);
    expect(seen()).toEqual(['wake 3000']);
  });
});

describe('checkpoints that fail', () => {
  it('fail the job when one more than is tolerated do so in a row', () => {
    make({ tolerableFailures: 2 });
    run();
    for (const id of [1, 2, 3]) {
      begin(id);
      decline(id, 'm/0', 'CHECKPOINT_ASYNC_EXCEPTION');
    }
    expect(seen().filter((each) => each.startsWith('fail'))).toEqual(['fail job CHECKPOINT_ASYNC_EXCEPTION']);
    begin(4);
    decline(4, 'm/0');
    expect(seen()).toEqual(['aborted 4 CHECKPOINT_DECLINED']);
  });

  it('are forgotten with the next that completes', () => {
    make({ tolerableFailures: 1 });
    run();
    begin(1);
    decline(1, 'm/0');
    begin(2);
    complete(2);
    begin(3);
    seen();
    decline(3, 'm/0');
    expect(seen()).toEqual(['aborted 3 CHECKPOINT_DECLINED']);
  });

  it.each([
    'CHECKPOINT_DECLINED_SUBSUMED', 'CHECKPOINT_DECLINED_INPUT_END_OF_STREAM', 'CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER', 'TASK_CHECKPOINT_FAILURE', 'TASK_FAILURE',
  ] as const)('for another reason than their own (%s) do not count', (reason) => {
    run();
    begin(1);
    decline(1, 'm/0', reason);
    expect(seen()).toEqual([`aborted 1 ${reason}`]);
  });

  it('count when storage fails as they are begun or stored', () => {
    run();
    due();
    seen();
    tell({ type: 'location-failed', checkpointId: 1, reason: 'IO_EXCEPTION' });
    expect(seen()).toEqual(['aborted 1 IO_EXCEPTION untold', 'fail job IO_EXCEPTION']);
    begin(2);
    acknowledge(2, ...TASKS);
    seen();
    tell({ type: 'storing-failed', checkpointId: 2 });
    expect(seen()).toEqual(['aborted 2 FINALIZE_CHECKPOINT_FAILURE', 'fail job FINALIZE_CHECKPOINT_FAILURE', 'discard stored 2']);
  });

  it('count for five reasons, as in Flink: others are consequences of something else, or of what the JobManager could not begin', () => {
    make({ tolerableFailures: 0 });
    run();
    const counted = CHECKPOINT_FAILURE_REASONS.filter((reason) => {
      due();
      const id = Number(seen().find((each) => each.startsWith('locate'))!.split(' ')[1]);
      if (reason === 'IO_EXCEPTION' || reason === 'TRIGGER_CHECKPOINT_FAILURE') tell({ type: 'location-failed', checkpointId: id, reason });
      else {
        located(id);
        decline(id, 'm/0', reason);
      }
      return seen().some((each) => each.startsWith('fail job'));
    });
    expect(counted.sort()).toEqual(['CHECKPOINT_ASYNC_EXCEPTION', 'CHECKPOINT_DECLINED', 'CHECKPOINT_EXPIRED', 'FINALIZE_CHECKPOINT_FAILURE', 'IO_EXCEPTION']);
  });

  it('are not forgotten with an older one that completes late', () => {
    make({ tolerableFailures: 1, maxConcurrent: 2 });
    run();
    savepoint();
    located(1);
    begin(2);
    complete(2);
    begin(3);
    decline(3, 'm/0');
    acknowledge(1, ...TASKS);
    stored(1);
    begin(4);
    decline(4, 'm/0');
    expect(seen()).toContain('fail job CHECKPOINT_DECLINED');
  });

  it('do not count when a later one has completed', () => {
    make({ maxConcurrent: 2 });
    run();
    savepoint();
    located(1);
    begin(2);
    complete(2);
    seen();
    decline(1, 'm/0');
    expect(seen()).toEqual(['aborted 1 CHECKPOINT_DECLINED']);
  });

  it('as savepoints count when a task is the cause, not when storage or time is', () => {
    run();
    savepoint();
    seen();
    tell({ type: 'location-failed', checkpointId: 1, reason: 'IO_EXCEPTION' });
    savepoint();
    located(2);
    tell({ type: 'expired', checkpointId: 2 });
    expect(seen().filter((each) => each.startsWith('fail'))).toEqual([]);
    savepoint();
    located(3);
    decline(3, 'm/0');
    expect(seen().filter((each) => each.startsWith('fail'))).toEqual(['fail job CHECKPOINT_DECLINED']);
  });
});

describe('a savepoint that ends the job', () => {
  it('ends periodic checkpoints, also those under way', () => {
    run();
    begin(1);
    savepoint('suspend');
    expect(seen()).toEqual(['no wake', 'aborted 1 CHECKPOINT_COORDINATOR_SUSPEND', 'locate 2 suspendsavepoint 0']);
    due();
    ask();
    expect(seen()).toEqual(['rejected checkpoint 1 CHECKPOINT_COORDINATOR_SUSPEND']);
  });

  it('that fails before tasks know of it leaves the job as it was', () => {
    run();
    savepoint('suspend');
    seen();
    tell({ type: 'location-failed', checkpointId: 1, reason: 'IO_EXCEPTION' });
    expect(seen()).toEqual(['aborted 1 IO_EXCEPTION untold', 'wake 1100']);
  });

  it('that fails later always fails the job, whose tasks have stopped for it', () => {
    make({ tolerableFailures: 100 });
    run();
    savepoint('drain');
    located(1);
    seen();
    decline(1, 'm/0', 'CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER');
    expect(seen()).toEqual(['aborted 1 CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER', 'fail job CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER', 'wake 1100']);
  });
});

describe('when some tasks have finished', () => {
  it('checkpoints go on without them', () => {
    run();
    stand('finished', 's/0');
    due();
    seen();
    located(1);
    acknowledge(1, 's/1', 'm/0', 'm/1');
    expect(seen()).toEqual(['trigger 1 at s/1', 'store 1']);
  });

  it('the tasks after them are triggered in their place', () => {
    run();
    stand('finished', 's/0', 's/1');
    due();
    seen();
    located(1);
    expect(seen()).toEqual(['trigger 1 at m/0 m/1']);
  });

  it('there are none when that is switched off', () => {
    make({ afterTasksFinish: false });
    run();
    stand('finished', 's/0');
    due();
    expect(seen()).toEqual(['wake 1100', 'rejected checkpoint periodic NOT_ALL_REQUIRED_TASKS_RUNNING']);
  });

  it('there are none when all have', () => {
    run();
    stand('finished', ...TASKS);
    due();
    expect(seen()).toEqual(['wake 1100', 'rejected checkpoint periodic NOT_ALL_REQUIRED_TASKS_RUNNING']);
  });
});

describe('the last checkpoint', () => {
  it('is taken as soon as every task that is left has reached the end of its data', () => {
    run();
    stand('finished', 's/0');
    for (const task of ['s/1', 'm/0']) tell({ type: 'end-of-data', ...taskOf(task) });
    expect(seen()).toEqual([]);
    tell({ type: 'end-of-data', ...taskOf('m/1') });
    expect(seen()).toEqual(['locate 1 checkpoint last']);
  });

  it('is followed by none, for its tasks end with it', () => {
    run();
    for (const task of TASKS) tell({ type: 'end-of-data', ...taskOf(task) });
    located(1);
    due();
    acknowledgeAs(true, 1, ...TASKS);
    seen();
    stored(1);
    expect(seen()).toEqual(['completed 1', 'rejected checkpoint periodic NOT_ALL_REQUIRED_TASKS_RUNNING']);
  });

  it('of some tasks is followed by others when these have finished', () => {
    run();
    due();
    located(1);
    acknowledgeAs(true, 1, 's/0', 's/1');
    acknowledge(1, 'm/0', 'm/1');
    stored(1);
    seen();
    due();
    expect(seen()).toEqual(['wake 1100', 'rejected checkpoint periodic NOT_ALL_REQUIRED_TASKS_RUNNING']);
    stand('finished', 's/0', 's/1');
    due();
    located(2);
    expect(seen()).toEqual(['wake 1100', 'locate 2 checkpoint periodic', 'trigger 2 at m/0 m/1']);
  });

  it('of some tasks holds up what is asked for until these have finished', () => {
    run();
    begin(1);
    acknowledgeAs(true, 1, 's/0');
    acknowledge(1, 's/1', 'm/0', 'm/1');
    stored(1);
    seen();
    savepoint();
    expect(seen()).toEqual([]);
    stand('finished', 's/0');
    expect(seen()).toEqual(['locate 2 savepoint 0']);
  });

  it('of all tasks leaves nothing to take a savepoint of', () => {
    run();
    for (const task of TASKS) tell({ type: 'end-of-data', ...taskOf(task) });
    located(1);
    acknowledgeAs(true, 1, ...TASKS);
    stored(1);
    savepoint();
    seen();
    stand('finished', ...TASKS);
    expect(seen()).toEqual(['rejected savepoint 0 NOT_ALL_REQUIRED_TASKS_RUNNING']);
  });

  it('of tasks that others go on feeding holds up none: they cannot end yet', () => {
    run();
    begin(1);
    // At least once, records and the end of the input may overtake a barrier of another channel.
    acknowledgeAs(true, 1, 's/1', 'm/0', 'm/1');
    acknowledge(1, 's/0');
    stored(1);
    stand('finished', 's/1');
    seen();
    due();
    located(2);
    expect(seen()).toEqual(['wake 1100', 'locate 2 checkpoint periodic', 'trigger 2 at s/0']);
  });

  it('of a task that has finished with the one before holds up none', () => {
    make({ maxConcurrent: 2 });
    run();
    begin(1);
    begin(2);
    acknowledgeAs(true, 1, 's/0');
    acknowledgeAs(true, 2, 's/0');
    acknowledge(1, 's/1', 'm/0', 'm/1');
    stored(1);
    stand('finished', 's/0');
    acknowledge(2, 's/1', 'm/0', 'm/1');
    stored(2);
    seen();
    due();
    located(3);
    expect(seen()).toEqual(['wake 1100', 'locate 3 checkpoint periodic', 'trigger 3 at s/1']);
  });

  it('is not taken when there are no checkpoints', () => {
    make({ intervalMs: undefined });
    run();
    for (const task of TASKS) tell({ type: 'end-of-data', ...taskOf(task) });
    expect(seen()).toEqual([]);
  });

  it('that fails is followed by the next periodic one', () => {
    make({ tolerableFailures: 1 });
    run();
    for (const task of TASKS) tell({ type: 'end-of-data', ...taskOf(task) });
    located(1);
    decline(1, 'm/0');
    seen();
    due();
    expect(seen()).toEqual(['wake 1100', 'locate 2 checkpoint periodic']);
  });
});

describe('while somebody is about to cancel the job', () => {
  it('there are no periodic checkpoints until he gives up', () => {
    run();
    tell({ type: 'periodic-paused', paused: true });
    due();
    expect(seen()).toEqual(['no wake']);
    tell({ type: 'periodic-paused', paused: false });
    expect(seen()).toEqual(['wake 1100']);
  });

  it('they go on when he gives up while a task is about to finish', () => {
    run();
    begin(1);
    acknowledgeAs(true, 1, 's/0');
    acknowledge(1, 's/1', 'm/0', 'm/1');
    stored(1);
    tell({ type: 'periodic-paused', paused: true });
    tell({ type: 'periodic-paused', paused: false });
    seen();
    stand('finished', 's/0');
    expect(seen()).toEqual(['wake 1100']);
  });
});

describe('while a source works through a backlog', () => {
  const backlog = (is: boolean, source = 's'): void => tell({ type: 'source-backlog', source, backlog: is });
  /** What the next periodic checkpoint, which is complete at once, leads to. */
  const dueAt = (at: number, checkpointId: number): string[] => {
    time = at;
    due();
    const first = seen();
    located(checkpointId);
    acknowledge(checkpointId, ...TASKS);
    stored(checkpointId);
    seen();
    return first;
  };

  it('checkpoints come at another interval, from the next one on', () => {
    make({ backlogIntervalMs: 1000 });
    run();
    backlog(true);
    expect(seen()).toEqual([]);
    expect(dueAt(1050, 1)).toEqual(['wake 2050', 'locate 1 checkpoint periodic']);
    time = 1200;
    backlog(false);
    expect(seen()).toEqual(['wake 1300']);
    expect(dueAt(1300, 2)).toEqual(['wake 1400', 'locate 2 checkpoint periodic']);
  });

  it('no more are taken than the one that was due already, when the interval is 0', () => {
    make({ backlogIntervalMs: 0 });
    run();
    backlog(true);
    expect(dueAt(1050, 1)).toEqual(['locate 1 checkpoint periodic']);
    time = 9000;
    backlog(false);
    expect(seen()).toEqual(['wake 9100']);
  });

  it('the other interval counts until every source is through', () => {
    make({ backlogIntervalMs: 0 });
    run();
    backlog(true);
    backlog(true, 'other');
    dueAt(1050, 1);
    backlog(false);
    expect(seen()).toEqual([]);
    backlog(false, 'other');
    expect(seen()).toEqual(['wake 1150']);
  });

  it('nothing changes unless another interval is set, nor what is due before', () => {
    run();
    backlog(true);
    expect(seen()).toEqual([]);
    expect(dueAt(1050, 1)).toEqual(['wake 1150', 'locate 1 checkpoint periodic']);
    backlog(false);
    expect(seen()).toEqual([]);
  });

  it('before the job runs and while it is ended nothing is asked for', () => {
    make({ backlogIntervalMs: 1000 });
    backlog(true);
    backlog(false);
    tell({ type: 'job-running', firstDue: 1050 });
    backlog(true);
    backlog(false);
    expect(seen()).toEqual([]);
    stand('running', ...TASKS);
    tell({ type: 'periodic-paused', paused: true });
    seen();
    backlog(true);
    backlog(false);
    expect(seen()).toEqual([]);
  });

  it('savepoints are taken all the same', () => {
    make({ backlogIntervalMs: 0 });
    run();
    backlog(true);
    savepoint();
    expect(seen()).toEqual(['locate 1 savepoint 0']);
  });
});
