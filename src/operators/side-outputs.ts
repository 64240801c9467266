/**
 * The side outputs of one operator, as its user function reaches them: opened when something first goes to them.
 */
import { FlinkError } from '../core/errors.js';
import { preview } from '../core/preview.js';
import type { Emit, Output } from './output.js';
import { OutputTag } from './output-tag.js';

export class SideOutputs {
  private readonly emits = new Map<string, Emit<never>>();

  constructor(private readonly output: Pick<Output<never>, 'side'>) {}

  /** Throws `INVALID_ARGUMENT` for what is no tag: a name alone would be a side output that nobody reads. */
  emit<X>(tag: OutputTag<X>, value: X, timestamp: number): void {
    (this.emits.get(tag?.id) ?? this.open(tag))(value as never, timestamp);
  }

  private open(tag: OutputTag<unknown>): Emit<never> {
    const emit = this.output.side<never>(sideOutputId(tag));
    this.emits.set(tag.id, emit);
    return emit;
  }
}

/** What a side output is known by. Throws `INVALID_ARGUMENT` for what is no tag. */
export function sideOutputId(tag: OutputTag<unknown>): string {
  if (tag instanceof OutputTag) return tag.id;
  throw new FlinkError('INVALID_ARGUMENT', `output takes an OutputTag first; got ${preview(tag)}`, { hint: "Make one, new OutputTag<Type>('name'), and give the same to getSideOutput." });
}
