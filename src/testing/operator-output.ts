/**
 * What has come out of an operator under test: each kind by itself, and all of it in order.
 *
 * Its methods are fields, so that a copy by spreading has them too.
 */
import type { Emit, Output } from '../operators/output.js';

/** One record that came out. `timestamp` is `NO_TIMESTAMP` when it carries none. */
export interface OutputRecord<T = unknown> {
  readonly value: T;
  readonly timestamp: number;
}

/** One thing that came out of an operator, as `events` tells them. */
export type OutputEvent<T = unknown> =
  /** `timestamp` is `NO_TIMESTAMP` when the record carries none. */
  | { readonly type: 'record'; readonly value: T; readonly timestamp: number }
  /** A record for the side output of this tag. */
  | { readonly type: 'side-output'; readonly tag: string; readonly value: unknown; readonly timestamp: number }
  | { readonly type: 'watermark'; readonly timestamp: number }
  /** The operator's output has gone idle (true) or is active again (false). */
  | { readonly type: 'idle'; readonly idle: boolean };

export class OperatorOutput<OUT> implements Output<OUT> {
  readonly records: OutputRecord<OUT>[] = [];
  readonly sideOutputs = new Map<string, OutputRecord[]>();
  readonly watermarks: number[] = [];
  readonly statuses: boolean[] = [];
  readonly events: OutputEvent<OUT>[] = [];

  readonly emit = (value: OUT, timestamp: number): void => {
    this.records.push({ value, timestamp });
    this.events.push({ type: 'record', value, timestamp });
  };

  readonly side = <S>(tag: string): Emit<S> => (value, timestamp) => {
    const records = this.sideOutputs.get(tag) ?? [];
    if (records.length === 0) this.sideOutputs.set(tag, records);
    records.push({ value, timestamp });
    this.events.push({ type: 'side-output', tag, value, timestamp });
  };

  readonly watermark = (timestamp: number): void => {
    this.watermarks.push(timestamp);
    this.events.push({ type: 'watermark', timestamp });
  };

  readonly idle = (idle: boolean): void => {
    this.statuses.push(idle);
    this.events.push({ type: 'idle', idle });
  };
}
