/**
 * Writes the records of a stream that is cached: one file a subtask, which appears when all of them are in it.
 *
 * Layout: frames, each behind its length in four bytes; in a frame records in turn, timestamp first.
 */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import { registeredClasses } from '../../core/serialization/class-registry.js';
import { explainUnserializable } from '../../core/serialization/unserializable.js';
import { ValueEncoder } from '../../core/serialization/value-encoder.js';
import { frameOf } from '../../core/serialization/value-frame.js';
import { NO_TIMESTAMP } from '../../core/timestamp.js';
import type { Sink, SinkContext, SinkWriter, SinkWriterContext } from '../../operators/sink.js';
import { makeCacheFolder } from './cached-result.js';

const FRAME_BYTES = 64 * 1024;

export class CacheSink<T> implements Sink<T> {
  constructor(private readonly id: string) {}

  createWriter({ runtime }: SinkWriterContext): SinkWriter<T> {
    const { id } = this;
    const task = runtime.getTaskInfo();
    return new CacheWriter<T>(join(makeCacheFolder(runtime.getJobInfo().getJobId(), id), `part-${task.getIndexOfThisSubtask()}`), task.getAttemptNumber());
  }
}

class CacheWriter<T> implements SinkWriter<T> {
  private readonly encoder = new ValueEncoder(registeredClasses);
  private readonly length = Buffer.alloc(4);
  private readonly unfinished: string;
  private file: number | undefined;
  private records = 0;

  constructor(private readonly path: string, attempt: number) {
    this.unfinished = `${path}.attempt-${attempt}`;
    this.file = openSync(this.unfinished, 'w', 0o600);
    this.encoder.begin();
  }

  write(value: T, context: SinkContext): void {
    const { encoder } = this;
    try {
      encoder.write(context.timestamp() ?? NO_TIMESTAMP);
      encoder.write(value);
    } catch (error) {
      const { problem, hint } = explainUnserializable(value, error, 'record', registeredClasses);
      throw new FlinkError('RECORD_NOT_SERIALIZABLE', `a record cannot be cached: ${problem}`, hint === undefined ? {} : { hint });
    }
    this.records++;
    if (encoder.length + encoder.text.length > FRAME_BYTES) this.writeFrame();
  }

  flush(endOfInput: boolean): void {
    if (!endOfInput || this.file === undefined) return;
    if (this.records > 0) this.writeFrame();
    closeSync(this.file);
    this.file = undefined;
    renameSync(this.unfinished, this.path);
  }

  close(): void {
    if (this.file === undefined) return;
    closeSync(this.file);
    rmSync(this.unfinished, { force: true });
  }

  private writeFrame(): void {
    const frame = frameOf(this.encoder, this.records);
    this.length.writeUInt32LE(frame.length);
    for (const bytes of [this.length, frame]) for (let at = 0; at < bytes.length; ) at += writeSync(this.file!, bytes, at);
    this.encoder.begin();
    this.records = 0;
  }
}
