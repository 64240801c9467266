import { describe, expect, it } from 'vitest';
import { NO_TIMESTAMP } from '../../src/core/timestamp.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import { ManualClock, operatorHarness } from '../../src/testing/index.js';

const doubling: OperatorDefinition<number> = {
  instantiate: ({ output }) => ({ inputs: [(value: number, timestamp) => output.emit(value * 2, timestamp)] }),
};

describe('the operator harness', () => {
  it('delivers records and keeps what comes out with its timestamp', async () => {
    const harness = await operatorHarness(doubling).open();
    harness.push(1).push(2, 50);
    expect(harness.output).toEqual([{ value: 2, timestamp: NO_TIMESTAMP }, { value: 4, timestamp: 50 }]);
  });

  it('forwards watermarks and statuses of an operator that does not handle them', () => {
    const harness = operatorHarness(doubling).watermark(7).idle(true);
    expect(harness.watermarks).toEqual([7]);
    expect(harness.statuses).toEqual([true]);
  });

  it('collects side outputs by tag', () => {
    const harness = operatorHarness({ instantiate: ({ output }) => ({ inputs: [(value: string, ts) => output.side('late')(value, ts)] }) });
    expect(harness.push('x').sideValues({ id: 'late' })).toEqual(['x']);
  });

  it('runs mail between two records and waits while the gate is held', async () => {
    const slow: OperatorDefinition<number> = {
      instantiate: ({ output, gate, mailbox }) => ({
        inputs: [
          (value: number, timestamp) => {
            gate.hold();
            void Promise.resolve().then(() => mailbox.execute(() => {
              output.emit(value, timestamp);
              gate.release();
            }));
          },
        ],
      }),
    };
    const harness = operatorHarness(slow).push(1);
    expect(harness.held).toBe(true);
    await harness.settle();
    expect(harness.values).toEqual([1]);
  });

  it('gives back an error thrown by mail', async () => {
    const failing: OperatorDefinition = {
      instantiate: ({ mailbox }) => ({
        inputs: [() => void Promise.resolve().then(() => mailbox.execute(() => { throw new Error('late failure'); }))],
      }),
    };
    await expect(operatorHarness(failing).push(1).end()).rejects.toThrow('late failure');
  });

  it('ends inputs, finishes and closes in that order', async () => {
    const calls: string[] = [];
    const harness = operatorHarness({
      instantiate: () => ({
        inputs: [() => {}, () => {}],
        endInput: (input) => void calls.push(`end ${input}`),
        finish: () => void calls.push('finish'),
        close: () => void calls.push('close'),
      }),
    });
    await harness.end();
    expect(calls).toEqual(['end 0', 'end 1', 'finish', 'close']);
  });
});

describe('the manual clock', () => {
  it('runs what falls due in order, including what is scheduled on the way', () => {
    const clock = new ManualClock(1_000);
    const seen: string[] = [];
    clock.schedule(20, () => seen.push(`b ${clock.now()}`));
    clock.schedule(10, () => {
      seen.push(`a ${clock.now()}`);
      clock.schedule(5, () => seen.push(`c ${clock.now()}`));
    });
    clock.schedule(15, () => seen.push('cancelled')).cancel();
    clock.advance(30);
    expect(seen).toEqual(['a 1010', 'c 1015', 'b 1020']);
    expect(clock.now()).toBe(1_030);
  });
});
