import { describe, expect, it } from 'vitest';
import { RichAsyncFunction, type ResultFuture } from '../../../src/operators/async/async-function.js';
import { ListStateDescriptor, ValueStateDescriptor } from '../../../src/state/state-descriptor.js';
import { MODES } from '../modes.js';
import { waiting } from './service.js';

describe.each(MODES)('$mode rich asynchronous function', ({ specialise }) => {
  it('has a runtime context, with counters and the facts of its subtask', async () => {
    class Numbered extends RichAsyncFunction<string, string> {
      asyncInvoke(value: string, future: ResultFuture<string>): void {
        const context = this.getRuntimeContext();
        context.getIntCounter('calls').add(1);
        context.getMetricGroup().counter('calls').inc();
        future.complete([`${value} ${context.getIntCounter('calls').getLocalValue()} in ${context.getIndexOfThisSubtask()} of ${context.getTaskInfo().getNumberOfParallelSubtasks()}`]);
      }
    }
    const { harness, left } = await waiting(new Numbered(), specialise);
    harness.push('a').push('b');
    await harness.settle();
    expect([left, harness.counter('calls')]).toEqual([['a 1 in 0 of 1', 'b 2 in 0 of 1'], 2]);
  });

  it('has no keyed state, and says why', async () => {
    class Stateful extends RichAsyncFunction<string, string> {
      override open(): void {
        this.getRuntimeContext().getState(new ValueStateDescriptor('s'));
      }
      asyncInvoke(): void {}
    }
    await expect(waiting(Stateful, specialise)).rejects.toMatchObject({ code: 'STATE_ACCESS', message: expect.stringContaining('getState: an asynchronous function has no keyed state') as string });
    class Listing extends RichAsyncFunction<string, string> {
      override open(): void {
        this.getRuntimeContext().getListState(new ListStateDescriptor('s'));
      }
      asyncInvoke(): void {}
    }
    await expect(waiting(Listing, specialise)).rejects.toThrow(/getListState: an asynchronous function/);
  });
});
