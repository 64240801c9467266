/**
 * What a task learns of the barriers in its channels, and what it is to do about it. The rules (`BarrierAlignment`,
 * `BarrierCounting`) go from the one to the other and know neither channels nor a clock.
 */
import type { CheckpointBarrier, CheckpointFailureReason } from '../../core/checkpoint.js';

/** Channels are numbered through all inputs of the task. */
export type BarrierFact =
  /** All records in front of the barrier have been taken. */
  | { readonly type: 'barrier'; readonly channel: number; readonly barrier: CheckpointBarrier }
  /** The barrier has been seen behind records that still wait. */
  | { readonly type: 'announced'; readonly channel: number; readonly barrier: CheckpointBarrier }
  | { readonly type: 'cancelled'; readonly channel: number; readonly checkpointId: number }
  /** Nothing will come on this channel any more, not even a barrier. */
  | { readonly type: 'ended'; readonly channel: number }
  /** Time has passed, with nothing else to tell. */
  | { readonly type: 'time' };

export type BarrierDecision =
  /** Take nothing from the channel for now. */
  | { readonly type: 'block'; readonly channel: number }
  /** Take from all channels again. */
  | { readonly type: 'unblock' }
  | {
      readonly type: 'checkpoint';
      readonly barrier: CheckpointBarrier;
      readonly unaligned: boolean;
      /** Unaligned: what is in front of the barrier on these channels belongs to the snapshot. */
      readonly inFlightOn: readonly number[];
      /** When the first barrier came (epoch milliseconds). */
      readonly firstBarrierAt: number;
    }
  /** Nothing more that comes belongs to the unaligned snapshot. */
  | { readonly type: 'in-flight-complete'; readonly checkpointId: number }
  /** The checkpoint comes to nothing here: say so to the JobManager and downstream. */
  | { readonly type: 'abort'; readonly checkpointId: number; readonly reason: CheckpointFailureReason };
