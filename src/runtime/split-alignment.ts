/**
 * Keeps the splits that one reader reads at the same time level with each other, and with the sources that it is
 * aligned with: those that are too far ahead are paused, alone (Flink: `SourceOperator`, `pauseOrResumeSplits`).
 *
 * Invariants:
 * - A reader is told of changes only, and never of a split that has been released.
 * - A split that has given nothing, or is idle, is not paused; nor is the only one.
 */
import { FlinkError } from '../core/errors.js';
import type { SplitFollower } from '../operators/operator.js';
import type { SourceReader } from '../operators/source.js';

export interface SplitAlignmentOptions {
  readonly reader: Pick<SourceReader<unknown>, 'pauseOrResumeSplits'>;
  readonly follower: SplitFollower;
  /** Lets a reader that cannot pause its splits go on nevertheless. */
  readonly allowUnaligned: boolean;
}

export class SplitAlignment {
  private readonly paused = new Set<string>();

  constructor(private readonly options: SplitAlignmentOptions) {}

  get pausesSome(): boolean {
    return this.paused.size > 0;
  }

  /** Pauses and resumes so that no split is read beyond `allowed`. */
  compare(allowed: number): void {
    const { reader, follower, allowUnaligned } = this.options;
    const times = [...follower.times()];
    const ahead = new Set(times.length > 1 ? times.filter(([, time]) => time > allowed).map(([id]) => id) : []);
    const toPause = [...ahead].filter((id) => !this.paused.has(id));
    const toResume = times.map(([id]) => id).filter((id) => this.paused.has(id) && !ahead.has(id));
    this.paused.clear();
    if (toPause.length === 0 && toResume.length === 0 && ahead.size === 0) return;
    if (!reader.pauseOrResumeSplits) {
      if (allowUnaligned) return;
      throw cannotPause(toPause[0]!);
    }
    for (const id of ahead) this.paused.add(id);
    if (toPause.length === 0 && toResume.length === 0) return;
    for (const id of toPause) follower.pause(id, true);
    for (const id of toResume) follower.pause(id, false);
    reader.pauseOrResumeSplits(toPause, toResume);
  }
}

function cannotPause(split: string): FlinkError {
  return new FlinkError('INVALID_ARGUMENT', `the split ${JSON.stringify(split)} is too far ahead in event time, and the source's reader cannot pause it: it has no pauseOrResumeSplits()`, {
    hint: 'Implement pauseOrResumeSplits(splitsToPause, splitsToResume) in the reader, or set pipeline.watermark-alignment.allow-unaligned-source-splits to true.',
  });
}
