/**
 * Flink's names of tuples. A tuple is an array here: `value[0]` where Java has `value.f0`, and `keyBy(0)`.
 */

export type Tuple1<A> = [A];
export type Tuple2<A, B> = [A, B];
export type Tuple3<A, B, C> = [A, B, C];
export type Tuple4<A, B, C, D> = [A, B, C, D];
export type Tuple5<A, B, C, D, E> = [A, B, C, D, E];

export const Tuple1 = { of: <A>(a: A): Tuple1<A> => [a] } as const;
export const Tuple2 = { of: <A, B>(a: A, b: B): Tuple2<A, B> => [a, b] } as const;
export const Tuple3 = { of: <A, B, C>(a: A, b: B, c: C): Tuple3<A, B, C> => [a, b, c] } as const;
export const Tuple4 = { of: <A, B, C, D>(a: A, b: B, c: C, d: D): Tuple4<A, B, C, D> => [a, b, c, d] } as const;
export const Tuple5 = { of: <A, B, C, D, E>(a: A, b: B, c: C, d: D, e: E): Tuple5<A, B, C, D, E> => [a, b, c, d, e] } as const;
