/**
 * The steps from two streams to windows that they share: `where`, `equalTo`, `window` (Flink: `JoinedStreams`,
 * `CoGroupedStreams`).
 *
 * Invariants:
 * - Both keys are of one type, which the compiler checks.
 * - A step changes nothing: each can be gone on from more than once.
 */
import type { KeySelectorLike } from '../operators/functions.js';
import { taggedKey, withTaggedInputs } from '../windowing/shared-windows.js';
import type { TaggedUnion } from '../windowing/tagged-union.js';
import type { WindowAssigner } from '../windowing/window-assigner.js';
import type { Window } from '../windowing/window.js';
import type { DataStream } from './data-stream.js';
import type { FieldOf, FieldValue, Key } from './field.js';
import { keyFunction } from './key-function.js';
import type { StreamContext } from './stream-context.js';
import { CoGroupedWindows, JoinedWindows, TaggedWindowing } from './tagged-windows.js';

/** The windows that each kind of pairing leads to. */
interface WindowsOf<T1, T2, W extends Window> {
  readonly join: JoinedWindows<T1, T2, W>;
  readonly coGroup: CoGroupedWindows<T1, T2, W>;
}

/** What becomes of two streams in shared windows. */
export type Pairing = keyof WindowsOf<never, never, Window>;

/** Two streams on their way to a pairing. */
interface Pair<P extends Pairing, T1, T2> {
  readonly pairing: P;
  readonly context: StreamContext;
  readonly first: DataStream<T1>;
  readonly second: DataStream<T2>;
}

/** Two streams whose records are to meet by key and window: say the first one's key. */
export class PairedStreams<P extends Pairing, T1, T2> {
  constructor(private readonly pair: Pair<P, T1, T2>) {}

  /** The key of the first stream: a selector, or a field. */
  where<K extends Key<K>>(selector: KeySelectorLike<T1, K>): PairedWhere<P, T1, T2, K>;
  where<const F extends FieldOf<T1>>(field: F): PairedWhere<P, T1, T2, FieldValue<T1, F>>;
  where(key: unknown): PairedWhere<P, T1, T2, unknown> {
    return new PairedWhere<P, T1, T2, unknown>(this.pair, keyFunction<T1>(`where of ${this.pair.pairing}`, [key]));
  }
}

/** Two streams, the first with its key. */
export class PairedWhere<P extends Pairing, T1, T2, K> {
  /** Binds the key type; never set. */
  declare readonly keyType?: K;

  constructor(private readonly pair: Pair<P, T1, T2>, private readonly keyOf1: (value: T1) => unknown) {}

  /** The key of the second stream, of the first one's type: a selector, or a field. */
  equalTo(selector: KeySelectorLike<T2, K>): PairedEqualTo<P, T1, T2>;
  equalTo<const F extends FieldOf<T2, K>>(field: F): PairedEqualTo<P, T1, T2>;
  equalTo(key: unknown): PairedEqualTo<P, T1, T2> {
    return new PairedEqualTo<P, T1, T2>(this.pair, this.keyOf1, keyFunction<T2>(`equalTo of ${this.pair.pairing}`, [key]));
  }
}

/** Two streams with their keys. */
export class PairedEqualTo<P extends Pairing, T1, T2> {
  constructor(private readonly pair: Pair<P, T1, T2>, private readonly keyOf1: (value: T1) => unknown, private readonly keyOf2: (value: T2) => unknown) {}

  /** Cuts the records of each key, of both streams, into the same windows. */
  window<W extends Window>(assigner: WindowAssigner<TaggedUnion<T1, T2>, W>): WindowsOf<T1, T2, W>[P] {
    const { pair, keyOf1, keyOf2 } = this;
    const { kinds } = pair.context;
    const windowing = (): TaggedWindowing<T1, T2, W> => new TaggedWindowing<T1, T2, W>('window', assigner, taggedKey(keyOf1, keyOf2), (name, definition) =>
      kinds.connected<T1, T2, unknown>(kinds.keyed(pair.first, keyOf1), kinds.keyed(pair.second, keyOf2)).transform(name, withTaggedInputs(definition)));
    const windows: { [Q in Pairing]: () => WindowsOf<T1, T2, W>[Q] } = { join: () => new JoinedWindows(windowing), coGroup: () => new CoGroupedWindows(windowing) };
    return windows[pair.pairing]();
  }
}

/** Two streams to be joined (Flink: `JoinedStreams`). */
export type JoinedStreams<T1, T2> = PairedStreams<'join', T1, T2>;
/** Two streams to be grouped together (Flink: `CoGroupedStreams`). */
export type CoGroupedStreams<T1, T2> = PairedStreams<'coGroup', T1, T2>;
