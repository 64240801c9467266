import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BarrierAlignment, type AlignmentOptions } from '../../../src/runtime/barriers/barrier-alignment.js';
import type { BarrierFact } from '../../../src/runtime/barriers/barrier-step.js';
import { barrierOf, shortOf } from './facts.js';

const SUBSUMED = 'CHECKPOINT_DECLINED_SUBSUMED';
const CANCELLED = 'CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER';
const UNALIGNED = { alignment: 'unaligned' } as const;
const TIMED = { alignment: 'unaligned', alignedTimeoutMs: 100 } as const;

/** Rules for so many channels; what they decide comes as words. */
function rulesFor(channels: number, options: Partial<AlignmentOptions> = {}) {
  const rules = new BarrierAlignment({ overtaking: Array.from({ length: channels }, () => true), ...options });
  const tell = (fact: BarrierFact, now = 0): string[] => rules.step(fact, now).map(shortOf);
  return {
    rules,
    barrier: (channel: number, id: number, asked = {}, now = 0) => tell({ type: 'barrier', channel, barrier: barrierOf(id, asked) }, now),
    announced: (channel: number, id: number, asked = {}, now = 0) => tell({ type: 'announced', channel, barrier: barrierOf(id, asked) }, now),
    cancelled: (channel: number, checkpointId: number) => tell({ type: 'cancelled', channel, checkpointId }),
    ended: (channel: number) => tell({ type: 'ended', channel }),
    time: (now: number) => tell({ type: 'time' }, now),
  };
}

describe('aligned checkpoints', () => {
  it('block each channel that has delivered the barrier until the last one has', () => {
    const { barrier } = rulesFor(3);
    expect(barrier(0, 1)).toEqual(['block 0']);
    expect(barrier(2, 1)).toEqual(['block 2']);
    expect(barrier(1, 1)).toEqual(['block 1', 'checkpoint 1', 'unblock']);
  });

  it('are taken at once where there is one channel', () => {
    expect(rulesFor(1).barrier(0, 1)).toEqual(['block 0', 'checkpoint 1', 'unblock']);
  });

  it('know when the first barrier came', () => {
    const rules = new BarrierAlignment({ overtaking: [true, true] });
    rules.step({ type: 'barrier', channel: 0, barrier: barrierOf(1) }, 1010);
    expect(rules.step({ type: 'barrier', channel: 1, barrier: barrierOf(1) }, 1050)).toContainEqual(expect.objectContaining({ type: 'checkpoint', firstBarrierAt: 1010 }));
  });

  it('end when the barrier of a newer one comes, which begins', () => {
    const { barrier } = rulesFor(2);
    barrier(0, 1);
    expect(barrier(1, 2)).toEqual([`abort 1 ${SUBSUMED}`, 'unblock', 'block 1']);
    expect(barrier(0, 2)).toEqual(['block 0', 'checkpoint 2', 'unblock']);
  });

  it('ignore an older barrier, and one of a checkpoint that is over, and do not block its channel', () => {
    const { barrier } = rulesFor(2);
    barrier(0, 5);
    expect(barrier(1, 4)).toEqual([]);
    barrier(1, 5);
    expect(barrier(0, 5)).toEqual([]);
  });

  it('ignore the barriers of a checkpoint that was aborted', () => {
    const { barrier, cancelled } = rulesFor(2);
    barrier(0, 1);
    cancelled(1, 1);
    expect(barrier(1, 1)).toEqual([]);
  });

  it('end when they are cancelled', () => {
    const { barrier, cancelled } = rulesFor(3);
    barrier(0, 1);
    expect(cancelled(1, 1)).toEqual([`abort 1 ${CANCELLED}`, 'unblock']);
    expect(cancelled(2, 1)).toEqual([]);
  });

  it('that are cancelled before their first barrier never begin', () => {
    const { barrier, cancelled } = rulesFor(2);
    expect(cancelled(0, 3)).toEqual([`abort 3 ${CANCELLED}`]);
    expect(barrier(1, 3)).toEqual([]);
  });

  it('end, too, when a newer one is cancelled', () => {
    const { barrier, cancelled } = rulesFor(2);
    barrier(0, 1);
    expect(cancelled(1, 2)).toEqual([`abort 1 ${SUBSUMED}`, 'unblock', `abort 2 ${CANCELLED}`]);
  });

  it('go on when an older one is cancelled', () => {
    const { barrier, cancelled } = rulesFor(2);
    barrier(0, 5);
    expect(cancelled(1, 4)).toEqual([]);
    expect(barrier(1, 5)).toContain('checkpoint 5');
  });

  it('count a channel that has ended as aligned', () => {
    const { barrier, ended } = rulesFor(2);
    barrier(0, 1);
    expect(ended(1)).toEqual(['checkpoint 1', 'unblock']);
    expect(barrier(0, 2)).toEqual(['block 0', 'checkpoint 2', 'unblock']);
  });

  it('end with the channel where that was switched off', () => {
    const { barrier, ended } = rulesFor(2, { endedChannelsCount: false });
    barrier(0, 1);
    expect(ended(1)).toEqual(['abort 1 CHECKPOINT_DECLINED_INPUT_END_OF_STREAM', 'unblock']);
    expect(barrier(0, 2)).toContain('checkpoint 2');
  });

  it('never overtake, whatever time passes', () => {
    const { barrier, time, rules } = rulesFor(2);
    barrier(0, 1);
    expect([time(1e9), rules.deadline]).toEqual([[], undefined]);
  });
});

