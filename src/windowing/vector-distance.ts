/**
 * Distances between elements that are lists of numbers, or that a function makes lists of numbers from (Flink:
 * `EuclideanDistance`, `CosineDistance`).
 *
 * Invariant: both lists of a pair are of one length.
 */
import { classNameOf } from '../core/class-name.js';
import { FlinkError } from '../core/errors.js';
import type { DeltaFunction } from './delta-function.js';

export type Vector = readonly number[];

/** Makes a list of numbers from an element (Flink: `Extractor`). */
export type VectorExtractor<T> = ((element: T) => Vector) | { extract(element: T): Vector };

abstract class VectorDistance<T> implements DeltaFunction<T> {
  private readonly vectorOf: (element: T) => Vector;

  /** @param extractor what the distance is measured of; the element itself, a list of numbers, without one. */
  constructor(extractor?: VectorExtractor<T>) {
    if (extractor === undefined) this.vectorOf = (element) => element as unknown as Vector;
    else if (typeof extractor === 'function') this.vectorOf = extractor;
    else this.vectorOf = (element) => extractor.extract(element);
  }

  getDelta(before: T, after: T): number {
    const [from, to] = [this.vectorOf(before), this.vectorOf(after)];
    if (from.length !== to.length) {
      throw new FlinkError('USER_FUNCTION', `${classNameOf(this)} expects lists of one length; got ${from.length} and ${to.length} numbers`);
    }
    return this.between(from, to);
  }

  protected abstract between(from: Vector, to: Vector): number;
}

/** The length of the straight line between two points. */
export class EuclideanDistance<T = Vector> extends VectorDistance<T> {
  protected between(from: Vector, to: Vector): number {
    return Math.hypot(...from.map((each, at) => each - to[at]!));
  }
}

/** How far two lists of numbers point into different directions: 0 for the same, 2 for opposite ones; 0 where one is all zeros. */
export class CosineDistance<T = Vector> extends VectorDistance<T> {
  protected between(from: Vector, to: Vector): number {
    const lengths = Math.hypot(...from) * Math.hypot(...to);
    return lengths === 0 ? 0 : 1 - from.reduce((sum, each, at) => sum + each * to[at]!, 0) / lengths;
  }
}
