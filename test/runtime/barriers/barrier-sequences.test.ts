/**
 * What becomes of checkpoints in whole stories of barriers, cancellations and ends of channels.
 */
import { describe, expect, it } from 'vitest';
import type { CheckpointOptions } from '../../../src/core/checkpoint.js';
import { BarrierRules } from '../../../src/runtime/barriers/barrier-rules.js';
import { barrierOf } from './facts.js';

/**
 * The ids of checkpoints in the order in which they are taken, or aborted (negative).
 *
 * @param story `1@0` for the barrier of checkpoint 1 on channel 0, `!1@0` for its cancellation, `end@0` for the end of channel 0.
 */
function outcome(alignment: CheckpointOptions['alignment'], channels: number, story: string): number[] {
  const rules = new BarrierRules({ overtaking: Array.from({ length: channels }, () => true) });
  return story.split(' ').flatMap((word) => {
    const [what, on] = word.split('@') as [string, string];
    const channel = Number(on);
    const fact = what === 'end' ? { type: 'ended' as const, channel }
      : what.startsWith('!') ? { type: 'cancelled' as const, channel, checkpointId: Number(what.slice(1)) }
      : { type: 'barrier' as const, channel, barrier: barrierOf(Number(what), { alignment }) };
    return rules.step(fact, 0).flatMap((decision) => (decision.type === 'checkpoint' ? [decision.barrier.checkpointId] : decision.type === 'abort' ? [-decision.checkpointId] : []));
  });
}

const CANCELLED_ON_SEVERAL = '1@1 1@2 1@0 2@0 2@2 !2@1 3@1 3@2 3@0 !4@1 4@2 4@0 5@2 5@1 5@0 !6@1 !6@2 6@0';

describe('aligned checkpoints', () => {
  it.each([
    ['on one channel, some cancelled', 1, '1@0 2@0 !4@0 5@0 !6@0', [1, 2, -4, 5, -6]],
    ['on several, cancelled with the last barrier, before the first, and twice', 3, CANCELLED_ON_SEVERAL, [1, -2, 3, -4, 5, -6]],
    ['that are cancelled are not cancelled again by what still comes of them', 3, '1@1 !1@0 2@1 1@2 2@0 2@2', [-1, 2]],
    ['cancelled in turns', 2, '2@0 !3@1 !2@1 !3@0', [-2, -3]],
    ['after channels have ended', 4, 'end@2 end@1 2@3 2@0 3@0 3@3 end@0 4@3 end@3', [2, 3, 4]],
    ['while channels end', 3, '1@0 1@1 1@2 2@2 2@0 end@1 end@2 end@0', [1, 2]],
  ] as const)('%s', (_, channels, story, expected) => expect(outcome('aligned', channels, story)).toEqual(expected));
});

describe('unaligned checkpoints', () => {
  it.each([
    ['!10@0 !20@0', 1, [-10, -20]], ['!20@0 !10@0', 1, [-20]], ['!10@0 10@0', 1, [-10]], ['!10@0 20@0', 1, [-10, 20]], ['!20@0 10@0', 1, [-20]], ['10@0 10@0', 1, [10]],
    ['10@0 20@0', 1, [10, 20]], ['10@0 20@0', 2, [10, -10, 20]], ['20@0 10@0', 1, [20]], ['10@0 !10@0', 1, [10]], ['10@0 !10@0', 2, [10, -10]], ['10@0 !20@0', 1, [10, -20]], ['20@0 !10@0', 1, [20]],
  ] as const)('%s on %i channels', (story, channels, expected) => expect(outcome('unaligned', channels, story)).toEqual(expected));
});

describe('checkpoints that count at least once', () => {
  it.each([
    ['skip what is overtaken by a later one', 3, '1@2 1@1 1@0 2@0 2@1 2@2 3@2 4@0 4@1 4@2', [1, 2, 4]],
    [
      'are not given up because of a later barrier', 3,
      '2@1 2@0 2@2 3@1 3@2 4@2 4@1 3@0 4@0 5@1 5@0 5@2 6@1 6@0 7@1 7@2 8@2 8@1 9@1 7@0 9@2 10@2 8@0 9@0 10@0 10@1', [2, 3, 4, 5, 7, 8, 9, 10],
    ],
    ['go on when an older one is cancelled', 2, '1@1 2@1 !1@0 2@0', [-1, 2]],
    ['on one channel, some cancelled', 1, '1@0 2@0 !4@0 5@0 !6@0', [1, 2, -4, 5, -6]],
    ['on several, cancelled with the last barrier, before the first, and twice', 3, CANCELLED_ON_SEVERAL, [1, -2, 3, -4, 5, -6]],
    ['are each told once, cancelled in turns', 3, '1@0 !2@0 !1@1 !2@1 !1@2 !2@2', [-1, -2]],
    ['are taken with the end of a channel, the newest that is then complete', 3, '1@0 2@0 2@1 3@0 4@0 4@1 5@1 end@2', [4]],
    ['count a channel once that delivers its barrier and ends', 3, '2@0 2@1 end@1 2@2', [2]],
    ['do not wait for channels that have ended', 3, 'end@2 5@0 6@0 6@1 end@1 7@0', [6, 7]],
  ] as const)('%s', (_, channels, story, expected) => expect(outcome('at-least-once', channels, story)).toEqual(expected));
});
