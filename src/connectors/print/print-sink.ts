/**
 * Writes each record as a line to standard output or standard error (Flink: `print`, `printToErr`, `PrintSink`,
 * `PrintSinkFunction`).
 *
 * A line reads `value`, with more than one subtask `n> value` where n is the subtask counted from 1, and with an
 * identifier `identifier> value` or `identifier:n> value`. How values read as text: see `formatValue`.
 */
import type { Sink, SinkWriter, SinkWriterContext } from '../../operators/sink.js';
import { formatValue } from '../format-value.js';
import { LineBuffer } from '../line-buffer.js';

export interface PrintOptions {
  /** Put before each line (Flink: `print(sinkIdentifier)`). Default: none. */
  readonly identifier?: string;
  /** Default: `stdout`. */
  readonly stream?: 'stdout' | 'stderr';
}

export class PrintSink<T = unknown> implements Sink<T> {
  private readonly options: PrintOptions;

  /** Options, or as Flink has it: an identifier, whether to write to standard error, or both in this order. */
  constructor(options?: PrintOptions);
  constructor(toStandardError: boolean);
  constructor(identifier: string, toStandardError?: boolean);
  constructor(first: PrintOptions | string | boolean = {}, toStandardError = false) {
    if (typeof first === 'object') this.options = first;
    else if (typeof first === 'boolean') this.options = { stream: first ? 'stderr' : 'stdout' };
    else this.options = { identifier: first, stream: toStandardError ? 'stderr' : 'stdout' };
  }

  /** In Flink's words. */
  toString(): string {
    return this.options.stream === 'stderr' ? 'Print to System.err' : 'Print to System.out';
  }

  createWriter(context: SinkWriterContext): SinkWriter<T> {
    const { identifier = '', stream = 'stdout' } = this.options;
    const prefix = linePrefix(identifier, context.runtime.getIndexOfThisSubtask(), context.runtime.getNumberOfParallelSubtasks());
    const lines = new LineBuffer(context, (chunk) => context.host.print(stream, chunk));
    return {
      write(value) {
        lines.add(prefix + formatValue(value) + '\n');
      },
      flush: () => lines.flush(),
      // What came before a failure is printed, too: it may show the reason.
      close() {
        lines.flush();
        lines.close();
      },
    };
  }
}

/** Flink's earlier name of the same sink, for `addSink`. */
export const PrintSinkFunction = PrintSink;

/** What Flink puts before a printed value. */
export function linePrefix(identifier: string, subtask: number, parallelism: number): string {
  const place = parallelism > 1 ? String(subtask + 1) : '';
  if (identifier === '' && place === '') return '';
  return `${identifier}${identifier !== '' && place !== '' ? ':' : ''}${place}> `;
}
