/**
 * Writes records to a server's socket (Flink: `writeToSocket`, `SocketClientSink`).
 *
 * Invariants: a slow server holds the task back, and so does a lost connection while there are retries left; everything
 * written is handed to the system before the job ends. What is under way when a connection is lost is lost.
 */
import { connect, type Socket } from 'node:net';
import type { ScheduledCall } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import type { Sink, SinkWriter, SinkWriterContext } from '../../operators/sink.js';
import { formatValue } from '../format-value.js';
import { LineBuffer } from '../line-buffer.js';
import type { SerializationSchema } from '../simple-string-schema.js';
import { checkAddress, connectionError } from './address.js';

/** The bytes or text of a record, with whatever ends it. */
export type SocketEncoder<T> = (value: T) => string | Uint8Array;

const RETRY_MS = 500;

interface SocketTarget<T> {
  readonly host: string;
  readonly port: number;
  readonly encode: SocketEncoder<T>;
  readonly maxRetries: number;
}

export class SocketSink<T = unknown> implements Sink<T> {
  private readonly target: SocketTarget<T>;

  /**
   * Each subtask connects for itself. Without `encode` a record is written as `print` shows it, a line each. A lost
   * connection is made again up to `maxRetries` times one after the other, each half a second after the last, -1 for without end;
   * after that, and by default at once, the task fails with `CONNECTION`.
   */
  constructor(host: string, port: number, encode: SocketEncoder<T> | SerializationSchema<T> = (value) => `${formatValue(value)}\n`, maxRetries = 0) {
    checkAddress('writeToSocket', host, port);
    if (!Number.isInteger(maxRetries) || maxRetries < -1) {
      throw new FlinkError('INVALID_ARGUMENT', `a SocketSink needs a number of retries that is a whole number from 0, or -1 for no end, but got ${maxRetries}`);
    }
    this.target = { host, port, maxRetries, encode: typeof encode === 'function' ? encode : (value) => encode.serialize(value) };
  }

  async createWriter(context: SinkWriterContext): Promise<SinkWriter<T>> {
    return new SocketWriter(context, await connected(this.target), this.target);
  }
}

/** Flink's name of the same sink, for `addSink`. */
export const SocketClientSink = SocketSink;

function connected({ host, port }: { readonly host: string; readonly port: number }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const opening = connect({ host, port, noDelay: true }, () => {
      opening.removeAllListeners('error');
      resolve(opening);
    });
    opening.once('error', (cause) => reject(connectionError('connect', host, port, cause)));
  });
}

class SocketWriter<T> implements SinkWriter<T> {
  private readonly lines: LineBuffer;
  private failure: Error | undefined;
  private closed = false;
  /** Under way while the server does not keep up. */
  private drained: Promise<void> | undefined;
  private settle: (() => void) | undefined;
  /** Under way while there is no connection; what is written meanwhile waits. */
  private reconnecting: Promise<void> | undefined;
  private unsent: (string | Uint8Array)[] = [];
  private retry: { readonly call: ScheduledCall; readonly wake: () => void } | undefined;

  constructor(private readonly context: SinkWriterContext, private socket: Socket, private readonly target: SocketTarget<T>) {
    this.lines = new LineBuffer(context, (chunk) => this.send(chunk));
    this.attach(socket);
  }

  write(value: T): void | Promise<void> {
    if (this.failure) throw this.failure;
    const encoded = this.target.encode(value);
    if (typeof encoded === 'string') this.lines.add(encoded);
    else {
      this.lines.flush();
      this.send(encoded);
    }
    return this.reconnecting ?? this.drained;
  }

  flush(endOfInput: boolean): void | Promise<void> {
    if (this.failure) throw this.failure;
    this.lines.flush();
    if (!endOfInput) return this.reconnecting ?? this.drained;
    return this.reconnecting ? this.reconnecting.then(() => this.allSent()) : this.allSent();
  }

  close(): void {
    this.closed = true;
    this.lines.close();
    this.settle?.();
    this.retry?.call.cancel();
    this.retry?.wake();
    if (this.failure) this.socket.destroy();
    else this.socket.destroySoon();
  }

  private attach(socket: Socket): void {
    this.socket = socket;
    const lost = (cause?: unknown): void => this.lost(socket, cause);
    socket.on('error', lost);
    socket.on('close', () => lost());
    socket.on('drain', () => this.settle?.());
    // What the server says is of no interest, but unread it would keep its end of the connection from being seen.
    socket.resume();
  }

  private lost(socket: Socket, cause: unknown): void {
    if (this.closed || this.failure || this.reconnecting || socket !== this.socket) return;
    const { host, port, maxRetries } = this.target;
    if (maxRetries === 0) return this.fail(connectionError('write', host, port, cause));
    this.reconnecting = this.reconnect();
    // A failure reaches the task through its mailbox also when nobody waits here.
    this.reconnecting.catch(() => {});
    this.settle?.();
  }

  private fail(failure: Error): void {
    this.failure = failure;
    this.settle?.();
    this.context.mailbox.execute(() => {
      throw failure;
    });
  }

  private async reconnect(): Promise<void> {
    const { maxRetries } = this.target;
    for (let tried = 1; ; tried++) {
      await this.wait();
      if (this.closed) return;
      try {
        const socket = await connected(this.target);
        if (this.closed) return void socket.destroy();
        this.attach(socket);
        break;
      } catch (error) {
        if (this.closed) return;
        if (maxRetries === -1 || tried < maxRetries) continue;
        this.fail(error as Error);
        throw error;
      }
    }
    this.reconnecting = undefined;
    for (const chunk of this.unsent.splice(0)) this.send(chunk);
  }

  private wait(): Promise<void> {
    return new Promise((wake) => {
      this.retry = { call: this.context.clock.schedule(RETRY_MS, wake), wake };
    });
  }

  private send(chunk: string | Uint8Array): void {
    if (this.failure) throw this.failure;
    if (this.reconnecting) return void this.unsent.push(chunk);
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
    const { host, port } = this.target;
    return new Promise((resolve, reject) => {
      this.socket.end((cause?: Error | null) => {
        if (cause) {
          reject(this.failure ?? connectionError('write', host, port, cause));
          return;
        }
        this.closed = true;
        resolve();
      });
    });
  }
}
