/**
 * Reads one connection, and the next when it has ended, as long as there are retries left.
 *
 * Invariants:
 * - What a connection brings goes on where the one before broke off: a record may come in two of them.
 * - No more is read from the socket than downstream has room for, so that the server is held back.
 * - Closing ends at once, also while connecting or waiting.
 */
import { connect, type Socket } from 'node:net';
import type { Clock, ScheduledCall } from '../../core/clock.js';
import type { InputStatus, ReaderOutput, SourceReader, SourceReaderContext } from '../../operators/source.js';
import { Availability } from '../availability.js';
import { SplitFeed } from '../split-feed.js';
import { connectionError } from './address.js';
import { DelimitedText } from './delimited-text.js';
import type { SocketSplit } from './socket-source.js';

const RETRY_MS = 500;

export interface SocketReaderOptions {
  readonly host: string;
  readonly port: number;
  readonly delimiter: string;
  readonly maxRetries: number;
  readonly clock: Clock;
}

export class SocketReader implements SourceReader<string, SocketSplit> {
  private readonly feed: SplitFeed<SocketSplit>;
  private readonly text: DelimitedText;
  private readonly news = new Availability();
  private split: SocketSplit | undefined;
  private socket: Socket | undefined;
  private connected = false;
  private failure: unknown;
  /** The connection has ended, or was never made. */
  private lost = false;
  private retries = 0;
  private timer: ScheduledCall | undefined;
  /** Whole records wait to be emitted. */
  private behind = false;

  constructor(
    context: SourceReaderContext<SocketSplit>,
    private readonly options: SocketReaderOptions,
  ) {
    this.feed = new SplitFeed(context);
    this.text = new DelimitedText(options.delimiter);
  }

  start(): void {
    this.feed.request();
  }

  pollNext(output: ReaderOutput<string>): InputStatus {
    if (!this.split) {
      this.split = this.feed.take();
      if (!this.split) return this.feed.finished ? 'END_OF_INPUT' : 'NOTHING_AVAILABLE';
      this.connect();
    }
    if (!this.behind) {
      const bytes = this.socket?.read() as Buffer | null | undefined;
      if (!bytes) return this.lost ? this.reconnect(output) : 'NOTHING_AVAILABLE';
      this.text.add(bytes);
    }
    this.behind = !this.text.emit(output);
    return 'MORE_AVAILABLE';
  }

  isAvailable(): Promise<void> {
    if (!this.split) return this.feed.available();
    return this.behind || this.lost || (this.socket?.readableLength ?? 0) > 0 ? Promise.resolve() : this.news.wait();
  }

  addSplits(splits: SocketSplit[]): void {
    this.feed.add(splits);
  }

  notifyNoMoreSplits(): void {
    this.feed.noMore();
  }

  snapshotState(): SocketSplit[] {
    return [...(this.split ? [this.split] : []), ...this.feed.rest()];
  }

  close(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.socket?.destroy();
    this.socket = undefined;
    this.news.notify();
  }

  private connect(): void {
    const { host, port } = this.options;
    const socket = connect({ host, port });
    this.socket = socket;
    this.connected = false;
    this.failure = undefined;
    socket.on('connect', () => {
      this.connected = true;
    });
    socket.on('readable', () => this.news.notify());
    socket.on('error', (error) => {
      if (socket === this.socket) this.failure = error;
    });
    socket.on('end', () => this.lose(socket));
    socket.on('close', () => this.lose(socket));
  }

  private lose(socket: Socket): void {
    if (socket !== this.socket) return;
    this.lost = true;
    this.news.notify();
  }

  /** The connection is gone and all whole records that it brought are emitted: waits for the next, or ends. */
  private reconnect(output: ReaderOutput<string>): InputStatus {
    const { host, port, maxRetries, clock } = this.options;
    this.lost = false;
    this.socket?.destroy();
    this.socket = undefined;
    if (maxRetries === -1 || this.retries < maxRetries) {
      this.retries++;
      this.timer = clock.schedule(RETRY_MS, () => {
        this.timer = undefined;
        this.connect();
      });
      return 'NOTHING_AVAILABLE';
    }
    if (this.failure !== undefined) throw connectionError(this.connected ? 'read' : 'connect', host, port, this.failure);
    const rest = this.text.rest();
    if (rest !== undefined) output.collect(rest);
    this.split = undefined;
    return 'MORE_AVAILABLE';
  }
}
