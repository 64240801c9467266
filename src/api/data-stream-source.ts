/**
 * The stream of a source (Flink: `DataStreamSource`). Its settings are the source's, also when timestamps are
 * assigned right behind it.
 */
import { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import type { StreamContext } from './stream-context.js';
import type { PhysicalTransformation, SourceTransformation } from './transformation.js';

export class DataStreamSource<T> extends SingleOutputStreamOperator<T> {
  constructor(context: StreamContext, source: SourceTransformation, last: PhysicalTransformation = source) {
    super(context, last, source.settings);
  }
}
