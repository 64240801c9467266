/**
 * Takes every record and does nothing with it (Flink: `DiscardingSink`): for measuring, and for jobs whose functions
 * have the effects.
 */
import type { Sink, SinkWriter } from '../../operators/sink.js';

const nowhere: SinkWriter<unknown> = { write() {}, flush() {} };

export class DiscardingSink<T = unknown> implements Sink<T> {
  createWriter(): SinkWriter<T> {
    return nowhere;
  }
}
