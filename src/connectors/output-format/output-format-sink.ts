/**
 * Writes records with an output format (Flink: `OutputFormatSinkFunction`).
 *
 * Invariant: what a format has written is no part of checkpoints: after a restart records are written again.
 */
import type { Sink, SinkWriter, SinkWriterContext } from '../../operators/sink.js';
import type { OutputFormat } from './output-format.js';

export class OutputFormatSink<T> implements Sink<T> {
  constructor(private readonly format: OutputFormat<T>) {}

  async createWriter({ runtime }: SinkWriterContext): Promise<SinkWriter<T>> {
    const { format } = this;
    format.configure?.({});
    await format.open(runtime.getTaskInfo().getIndexOfThisSubtask(), runtime.getTaskInfo().getNumberOfParallelSubtasks());
    return new OutputFormatWriter(format);
  }
}

class OutputFormatWriter<T> implements SinkWriter<T> {
  private cleaned = false;

  constructor(private readonly format: OutputFormat<T>) {}

  write(value: T): void | Promise<void> {
    let written: void | Promise<void>;
    try {
      written = this.format.writeRecord(value);
    } catch (error) {
      return this.cleanUp(error);
    }
    return written instanceof Promise ? written.catch((error: unknown) => this.cleanUp(error)) : written;
  }

  flush(): void {}

  async close(): Promise<void> {
    try {
      await this.format.close();
    } catch (error) {
      await this.cleanUp(error);
    }
  }

  /** Rejects with the error. */
  private async cleanUp(error: unknown): Promise<never> {
    if (!this.cleaned) {
      this.cleaned = true;
      await Promise.resolve().then(() => this.format.tryCleanupOnError?.()).catch(() => {});
    }
    throw error;
  }
}
