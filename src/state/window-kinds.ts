/**
 * What kind of windows an operator keeps state for, and what kind its snapshot has: namespaces of the one mean nothing to
 * the other (Flink: the namespace serializer has to be compatible).
 *
 * Invariant: of the two, whichever comes second finds out that they differ. Kinds that nobody has told agree with all.
 */
import { FlinkError } from '../core/errors.js';
import type { WindowKind } from './keyed-context.js';

export class WindowKinds {
  private kept: WindowKind | undefined;
  private restored: WindowKind | undefined;

  /** @param operator its name, for errors. */
  constructor(private readonly operator: string) {}

  /** For the next snapshot. */
  get kind(): WindowKind | undefined {
    return this.kept ?? this.restored;
  }

  /** The program's. Throws `STATE_INCOMPATIBLE`, as `restore` does. */
  keep(kind: WindowKind): void {
    this.kept = kind;
    this.check();
  }

  /** The snapshot's. */
  restore(kind: WindowKind | undefined): void {
    this.restored = kind ?? this.restored;
    this.check();
  }

  private check(): void {
    const { kept, restored, operator } = this;
    if (kept === undefined || restored === undefined || kept === restored) return;
    throw new FlinkError('STATE_INCOMPATIBLE', `the operator "${operator}" has ${shown(restored)} in the snapshot and ${shown(kept)} in the program`, {
      hint: 'Keep the kind of its windows, or give it another uid: state of the one cannot be found under the other.',
      place: { operator },
    });
  }
}

function shown(kind: WindowKind): string {
  if (kind === 'time') return 'windows of time';
  return kind.startsWith('class ') ? `windows of the ${kind}` : `${kind} windows`;
}
