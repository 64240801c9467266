/**
 * How the process stands, under Flink's names as far as they mean the same here; what only Node has is named so.
 */
import { availableParallelism } from 'node:os';
import { threadMemory } from '../cluster/thread-memory.js';
import type { ThreadMemory } from '../cluster/messages.js';
import type { Clock } from '../core/clock.js';

/** Of one thread's heap: each has its own. `All` adds up its collectors, as in Flink. */
export function memoryMetrics({ heapUsed, heapCommitted, heapMax, external, garbageCollectors }: ThreadMemory): [string, number][] {
  return [
    ['Status.JVM.Memory.Heap.Used', heapUsed], ['Status.JVM.Memory.Heap.Committed', heapCommitted], ['Status.JVM.Memory.Heap.Max', heapMax],
    ['Status.JVM.Memory.NonHeap.Used', external],
    ...[...garbageCollectors, allOf(garbageCollectors)].flatMap(({ name, count, timeMs }): [string, number][] => [
      [`Status.JVM.GarbageCollector.${name}.Count`, count], [`Status.JVM.GarbageCollector.${name}.Time`, timeMs],
    ]),
  ];
}

function allOf(collectors: ThreadMemory['garbageCollectors']): ThreadMemory['garbageCollectors'][number] {
  return { name: 'All', count: sum(collectors.map(({ count }) => count)), timeMs: sum(collectors.map(({ timeMs }) => timeMs)) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

const MICROSECONDS = 1_000;

export class ProcessMetrics {
  private looked: { readonly at: number; readonly cpuMs: number } | undefined;
  private load = 0;

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {
    // What is collected of garbage counts from now on.
    threadMemory();
  }

  /** Of the thread that asks, and of the process with all its threads. */
  read(): [string, number][] {
    const { user, system } = process.cpuUsage();
    const cpuMs = (user + system) / MICROSECONDS;
    return [
      ...memoryMetrics(threadMemory()),
      ['Status.JVM.CPU.Load', this.loadSince(cpuMs)], ['Status.JVM.CPU.Time', Math.round(cpuMs * 1e6)], ['Status.Node.Memory.ResidentSetSize', process.memoryUsage.rss()],
    ];
  }

  /** Which share of the machine's cores the process has used since somebody last looked. */
  private loadSince(cpuMs: number): number {
    const at = this.clock.monotonic();
    const { looked } = this;
    if (!looked || at - looked.at >= LOOK_MS_MIN) {
      const [spent, past] = looked ? [cpuMs - looked.cpuMs, at - looked.at] : [cpuMs, process.uptime() * 1_000];
      this.load = Math.min(1, Math.max(0, spent / Math.max(1, past) / availableParallelism()));
      this.looked = { at, cpuMs };
    }
    return this.load;
  }
}

/** Two who look at the same time see the same. */
const LOOK_MS_MIN = 500;
