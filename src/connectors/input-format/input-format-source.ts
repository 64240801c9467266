/**
 * Reads an `InputFormat` as a source (Flink: `createInput`).
 */
import type { Source, SourceReader, SourceReaderContext, SplitEnumeratorContext } from '../../operators/source.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../split-queue.js';
import { InputFormatReader } from './input-format-reader.js';
import type { InputFormat } from './input-format.js';

/** A split of the format, of which so many records have been emitted. */
export interface InputFormatSplit<SplitT> {
  readonly id: string;
  readonly split: SplitT;
  readonly emitted: number;
  /** From `getCurrentState`. */
  readonly state?: unknown;
}

export class InputFormatSource<T, SplitT = unknown> implements Source<T, InputFormatSplit<SplitT>, SplitQueueCheckpoint<InputFormatSplit<SplitT>>> {
  readonly boundedness = 'BOUNDED';
  readonly givesTimestamps = false;

  constructor(
    private readonly format: InputFormat<T, SplitT>,
    private readonly parameters: Readonly<Record<string, string>> = {},
  ) {}

  createReader(context: SourceReaderContext<InputFormatSplit<SplitT>>): SourceReader<T, InputFormatSplit<SplitT>> {
    return new InputFormatReader(context, this.format, this.parameters);
  }

  createEnumerator(context: SplitEnumeratorContext<InputFormatSplit<SplitT>>): SplitQueue<InputFormatSplit<SplitT>> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(
    context: SplitEnumeratorContext<InputFormatSplit<SplitT>>,
    checkpoint: SplitQueueCheckpoint<InputFormatSplit<SplitT>>,
  ): SplitQueue<InputFormatSplit<SplitT>> {
    return new SplitQueue(context, {
      checkpoint,
      find: () => {
        this.format.configure?.(this.parameters);
        const found = this.format.createInputSplits(context.currentParallelism());
        return found instanceof Promise ? found.then(numbered) : numbered(found);
      },
    });
  }
}

function numbered<SplitT>(splits: readonly SplitT[]): InputFormatSplit<SplitT>[] {
  return splits.map((split, index) => ({ id: String(index), split, emitted: 0 }));
}
