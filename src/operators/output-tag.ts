/**
 * The name and type of a side output (Flink: `OutputTag`).
 *
 * Invariant: two tags with the same id are the same side output of an operator.
 */
import { FlinkError } from '../core/errors.js';
import type { TypeLike } from '../core/type-information.js';

export class OutputTag<T> {
  /** Binds the type of the side output's records; never set. */
  declare readonly recordType?: T;

  /**
   * @param id Names the side output; not empty. Throws `INVALID_ARGUMENT` otherwise.
   * @param _type Tells the compiler, and nobody else: `new OutputTag('late', Types.STRING)`.
   */
  constructor(readonly id: string, _type?: TypeLike<T>) {
    if (typeof id !== 'string' || id === '') {
      throw new FlinkError('INVALID_ARGUMENT', `an OutputTag needs a name that is not empty, not ${JSON.stringify(id)}`, { hint: "Write new OutputTag<Type>('name')." });
    }
  }

  /** Flink's name of `id`. */
  getId(): string {
    return this.id;
  }
}
