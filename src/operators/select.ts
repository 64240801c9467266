/**
 * `split(selector).select(names)`: keeps the records that the selector sends to one of the names (Flink before 1.12:
 * `SplitStream`).
 *
 * Invariant: a record that the selector sends to several of the names passes once.
 */
import type { OutputSelection, OutputSelector, OutputSelectorLike } from './functions.js';
import type { OperatorDefinition } from './operator.js';
import type { Emit } from './output.js';
import { userFunction } from './user-function.js';

export function selectOperator<T>(selector: OutputSelectorLike<T>, names: Iterable<string>): OperatorDefinition<T> {
  const make = userFunction<OutputSelector<T>>(selector, { operator: 'split', methods: ['select'] });
  const wanted = new Set(names);
  return {
    instantiate(context) {
      const { call, lifeCycle } = make(context);
      return { inputs: [context.specialise(selectKernel<T>)(call.select, wanted, context.output.emit)], ...lifeCycle };
    },
  };
}

function selectKernel<T>(select: (value: T) => OutputSelection, wanted: ReadonlySet<string>, emit: Emit<T>): Emit<T> {
  function anyWanted(names: Iterable<string>): boolean {
    for (const name of names) if (wanted.has(name)) return true;
    return false;
  }
  return function split(value, timestamp) {
    const selected = select(value);
    if (selected === undefined || selected === null) return;
    if (typeof selected === 'string' ? wanted.has(selected) : anyWanted(selected)) emit(value, timestamp);
  };
}
