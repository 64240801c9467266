/**
 * Text from a server's socket, cut at a delimiter (Flink: `socketTextStream`).
 */
import { systemClock, type Clock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import type { Source, SourceReader, SourceReaderContext, SplitEnumeratorContext } from '../../operators/source.js';
import { SplitQueue, type SplitQueueCheckpoint } from '../split-queue.js';
import { checkAddress } from './address.js';
import { SocketReader } from './socket-reader.js';

/** The connection: one reader has it. */
export interface SocketSplit {
  readonly id: string;
}

export class SocketSource implements Source<string, SocketSplit, SplitQueueCheckpoint<SocketSplit>> {
  readonly boundedness = 'CONTINUOUS_UNBOUNDED';
  readonly givesTimestamps = false;
  readonly replays = false;
  readonly parallel = false;

  /**
   * Connects to `host` and `port` and emits the text between delimiters as UTF-8; with the delimiter `\n`, a `\r`
   * before it is dropped. One subtask reads; what was read cannot be read again after a failure.
   *
   * When the server ends the connection, or cannot be reached, the source connects again up to `maxRetries` times
   * over its life, 500 ms later; -1 means without end. After that an ended connection ends the stream, and a failed
   * one fails the job with `CONNECTION`.
   */
  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly delimiter: string = '\n',
    private readonly maxRetries: number = 0,
    private readonly clock: Clock = systemClock,
  ) {
    checkAddress('socketTextStream', host, port);
    if (delimiter === '') throw new FlinkError('INVALID_ARGUMENT', 'socketTextStream needs a delimiter of at least one character, but got empty text');
    if (!Number.isInteger(maxRetries) || maxRetries < -1) {
      throw new FlinkError('INVALID_ARGUMENT', `socketTextStream needs a number of retries that is a whole number from 0, or -1 for no end, but got ${maxRetries}`);
    }
  }

  createReader(context: SourceReaderContext<SocketSplit>): SourceReader<string, SocketSplit> {
    const { host, port, delimiter, maxRetries, clock } = this;
    return new SocketReader(context, { host, port, delimiter, maxRetries, clock });
  }

  createEnumerator(context: SplitEnumeratorContext<SocketSplit>): SplitQueue<SocketSplit> {
    return this.restoreEnumerator(context, null);
  }

  restoreEnumerator(context: SplitEnumeratorContext<SocketSplit>, checkpoint: SplitQueueCheckpoint<SocketSplit>): SplitQueue<SocketSplit> {
    return new SplitQueue(context, { checkpoint, find: () => [{ id: '0' }] });
  }
}
