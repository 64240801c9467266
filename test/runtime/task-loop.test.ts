import { describe, expect, it } from 'vitest';
import { type LoopHost, SoloLoopHost, TaskLoop } from '../../src/runtime/task-loop.js';
import type { Task, TurnOutcome } from '../../src/runtime/task.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { settled } from './chain-fixture.js';

/** A host whose turns run when the test says so. */
class HandHost implements LoopHost {
  readonly deferred: (() => void)[] = [];
  sleeping: (() => void) | undefined;
  /** What other threads do between the announcement and the last look. */
  meanwhile: () => void = () => {};

  defer(call: () => void): void {
    this.deferred.push(call);
  }
  sleep(ready: () => boolean, awake: () => void): boolean {
    if (this.sleeping) throw new Error('asleep already');
    this.meanwhile();
    if (ready()) return false;
    this.sleeping = awake;
    return true;
  }
  interrupt(): void {
    const awake = this.sleeping;
    this.sleeping = undefined;
    if (awake) this.deferred.push(awake);
  }
  next(): void {
    this.deferred.shift()!();
  }
}

interface Played {
  readonly outcomes: TurnOutcome[];
  runs: number;
  ready: boolean;
  onRun: () => void;
}

function loopWith(...tasks: Partial<Played>[]): { loop: TaskLoop; host: HandHost; clock: ManualClock; played: Played[] } {
  const host = new HandHost();
  const clock = new ManualClock();
  const loop = new TaskLoop(clock, host);
  const played = tasks.map((task): Played => ({ outcomes: [], runs: 0, ready: false, onRun: () => {}, ...task }));
  for (const task of played) {
    loop.add({
      run: () => {
        task.runs += 1;
        task.onRun();
        return task.outcomes.shift() ?? 'wait';
      },
      get ready() {
        return task.ready;
      },
    } as unknown as Task);
  }
  return { loop, host, clock, played };
}

describe('the loop of a TaskManager', () => {
  it('gives every task a turn, then sleeps when none can go on', () => {
    const { host, played } = loopWith({}, {});
    expect(host.deferred).toHaveLength(1);
    host.next();
    expect(played.map(({ runs }) => runs)).toEqual([1, 1]);
    expect(host.sleeping).toBeDefined();
  });

  it('goes on without a break while a task has more', () => {
    const { host, played } = loopWith({ outcomes: ['again', 'again', 'wait'] });
    host.next();
    expect(played[0]!.runs).toBe(3);
  });

  it('lets the event loop have the thread after a few milliseconds', () => {
    const { host, clock, played } = loopWith({ outcomes: ['again', 'again', 'again', 'again'], onRun: () => clock.advance(3) });
    host.next();
    expect([played[0]!.runs, host.deferred.length, host.sleeping]).toEqual([2, 1, undefined]);
    host.next();
    expect(played[0]!.runs).toBe(4);
  });

  it('forgets a task that is over', () => {
    const { host, loop, played } = loopWith({ outcomes: ['over'] });
    host.next();
    loop.wake();
    host.next();
    expect(played[0]!.runs).toBe(1);
  });

  it('makes another pass when a task wakes it in the middle of one', () => {
    const { host, loop, played } = loopWith({}, { onRun: () => played[1]!.runs === 1 && loop.wake() });
    host.next();
    expect(played.map(({ runs }) => runs)).toEqual([2, 2]);
  });

  it('wakes up once, however often it is told', () => {
    const { host, loop, played } = loopWith({});
    host.next();
    loop.wake();
    loop.wake();
    expect(host.deferred).toHaveLength(1);
    host.next();
    expect(played[0]!.runs).toBe(2);
  });

  it('stays up when work comes between the announcement and the last look', () => {
    const { host, played } = loopWith({});
    host.meanwhile = () => (played[0]!.ready = true);
    host.next();
    expect([host.sleeping, host.deferred.length]).toEqual([undefined, 1]);
  });

  it('stays up, and sleeps once only, when the last look itself wakes it', () => {
    const { host, loop } = loopWith({});
    host.meanwhile = () => {
      host.meanwhile = () => {};
      loop.wake();
    };
    host.next();
    expect([host.sleeping, host.deferred.length]).toEqual([undefined, 1]);
    host.next();
    expect([host.sleeping === undefined, host.deferred.length]).toEqual([false, 0]);
  });

  it('runs a task that is added while it sleeps', () => {
    const { host, loop } = loopWith({});
    host.next();
    let ran = false;
    loop.add({ run: () => ((ran = true), 'over'), ready: false } as unknown as Task);
    host.next();
    expect(ran).toBe(true);
  });

  it('runs nothing more once it has been stopped', () => {
    const { host, loop, played } = loopWith({});
    loop.stop();
    host.next();
    expect([played[0]!.runs, host.deferred.length]).toEqual([0, 0]);
  });

  it('alone in its process, sleeps until it is interrupted', async () => {
    const host = new SoloLoopHost();
    let awake = 0;
    expect(host.sleep(() => true, () => awake++)).toBe(false);
    expect(host.sleep(() => false, () => awake++)).toBe(true);
    host.interrupt();
    host.interrupt();
    await settled();
    expect(awake).toBe(1);
  });
});
