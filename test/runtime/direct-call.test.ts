import { describe, expect, it } from 'vitest';
import { sharedKernels, specialiser } from '../../src/operators/specialise.js';
import { DirectCall } from '../../src/runtime/direct-call.js';
import { allocateMetrics, TaskMetrics } from '../../src/runtime/task-metrics.js';
import { type Script, taskOf } from './chain-fixture.js';

function callInto(script: Script, specialise = sharedKernels): { call: DirectCall; caller: TaskMetrics; called: ReturnType<typeof taskOf> } {
  const called = taskOf({ scripts: [script], parts: { input: undefined } });
  const caller = new TaskMetrics(allocateMetrics(1), 0);
  return { call: new DirectCall(called.task, caller, specialise), caller, called };
}

describe('a direct call from one task to another', () => {
  it.each([['shared', sharedKernels], ['copied', specialiser(1)]] as const)('hands over records at once, kernels %s, and counts them on both sides when it is told to', (_, specialise) => {
    const { call, caller, called } = callInto({}, specialise);
    call.emit('x', 1);
    call.emit('y', 2);
    expect(called.log).toEqual(['a:x', 'a:y']);
    expect([caller.read(0).recordsOut, called.metrics.read(0).recordsIn]).toEqual([0, 0]);
    call.bookRecords();
    call.bookRecords();
    expect([caller.read(0).recordsOut, called.metrics.read(0).recordsIn]).toEqual([2, 2]);
  });

  it('hands over watermarks and idleness', () => {
    const { call, called } = callInto({ watermark: () => {}, idle: () => {} });
    call.watermark(5);
    call.idle(true);
    expect(called.log).toEqual(['a.watermark(5)', 'a.idle(true)']);
  });
});
