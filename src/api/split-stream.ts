/**
 * A stream whose records carry names to select them by (Flink before 1.12: `SplitStream`). Side outputs do the same
 * and more.
 */
import type { OutputSelectorLike } from '../operators/functions.js';
import { selectOperator } from '../operators/select.js';
import { badArgument, nameArgument } from './arguments.js';
import { DataStream } from './data-stream.js';
import type { StreamContext } from './stream-context.js';

export class SplitStream<T> extends DataStream<T> {
  constructor(context: StreamContext, input: DataStream<T>, private readonly selector: OutputSelectorLike<T>) {
    super(context, input.getTransformation());
  }

  /** The records that the selector gave at least one of these names. */
  select(...names: [string, ...string[]]): DataStream<T> {
    if (names.length === 0) throw badArgument('select', 'at least one name', undefined);
    for (const name of names) nameArgument('select', name);
    return this.transform('Select', selectOperator<T>(this.selector, names));
  }
}
