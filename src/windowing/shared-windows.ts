/**
 * Windows that two streams share: a window operator with two inputs, and what leaves its windows (Flink:
 * `CoGroupedStreams`, `JoinedStreams`).
 *
 * Invariants:
 * - The window operator itself sees one stream of tagged records; each input tags its own.
 * - Both lists of a window hold their records in the order in which they came.
 */
import type { CoGroupFunction, Collector, EitherJoinFunction } from '../operators/functions.js';
import { RichFlatJoinFunction, RichJoinFunction } from '../operators/functions.js';
import type { OperatorDefinition } from '../operators/operator.js';
import type { Emit, HashedEmit } from '../operators/output.js';
import { isLambda, userFunction } from '../operators/user-function.js';
import { ownStrings } from '../state/own-strings.js';
import { TaggedUnion } from './tagged-union.js';
import type { MakeEmission } from './window-emission.js';
import type { Window } from './window.js';

/** The key of a tagged record: that of the record. */
export function taggedKey<T1, T2>(keyOf1: (value: T1) => unknown, keyOf2: (value: T2) => unknown): (tagged: TaggedUnion<T1, T2>) => unknown {
  return (tagged) => (tagged.isOne() ? keyOf1(tagged.getOne() as T1) : keyOf2(tagged.getTwo() as T2));
}

/** Gives an operator of tagged records an input for each of the two streams. */
export function withTaggedInputs<OUT>(definition: OperatorDefinition<OUT>): OperatorDefinition<OUT> {
  return {
    ...definition,
    ...(definition.inBatch && { inBatch: withTaggedInputs(definition.inBatch) }),
    instantiate(context) {
      const operator = definition.instantiate(context);
      const input = operator.inputs[0] as Emit;
      const hashedInput = operator.hashedInputs?.[0] as HashedEmit | undefined;
      const pairs = [TaggedUnion.one, TaggedUnion.two].map((tag) => context.specialise(tagKernel)(tag, ownStrings, input, hashedInput ?? input));
      const own = { inputs: pairs.map((pair) => pair.input), hashedInputs: pairs.map((pair) => (hashedInput ? pair.hashedInput : undefined)) };
      return Object.assign(Object.create(operator) as typeof operator, own);
    },
  };
}

function tagKernel(tag: (value: unknown) => unknown, own: (value: unknown) => unknown, next: Emit, hashedNext: HashedEmit): { input: Emit; hashedInput: HashedEmit } {
  return {
    input: function tagged(value, timestamp) {
      next(tag(own(value)), timestamp);
    },
    hashedInput: function tagged(value, timestamp, hash) {
      hashedNext(tag(own(value)), timestamp, hash);
    },
  };
}

/** Gives the records of both streams to a `CoGroupFunction`, also when one of them brought none. */
export function coGroupEmission<W extends Window>(given: unknown): MakeEmission<W> {
  const make = userFunction<CoGroupFunction<unknown, unknown, unknown>>(given, { operator: 'apply of coGroup', methods: ['coGroup'] });
  return ({ context }) => {
    const { call, lifeCycle } = make(context);
    const out = new StampedCollector(context.output.emit as Emit);
    return {
      emit(_key, window, elements) {
        const [first, second] = apart(elements);
        out.timestamp = window.maxTimestamp();
        call.coGroup(first, second, out);
      },
      clear() {},
      usesState: !isLambda(given),
      lifeCycle,
    };
  };
}

/** Gives every pair of a window to a `JoinFunction` or a `FlatJoinFunction`. */
export function joinEmission<W extends Window>(given: unknown): MakeEmission<W> {
  const make = userFunction<EitherJoinFunction<unknown, unknown, unknown>>(given, { operator: 'apply of join', methods: ['join'] });
  const flat = collects(given);
  return ({ context }) => {
    const { call, lifeCycle } = make(context);
    const out = new StampedCollector(context.output.emit as Emit);
    const pair = (one: unknown, two: unknown): void => {
      const result = call.join(one, two, out);
      if (!flat) out.collect(result);
    };
    return {
      emit(_key, window, elements) {
        const [first, second] = apart(elements);
        out.timestamp = window.maxTimestamp();
        for (const one of first) for (const two of second) pair(one, two);
      },
      clear() {},
      usesState: !isLambda(given),
      lifeCycle,
    };
  };
}

const FLAT_JOIN_PARAMETERS = 3;

/** A function that collects its results is told by its third parameter, for both kinds have a method of one name. */
function collects(given: unknown): boolean {
  if (isLambda(given)) return (given as { readonly length: number }).length >= FLAT_JOIN_PARAMETERS;
  const target = (typeof given === 'function' ? new (given as new () => unknown)() : given) as EitherJoinFunction<unknown, unknown, unknown>;
  if (target instanceof RichJoinFunction) return false;
  return target instanceof RichFlatJoinFunction || target.join.length >= FLAT_JOIN_PARAMETERS;
}

function apart(elements: readonly unknown[]): [first: unknown[], second: unknown[]] {
  const both: [unknown[], unknown[]] = [[], []];
  for (const tagged of elements as readonly TaggedUnion<unknown, unknown>[]) {
    if (tagged.isOne()) both[0].push(tagged.getOne());
    else both[1].push(tagged.getTwo());
  }
  return both;
}

class StampedCollector implements Collector<unknown> {
  timestamp = 0;

  constructor(private readonly emit: Emit) {}

  collect(value: unknown): void {
    this.emit(value, this.timestamp);
  }
}
