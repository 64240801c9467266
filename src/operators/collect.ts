/**
 * Hands records to the client that asked for them (Flink: `CollectSinkOperator`).
 *
 * Invariant: values arrive in order, in batches: when one is full, when the task idles, and at the end.
 */
import type { OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';

const BATCH_SIZE = 1024;

export function collectOperator<T>(collectorId: string): OperatorDefinition<never> {
  return {
    instantiate(context) {
      const { input, flush } = context.specialise(collectKernel<T>)((values) => context.host.collect(collectorId, values), BATCH_SIZE);
      return { inputs: [input], flush, finish: flush };
    },
  };
}

function collectKernel<T>(hand: (values: T[]) => void, size: number): { input: Emit<T>; flush: () => void } {
  let batch: T[] = [];
  function flush(): void {
    if (batch.length === 0) return;
    const full = batch;
    batch = [];
    hand(full);
  }
  return {
    input: function collect(value) {
      batch.push(value);
      if (batch.length >= size) flush();
    },
    flush,
  };
}
