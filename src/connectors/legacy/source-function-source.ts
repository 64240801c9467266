/**
 * Runs a `SourceFunction` as a source (Flink: `addSource`).
 *
 * There are no splits: every subtask runs the function once. A function that is not parallel runs in one subtask.
 */
import { systemClock, type Clock } from '../../core/clock.js';
import { FlinkError } from '../../core/errors.js';
import type { CheckpointedFunction, SourceFunction, SourceFunctionLike } from '../../operators/functions.js';
import type { Boundedness, Source, SourceReader, SourceReaderContext, SplitEnumerator } from '../../operators/source.js';
import { SourceFunctionReader } from './source-function-reader.js';

export class SourceFunctionSource<T> implements Source<T, never, null> {
  readonly parallel: boolean;
  /** A function can go on where it was if it keeps state. */
  readonly replays: boolean;
  private readonly given: SourceFunctionLike<T>;

  /** Takes an object with `run`, a lambda in its place, or a class of such objects; else throws `INVALID_ARGUMENT`. */
  constructor(
    given: SourceFunctionLike<T>,
    readonly boundedness: Boundedness = 'CONTINUOUS_UNBOUNDED',
    private readonly clock: Clock = systemClock,
  ) {
    this.given = given;
    const instance = instantiate(given);
    this.parallel = instance.parallel === true;
    this.replays = typeof (instance as Partial<CheckpointedFunction>).snapshotState === 'function';
  }

  createReader(context: SourceReaderContext<never>): SourceReader<T, never> {
    if (!this.parallel && context.parallelism > 1) {
      throw new FlinkError('INVALID_ARGUMENT', `A source function that is not parallel was to run in ${context.parallelism} subtasks`, {
        hint: 'Leave its parallelism at 1, or make it a ParallelSourceFunction.',
      });
    }
    return new SourceFunctionReader(context, instantiate(this.given), this.clock);
  }

  createEnumerator(): SplitEnumerator<never, null> {
    return noSplits;
  }

  restoreEnumerator(): SplitEnumerator<never, null> {
    return noSplits;
  }
}

const noSplits: SplitEnumerator<never, null> = {
  handleSplitRequest() {},
  addSplitsBack() {},
  addReader() {},
  snapshotState: () => null,
};

function instantiate<T>(given: SourceFunctionLike<T>): SourceFunction<T> {
  const made: unknown = typeof given !== 'function' ? given : isClass(given) ? new (given as new () => SourceFunction<T>)() : { run: given, cancel() {} };
  if (typeof (made as { run?: unknown } | null)?.run === 'function') return made as SourceFunction<T>;
  throw new FlinkError('INVALID_ARGUMENT', `addSource takes a function, an object with run(), or a class of such objects, but got ${typeof given}`, {
    hint: 'Give addSource an object with run(context) and cancel().',
  });
}

function isClass(given: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(given)) || typeof (given as { prototype?: { run?: unknown } }).prototype?.run === 'function';
}