describe('unaligned checkpoints', () => {
  it('are taken with the first barrier and complete with the last', () => {
    const { barrier } = rulesFor(3);
    expect(barrier(1, 1, UNALIGNED)).toEqual(['block 1', 'checkpoint 1 unaligned', 'unblock']);
    expect(barrier(0, 1, UNALIGNED)).toEqual([]);
    expect(barrier(2, 1, UNALIGNED)).toEqual(['complete 1']);
  });

  it('are taken when the first barrier has been seen behind records that wait', () => {
    const { announced, barrier } = rulesFor(2);
    expect(announced(1, 1, UNALIGNED)).toEqual(['checkpoint 1 unaligned', 'unblock']);
    expect(announced(0, 1, UNALIGNED)).toEqual(['complete 1']);
    expect([barrier(0, 1, UNALIGNED), barrier(1, 1, UNALIGNED)]).toEqual([[], []]);
  });

  it('need no record in flight where there is one channel without any', () => {
    expect(rulesFor(1).barrier(0, 1, UNALIGNED)).toEqual(['block 0', 'checkpoint 1', 'unblock']);
  });

  it('are complete at once where the only channel has records in front of the barrier', () => {
    expect(rulesFor(1).announced(0, 1, UNALIGNED)).toEqual(['checkpoint 1 unaligned', 'unblock', 'complete 1']);
  });

  it('are complete when the channels that miss the barrier have ended', () => {
    const { barrier, ended } = rulesFor(2);
    barrier(0, 1, UNALIGNED);
    expect(ended(1)).toEqual(['complete 1']);
  });

  it('that have been taken end, too, when they are cancelled or a newer one begins', () => {
    const { barrier, cancelled } = rulesFor(2);
    barrier(0, 1, UNALIGNED);
    expect(cancelled(1, 1)).toEqual([`abort 1 ${CANCELLED}`, 'unblock']);
    barrier(0, 2, UNALIGNED);
    expect(barrier(0, 3, UNALIGNED)).toEqual([`abort 2 ${SUBSUMED}`, 'unblock', 'block 0', 'checkpoint 3 unaligned', 'unblock']);
  });

  it('are aligned as savepoints', () => {
    const { barrier, announced } = rulesFor(2);
    expect([announced(0, 1, { ...UNALIGNED, kind: 'savepoint' }), barrier(0, 1, { ...UNALIGNED, kind: 'savepoint' })]).toEqual([[], ['block 0']]);
  });

  it('wait for the channels that may not be overtaken, and hold back the others meanwhile', () => {
    const { barrier } = rulesFor(3, { overtaking: [true, false, true] });
    expect(barrier(0, 1, UNALIGNED)).toEqual(['block 0']);
    expect(barrier(1, 1, UNALIGNED)).toEqual(['block 1', 'checkpoint 1 unaligned', 'unblock']);
    expect(barrier(2, 1, UNALIGNED)).toEqual(['complete 1']);
  });

  it('count a barrier on such a channel only when everything in front of it was taken', () => {
    const { announced, barrier } = rulesFor(2, { overtaking: [true, false] });
    expect(announced(1, 1, UNALIGNED)).toEqual([]);
    expect(barrier(1, 1, UNALIGNED)).toEqual(['block 1', 'checkpoint 1 unaligned', 'unblock']);
  });
});

