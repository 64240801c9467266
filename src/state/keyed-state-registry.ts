/**
 * The keyed states of one operator, by name: what the program asks for and what a snapshot brought.
 *
 * Invariants:
 * - A state that a snapshot brought and the program has not asked for is kept and goes into the next snapshot.
 * - Where both know a state they agree in its kind and in whether it expires; whichever comes second finds out.
 */
import { FlinkError } from '../core/errors.js';
import type { KeyedStateMeta } from './operator-snapshot.js';

/** What is left of a value in a full snapshot: itself, less, or undefined for nothing. Changes nothing. */
export type KeepInSnapshot = (value: unknown) => unknown;

interface Registered {
  readonly meta: KeyedStateMeta;
  readonly keep: KeepInSnapshot | undefined;
}

export class KeyedStateRegistry {
  private readonly asked = new Map<string, Registered>();
  private readonly restored = new Map<string, KeyedStateMeta>();

  /** @param operator its name, for errors. */
  constructor(private readonly operator: string) {}

  /** The program uses a state. The first to ask decides what is kept of its values. */
  ask(meta: KeyedStateMeta, keep?: KeepInSnapshot): void {
    const id = idOf(meta);
    const known = this.asked.get(id);
    if (known !== undefined && known.meta.expiring === meta.expiring) return;
    const before = this.restored.get(id);
    if (before) this.check(before, meta);
    this.asked.set(id, { meta, keep });
  }

  /** A snapshot has a state. */
  restore(meta: KeyedStateMeta): void {
    const id = idOf(meta);
    const before = this.restored.get(id);
    const now = this.asked.get(id)?.meta;
    if (before) this.check(before, meta);
    if (now) this.check(meta, now);
    this.restored.set(id, meta);
  }

  /** Every state that is known. */
  all(): KeyedStateMeta[] {
    return [...new Map([...this.restored, ...[...this.asked].map(([id, { meta }]) => [id, meta] as const)]).values()];
  }

  /** Names of the states that the snapshot has. */
  restoredNames(): string[] {
    return [...new Set([...this.restored.values()].map(({ name }) => name))].sort();
  }

  /** The state that a backend keeps under this name. */
  stateOf(name: string): Registered {
    const known = this.asked.get(name);
    if (known) return known;
    const meta = this.restored.get(name);
    if (!meta) throw new FlinkError('INTERNAL', `nobody has asked for the keyed state "${name}"`);
    return { meta, keep: undefined };
  }

  private check(was: KeyedStateMeta, is: KeyedStateMeta): void {
    if (was.kind !== is.kind || was.namespaced !== is.namespaced) {
      throw new FlinkError('STATE_INCOMPATIBLE', `the state "${was.name}" of the operator "${this.operator}" was ${article(was)} in the snapshot and is ${article(is)} in the program`, {
        hint: 'Give the new state another name, or the operator another uid.',
        place: { operator: this.operator },
      });
    }
    if (was.expiring === is.expiring) return;
    const said = (meta: KeyedStateMeta): string => (meta.expiring ? 'a time to live' : 'no time to live');
    throw new FlinkError('STATE_INCOMPATIBLE', `the state "${was.name}" of the operator "${this.operator}" had ${said(was)} in the snapshot and has ${said(is)} in the program`, {
      hint: is.expiring ? 'Give the state that expires another name, or leave out enableTimeToLive.' : 'Keep enableTimeToLive, or give the state another name.',
      place: { operator: this.operator },
    });
  }
}

/** Timers have names of their own. */
function idOf({ kind, name }: KeyedStateMeta): string {
  return kind === 'timers' ? `timers of ${name}` : name;
}

function article({ kind, namespaced }: KeyedStateMeta): string {
  const state = kind === 'timers' ? 'timers' : `${kind === 'aggregating' ? 'an' : 'a'} ${kind} state`;
  return namespaced && kind !== 'timers' ? `${state} by window` : state;
}
