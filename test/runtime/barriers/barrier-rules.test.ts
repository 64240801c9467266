import { describe, expect, it } from 'vitest';
import { BarrierRules } from '../../../src/runtime/barriers/barrier-rules.js';
import { barrierOf, shortOf } from './facts.js';

/** The decisions after each barrier: `2@0` is the counted barrier of checkpoint 2 on channel 0, `s2@0` the aligned one of a savepoint. */
function decisions(...facts: string[]): string[] {
  const rules = new BarrierRules({ overtaking: [true, true] });
  return facts.flatMap((fact) => {
    const [, kind, id, channel] = /^(s|x)?(\d+)@(\d)$/.exec(fact)!;
    const step = kind === 'x'
      ? rules.step({ type: 'cancelled', channel: Number(channel), checkpointId: Number(id) }, 0)
      : rules.step({ type: 'barrier', channel: Number(channel), barrier: barrierOf(Number(id), { alignment: kind === 's' ? 'aligned' : 'at-least-once' }) }, 0);
    return step.map(shortOf);
  });
}

describe('a job whose checkpoints are counted and whose savepoints are aligned', () => {
  it('takes each as it asks', () => {
    expect(decisions('1@0', '1@1', 's2@0', 's2@1', '3@1', '3@0')).toEqual(['checkpoint 1', 'block 0', 'block 1', 'checkpoint 2', 'unblock', 'checkpoint 3']);
  });

  it('waits no longer for a savepoint that a channel has passed over', () => {
    expect(decisions('s2@0', '3@1', '3@0')).toEqual(['block 0', 'abort 2 CHECKPOINT_DECLINED_SUBSUMED', 'unblock', 'checkpoint 3']);
  });

  it('waits no longer for a savepoint when a newer checkpoint is cancelled', () => {
    expect(decisions('1@0', '1@1', 's2@0', 'x3@1')).toEqual([
      'checkpoint 1', 'block 0', 'abort 2 CHECKPOINT_DECLINED_SUBSUMED', 'unblock', 'abort 3 CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER',
    ]);
  });

  it('goes on aligning where barriers of an older checkpoint still come', () => {
    expect(decisions('1@0', 's2@0', '1@1', 's2@1')).toEqual(['block 0', 'checkpoint 1', 'block 1', 'checkpoint 2', 'unblock']);
  });
});