describe('checkpoints with a timeout for their alignment', () => {
  it('begin aligned, and stay so when all barriers come in time', () => {
    const { barrier, rules } = rulesFor(2);
    expect(barrier(0, 1, TIMED, 1010)).toEqual(['block 0']);
    expect(rules.deadline).toBe(1100);
    expect(barrier(1, 1, TIMED, 1100)).toEqual(['block 1', 'checkpoint 1', 'unblock']);
    expect(rules.deadline).toBeUndefined();
  });

  it('go on unaligned when the checkpoint is older than the timeout', () => {
    const { barrier, time } = rulesFor(3);
    barrier(0, 1, TIMED, 1010);
    expect(time(1100)).toEqual([]);
    expect(time(1101)).toEqual(['checkpoint 1 unaligned', 'unblock']);
    expect([barrier(1, 1, TIMED, 1200), barrier(2, 1, TIMED, 1200)]).toEqual([[], ['complete 1']]);
  });

  it('count the time from the start of the checkpoint: a barrier that comes late overtakes at once', () => {
    expect(rulesFor(2).barrier(0, 1, TIMED, 1101)).toEqual(['block 0', 'checkpoint 1 unaligned', 'unblock']);
  });

  it('also watch a barrier that has only been seen behind records', () => {
    const { announced, time } = rulesFor(2);
    expect(announced(0, 1, TIMED, 1010)).toEqual([]);
    expect(time(1101)).toEqual(['checkpoint 1 unaligned', 'unblock']);
  });
});

describe('whatever comes through the channels', () => {
  const fact = fc.record({
    channel: fc.integer({ min: 0, max: 2 }),
    id: fc.integer({ min: 1, max: 5 }),
    kind: fc.constantFrom('barrier', 'announced', 'cancelled', 'ended', 'time'),
    mode: fc.constantFrom({}, UNALIGNED, TIMED),
  });

  it('ids only ascend, each is taken or aborted at most so that nothing follows its abort, and no channel stays blocked without a checkpoint under way', () => {
    fc.assert(fc.property(fc.array(fact, { maxLength: 40 }), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (facts, overtaking) => {
      const rules = new BarrierAlignment({ overtaking });
      const ended = new Set<number>();
      const blocked = new Set<number>();
      const aborted = new Set<number>();
      const completed = new Set<number>();
      let taken = 0;
      let now = 1000;
      for (const { channel, id, kind, mode } of facts) {
        if (ended.has(channel)) continue;
        if (kind === 'ended') ended.add(channel);
        now += 40;
        const barrier = barrierOf(id, mode);
        const told: BarrierFact = kind === 'cancelled' ? { type: kind, channel, checkpointId: id } : kind === 'ended' ? { type: kind, channel } : kind === 'time' ? { type: kind } : { type: kind, channel, barrier } as BarrierFact;
        for (const decision of rules.step(told, now)) {
          if (decision.type === 'block') blocked.add(decision.channel);
          if (decision.type === 'unblock') blocked.clear();
          if (decision.type === 'checkpoint') {
            expect(decision.barrier.checkpointId).toBeGreaterThan(taken);
            taken = decision.barrier.checkpointId;
            expect(aborted).not.toContain(taken);
          }
          if (decision.type === 'abort') {
            expect(aborted).not.toContain(decision.checkpointId);
            expect(completed).not.toContain(decision.checkpointId);
            aborted.add(decision.checkpointId);
          }
          if (decision.type === 'in-flight-complete') {
            expect(decision.checkpointId).toBe(taken);
            expect(aborted).not.toContain(taken);
            completed.add(taken);
          }
        }
        if (blocked.size > 0) expect([1, 2, 3, 4, 5].some((candidate) => rules.awaits(candidate))).toBe(true);
      }
    }));
  });
});
