/**
 * A source whose reader emits for several splits, as a test says.
 */
import type { Boundedness, ReaderOutput, Source, SourceReader, SplitEnumerator, SplitEnumeratorContext } from '../../src/index.js';

export interface Event {
  readonly split: string;
  readonly time: number;
}

/** What a reader does: an event of a split, the end of one, or what the script says by itself. */
export type Step = Event | { readonly end: string } | ((output: ReaderOutput<Event>) => void);

/** One reader that plays a script, a step a poll, and then ends, or waits for ever. */
export class Scripted implements Source<Event, null, null> {
  readonly boundedness: Boundedness;
  readonly parallel = false;

  constructor(private readonly steps: readonly Step[], readonly emitsPerSplit: boolean, private readonly endless = false) {
    this.boundedness = endless ? 'CONTINUOUS_UNBOUNDED' : 'BOUNDED';
  }

  createReader(): SourceReader<Event, null> {
    let at = 0;
    return {
      pollNext: (output) => {
        const step = this.steps[at++];
        if (step === undefined) return this.endless ? 'NOTHING_AVAILABLE' : 'END_OF_INPUT';
        if (typeof step === 'function') step(output);
        else if ('end' in step) output.releaseOutputForSplit?.(step.end);
        else (output.createOutputForSplit?.(step.split) ?? output).collect(step, step.time);
        return 'MORE_AVAILABLE';
      },
      isAvailable: () => (this.endless ? new Promise(() => {}) : Promise.resolve()),
      addSplits() {},
      notifyNoMoreSplits() {},
      snapshotState: () => [],
    };
  }
  createEnumerator(_context: SplitEnumeratorContext<null>): SplitEnumerator<null, null> {
    return { handleSplitRequest() {}, addSplitsBack() {}, addReader() {}, snapshotState: () => null };
  }
  restoreEnumerator(context: SplitEnumeratorContext<null>): SplitEnumerator<null, null> {
    return this.createEnumerator(context);
  }
}
