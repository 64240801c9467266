/**
 * Writes records to a server's socket (Flink: `writeToSocket`).
 *
 * Invariants: a slow server holds the task back; everything written is handed to the system before the job ends. What
 * is under way when a connection is lost is lost.
 */
import { connect, type Socket } from 'node:net';
import type { Sink, SinkWriter, SinkWriterContext } from '../../operators/sink.js';
import { formatValue } from '../format-value.js';
import { LineBuffer } from '../line-buffer.js';
import type { SerializationSchema } from '../simple-string-schema.js';
import { checkAddress, connectionError } from './address.js';

/** The bytes or text of a record, with whatever ends it. */
export type SocketEncoder<T> = (value: T) => string | Uint8Array;

export class SocketSink<T = unknown> implements Sink<T> {
  private readonly encode: SocketEncoder<T>;

  /** Each subtask connects for itself. Without `encode` a record is written as `print` shows it, a line each. */
  constructor(
    private readonly host: string,
    private readonly port: number,
    encode: SocketEncoder<T> | SerializationSchema<T> = (value) => `${formatValue(value)}\n`,
  ) {
    checkAddress('writeToSocket', host, port);
    this.encode = typeof encode === 'function' ? encode : (value) => encode.serialize(value);
  }

  async createWriter(context: SinkWriterContext): Promise<SinkWriter<T>> {
    const { host, port } = this;
    const socket = await new Promise<Socket>((resolve, reject) => {
      const opening = connect({ host, port, noDelay: true }, () => {
        opening.removeAllListeners('error');
        resolve(opening);
      });
      opening.once('error', (cause) => reject(connectionError('connect', host, port, cause)));
    });
    return new SocketWriter(context, socket, (cause) => connectionError('write', host, port, cause), this.encode);
  }
}

class SocketWriter<T> implements SinkWriter<T> {
  private readonly lines: LineBuffer;
  private failure: Error | undefined;
  private closed = false;
  /** Under way while the server does not keep up. */
  private drained: Promise<void> | undefined;
  private settle: (() => void) | undefined;

  constructor(
    context: SinkWriterContext,
    private readonly socket: Socket,
    private readonly describe: (cause: unknown) => Error,
    private readonly encode: SocketEncoder<T>,
  ) {
    this.lines = new LineBuffer(context, (chunk) => this.send(chunk));
    const lost = (cause?: unknown): void => {
      if (this.closed || this.failure) return;
      const failure = describe(cause);
      this.failure = failure;
      this.settle?.();
      context.mailbox.execute(() => {
        throw failure;
      });
    };
    socket.on('error', lost);
    socket.on('close', () => lost());
    socket.on('drain', () => this.settle?.());
    // What the server says is of no interest, but unread it would keep its end of the connection from being seen.
    socket.resume();
  }

  write(value: T): void | Promise<void> {
    if (this.failure) throw this.failure;
    const encoded = this.encode(value);
    if (typeof encoded === 'string') this.lines.add(encoded);
    else {
      this.lines.flush();
      this.send(encoded);
    }
    return this.drained;
  }

  flush(endOfInput: boolean): void | Promise<void> {
    if (this.failure) throw this.failure;
    this.lines.flush();
    return endOfInput ? this.allSent() : this.drained;
  }

  close(): void {
    this.closed = true;
    this.lines.close();
    this.settle?.();
    if (this.failure) this.socket.destroy();
    else this.socket.destroySoon();
  }

  private send(chunk: string | Uint8Array): void {
    if (this.failure) throw this.failure;
    if (this.socket.write(chunk)) return;
    this.drained ??= new Promise<void>((resolve) => (this.settle = resolve)).then(() => {
      this.drained = undefined;
      this.settle = undefined;
      if (this.failure) throw this.failure;
    });
    // A failure reaches the task through its mailbox also when nobody waits here.
    this.drained.catch(() => {});
  }

  private allSent(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.end((cause?: Error | null) => {
        if (cause) {
          reject(this.failure ?? this.describe(cause));
          return;
        }
        this.closed = true;
        resolve();
      });
    });
  }
}
