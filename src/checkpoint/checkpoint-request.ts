/**
 * Requests for checkpoints that wait for their turn, the most urgent first (Flink: `CheckpointRequestDecider`).
 *
 * Order: savepoints before checkpoints, then those that may exceed the number at once, then the user's before
 * periodic ones, then the older ones.
 */
import type { SnapshotFormat, SnapshotKind } from '../core/checkpoint.js';

export interface CheckpointRequest {
  /** By which whoever asked finds it again; undefined for the coordinator's own. */
  readonly id?: number;
  readonly kind: SnapshotKind;
  readonly format: SnapshotFormat;
  readonly periodic: boolean;
  /** The job ends with it. */
  readonly stop?: 'suspend' | 'drain';
}

const REQUESTS_MAX = 1000;

export class CheckpointRequests {
  private readonly waiting: CheckpointRequest[] = [];

  /** @param isForced whether a request may exceed the number of checkpoints at once. */
  constructor(private readonly isForced: (request: CheckpointRequest) => boolean) {}

  get first(): CheckpointRequest | undefined {
    return this.waiting[0];
  }

  /**
   * Takes a request; answers with those that lose their place by it. One periodic request waits at most: another would
   * only ask for the same again.
   */
  add(request: CheckpointRequest): CheckpointRequest[] {
    if (request.periodic && this.waiting.some(({ periodic }) => periodic)) return [];
    this.waiting.push(request);
    this.waiting.sort((a, b) => this.rank(b) - this.rank(a));
    return this.waiting.splice(REQUESTS_MAX);
  }

  take(): CheckpointRequest | undefined {
    return this.waiting.shift();
  }

  /** Takes all that answer the question with yes. */
  takeAll(which: (request: CheckpointRequest) => boolean): CheckpointRequest[] {
    const taken = this.waiting.filter(which);
    const left = this.waiting.filter((request) => !which(request));
    this.waiting.splice(0, this.waiting.length, ...left);
    return taken;
  }

  private rank(request: CheckpointRequest): number {
    return (request.kind === 'savepoint' ? 4 : 0) + (this.isForced(request) ? 2 : 0) + (request.periodic ? 0 : 1);
  }
}
