// What windows mean, written as simply as can be: a list of panes, searched from end to end. Event time only.
import type { Item } from './windows.js';

export type Step = { readonly item: Item; readonly at: number } | { readonly watermark: number };
export interface Spec {
  readonly windows: { readonly kind: 'aligned'; readonly size: number; readonly slide: number; readonly offset: number } | { readonly kind: 'session'; readonly gap: number };
  readonly trigger: 'event' | { readonly count: number } | { readonly every: number };
  readonly purging: boolean;
  readonly lateness: number;
}
interface Pane { key: string; start: number; end: number; items: number[]; count: number; next: number | undefined; timers: Set<number> }

const CONTINUE = '', FIRE = 'fire';

/** What each step emits, in no order, and `late` for an item that came too late. */
export function naiveModel({ windows, trigger, purging, lateness }: Spec, steps: readonly Step[]): string[][] {
  let now = -Infinity;
  let panes: Pane[] = [];
  let out: string[] = [];
  const isOver = (pane: { end: number }): boolean => pane.end - 1 + lateness <= now;
  const arm = (pane: Pane, time: number, every: number): void => void pane.timers.add((pane.next = Math.min(time + every, pane.end - 1)));
  const act = (pane: Pane, result: string): void => {
    if (result !== FIRE) return;
    if (pane.items.length > 0) out.push(`${pane.key} [${pane.start},${pane.end}) ${pane.items.toSorted().join(' ')}`);
    if (purging) pane.items = [];
  };
  const onItem = (pane: Pane, at: number): string => {
    if (typeof trigger === 'object' && 'count' in trigger) return (pane.count += 1) >= trigger.count ? ((pane.count = 0), FIRE) : CONTINUE;
    if (pane.end - 1 <= now) return FIRE;
    pane.timers.add(pane.end - 1);
    if (typeof trigger === 'object' && pane.next === undefined) arm(pane, at - (at % trigger.every), trigger.every);
    return CONTINUE;
  };
  const onTimer = (pane: Pane, time: number): string => {
    if (typeof trigger === 'object' && 'count' in trigger) return CONTINUE;
    if (time === pane.end - 1) return FIRE;
    if (trigger === 'event' || time !== pane.next) return CONTINUE;
    arm(pane, time, trigger.every);
    return FIRE;
  };
  const session = (key: string, at: number, gap: number): Pane => {
    const met = panes.filter((pane) => pane.key === key && pane.start <= at + gap && pane.end >= at);
    const [start, end] = [Math.min(at, ...met.map((pane) => pane.start)), Math.max(at + gap, ...met.map((pane) => pane.end))];
    if (met.length === 1 && met[0]!.start === start && met[0]!.end === end) return met[0]!;
    const nexts = met.flatMap((pane) => pane.next ?? []);
    const merged: Pane = { key, start, end, items: met.flatMap((pane) => pane.items), count: met.reduce((sum, pane) => sum + pane.count, 0), next: nexts.length > 0 ? Math.min(...nexts) : undefined, timers: new Set() };
    if (merged.next !== undefined) merged.timers.add(merged.next);
    if (trigger === 'event' && met.length > 0 && end - 1 > now) merged.timers.add(end - 1);
    if (isOver(merged)) return merged;
    panes = [...panes.filter((pane) => !met.includes(pane)), merged];
    return merged;
  };
  const aligned = (key: string, start: number, size: number): Pane => {
    const pane = panes.find((each) => each.key === key && each.start === start) ?? { key, start, end: start + size, items: [], count: 0, next: undefined, timers: new Set<number>() };
    if (!isOver(pane) && !panes.includes(pane)) panes.push(pane);
    return pane;
  };
  const assigned = (key: string, at: number): Pane[] => {
    if (windows.kind === 'session') return [session(key, at, windows.gap)];
    const { size, slide, offset } = windows;
    const found: Pane[] = [];
    for (let k = Math.floor((at - offset) / slide); k * slide + offset > at - size; k--) found.push(aligned(key, k * slide + offset, size));
    return found;
  };
  return steps.map((step) => {
    out = [];
    if ('item' in step) {
      const taken = assigned(step.item[0], step.at).filter((pane) => !isOver(pane));
      for (const pane of taken) {
        pane.items.push(step.item[1]);
        act(pane, onItem(pane, step.at));
        pane.timers.add(pane.end - 1 + lateness);
      }
      if (taken.length === 0 && step.at + lateness <= now) out.push('late');
    } else if (step.watermark > now) {
      now = step.watermark;
      for (;;) {
        const due = panes.flatMap((pane) => [...pane.timers].map((time) => ({ pane, time }))).filter(({ time }) => time <= now).sort((a, b) => a.time - b.time)[0];
        if (!due) break;
        due.pane.timers.delete(due.time);
        act(due.pane, onTimer(due.pane, due.time));
        if (due.time === due.pane.end - 1 + lateness) panes = panes.filter((pane) => pane !== due.pane);
      }
    }
    return out;
  });
}
