import { describe, expect, it } from 'vitest';
import { BarrierCounting, type CountingOptions, TRACKED_MAX } from '../../../src/runtime/barriers/barrier-counting.js';
import { barrierOf, shortOf } from './facts.js';

const CANCELLED = 'CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER';

function rulesFor(channels: number, options: Partial<CountingOptions> = {}) {
  const rules = new BarrierCounting({ channels, ...options });
  return {
    barrier: (channel: number, id: number, now = 0) => rules.step({ type: 'barrier', channel, barrier: barrierOf(id, { alignment: 'at-least-once' }) }, now).map(shortOf),
    cancelled: (channel: number, checkpointId: number) => rules.step({ type: 'cancelled', channel, checkpointId }, 0).map(shortOf),
    ended: (channel: number) => rules.step({ type: 'ended', channel }, 0).map(shortOf),
  };
}

describe('checkpoints that count at least once', () => {
  it('are taken when every channel has delivered the barrier, none being blocked', () => {
    const { barrier } = rulesFor(3);
    expect([barrier(0, 1), barrier(2, 1), barrier(1, 1)]).toEqual([[], [], ['checkpoint 1']]);
  });

  it('may be several at once', () => {
    const { barrier } = rulesFor(2);
    expect([barrier(0, 1), barrier(0, 2), barrier(1, 1), barrier(1, 2)]).toEqual([[], [], ['checkpoint 1'], ['checkpoint 2']]);
  });

  it('drop the older ones without a word when they are complete', () => {
    const { barrier } = rulesFor(2);
    barrier(0, 1);
    barrier(0, 2);
    expect(barrier(1, 2)).toEqual(['checkpoint 2']);
    expect(barrier(1, 1)).toEqual([]);
  });

  it('count a channel once, however often it delivers', () => {
    const { barrier } = rulesFor(2);
    expect([barrier(0, 1), barrier(0, 1)]).toEqual([[], []]);
  });

  it('ignore barriers of checkpoints that are over', () => {
    const { barrier } = rulesFor(1);
    barrier(0, 3);
    expect([barrier(0, 2), barrier(0, 3)]).toEqual([[], []]);
  });

  it(`are forgotten when more than ${TRACKED_MAX} are under way, the oldest first`, () => {
    const { barrier } = rulesFor(2);
    for (let id = 1; id <= TRACKED_MAX + 1; id++) barrier(0, id);
    expect([barrier(1, 1), barrier(1, 2)]).toEqual([[], ['checkpoint 2']]);
  });

  it('end with the older ones when they are cancelled, each told once, and absorb what still comes', () => {
    const { barrier, cancelled } = rulesFor(3);
    barrier(0, 1);
    barrier(0, 2);
    expect(cancelled(1, 2)).toEqual([`abort 1 ${CANCELLED}`, `abort 2 ${CANCELLED}`]);
    expect([cancelled(2, 2), barrier(0, 2), barrier(1, 1)]).toEqual([[], [], []]);
    expect([barrier(0, 3), barrier(1, 3), barrier(2, 3)]).toEqual([[], [], ['checkpoint 3']]);
  });

  it('that are cancelled before their first barrier are told once', () => {
    const { barrier, cancelled } = rulesFor(2);
    expect([cancelled(0, 4), barrier(1, 4), cancelled(1, 4)]).toEqual([[`abort 4 ${CANCELLED}`], [], []]);
  });

  it('do not wait for channels that have ended', () => {
    const { barrier, ended } = rulesFor(2);
    barrier(0, 1);
    expect(ended(1)).toEqual(['checkpoint 1']);
    expect(barrier(0, 2)).toEqual(['checkpoint 2']);
  });

  it('end with a channel where that was switched off', () => {
    const { barrier, ended } = rulesFor(2, { endedChannelsCount: false });
    barrier(0, 1);
    expect(ended(1)).toEqual(['abort 1 CHECKPOINT_DECLINED_INPUT_END_OF_STREAM']);
  });
});
