/**
 * What flows through simulated jobs.
 *
 * Between operators every record travels in an envelope that says which subtask sent it and as its how-manieth: that
 * is what lets each receiver check order, partition and key.
 */
export interface Rec {
  /** Who this record is, through every transformation. */
  readonly id: string;
  /** A number or a text, to be keyed by. */
  readonly key: number | string;
  readonly n: number;
  /** Something to travel; of changing shape, so that schemas are renegotiated. */
  readonly load?: unknown;
}

export interface Envelope {
  readonly rec: Rec;
  /** Node id of the sender. */
  readonly node: number;
  readonly subtask: number;
  /** Which attempt of it: a record in flight may come out of a checkpoint of the attempt before. */
  readonly attempt: number;
  /** Counts up per sender, side output included. */
  readonly sequence: number;
  /** Side output, '' for the main one. */
  readonly tag: string;
}

/** A record as text, for comparing multisets. */
export function textOf(rec: Rec): string {
  return `${rec.id}|${rec.key}|${rec.n}`;
}
