/**
 * How often the calling thread has collected garbage, and how long that took: each thread has a heap of its own.
 *
 * Invariant: what is counted begins when it is first asked for, which a thread does when it starts.
 */
import { constants, type NodeGCPerformanceDetail, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** One of V8's collectors: `Scavenge` of the young generation, `MarkCompact` of the whole heap. */
export interface GarbageCollector {
  readonly name: string;
  readonly count: number;
  /** Milliseconds in which the thread stood still for it. */
  readonly timeMs: number;
}

const collectors = { Scavenge: { count: 0, timeMs: 0 }, MarkCompact: { count: 0, timeMs: 0 } };
let observer: PerformanceObserver | undefined;

/** Since the thread began to count. */
export function garbageCollections(): GarbageCollector[] {
  if (!observer) {
    observer = new PerformanceObserver((list) => list.getEntries().forEach(book));
    observer.observe({ type: 'gc' });
  }
  return Object.entries(collectors).map(([name, { count, timeMs }]) => ({ name, count, timeMs: Math.round(timeMs) }));
}

function book(entry: PerformanceEntry): void {
  const { kind } = (entry as PerformanceEntry & { readonly detail: NodeGCPerformanceDetail }).detail;
  const young = kind === constants.NODE_PERFORMANCE_GC_MINOR;
  const collector = collectors[young ? 'Scavenge' : 'MarkCompact'];
  collector.timeMs += entry.duration;
  // Steps of a collection of the whole heap are entries of their own.
  if (young || kind === constants.NODE_PERFORMANCE_GC_MAJOR) collector.count += 1;
}
