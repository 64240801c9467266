/**
 * The samples behind flame graphs: taken when somebody asks, kept for those who ask again.
 *
 * Invariants:
 * - A vertex is sampled once at a time, and not before somebody asks.
 * - Samples that nobody has asked for in a while are forgotten.
 */
import { threadName } from '../cluster/live-threads.js';
import type { VertexSnapshot } from '../cluster/running-job.js';
import { sampleThread } from '../cluster/thread-samples.js';
import type { Clock } from '../core/clock.js';
import type { Configuration } from '../core/configuration.js';
import { FlameGraphCleanupInterval, FlameGraphDelay, FlameGraphRefreshInterval, FlameGraphSamples, FlameGraphStackDepth } from '../core/options.js';
import { readable, type SubtaskSample, subtaskSamples } from './flame-graph.js';
import type { JobRecord } from './job-record.js';

/** What a vertex was found doing. */
export interface VertexSamples {
  /** When the last sample was taken, in epoch milliseconds. */
  readonly endTime: number;
  readonly samples: readonly SubtaskSample[];
}

interface Entry {
  taken: VertexSamples | undefined;
  sampling: boolean;
  askedAt: number;
}

export class FlameGraphs {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly configuration: Configuration, private readonly clock: Clock, private readonly sample: typeof sampleThread = sampleThread) {}

  /** The samples of a vertex as they were last taken; undefined while the first ones are. Stale ones are taken anew meanwhile. */
  samplesOf(record: JobRecord, vertex: VertexSnapshot): VertexSamples | undefined {
    const now = this.clock.now();
    this.forgetUnasked(now);
    const key = `${record.job.jobId}/${vertex.id}`;
    const entry = this.entries.get(key) ?? { taken: undefined, sampling: false, askedAt: now };
    this.entries.set(key, entry);
    entry.askedAt = now;
    const stale = !entry.taken || entry.taken.endTime + this.configuration.get(FlameGraphRefreshInterval) <= now;
    if (stale && !entry.sampling) void this.refresh(entry, record, vertex);
    return entry.taken;
  }

  /** Of a vertex that cannot be sampled there are no samples: who asks again has it tried again. */
  private async refresh(entry: Entry, record: JobRecord, vertex: VertexSnapshot): Promise<void> {
    entry.sampling = true;
    try {
      const sampling = { samples: this.configuration.get(FlameGraphSamples), delayMs: this.configuration.get(FlameGraphDelay) };
      const depth = this.configuration.get(FlameGraphStackDepth);
      const threads = [...new Set(vertex.subtasks.map(({ taskManager }) => taskManager))];
      const perThread = await Promise.all(threads.map(async (index) => subtaskSamples(vertex, index, await this.sample(threadName(index), sampling, this.clock), depth)));
      entry.taken = { endTime: this.clock.now(), samples: await readable(perThread.flat(), record.readableStack) };
    } catch {
      entry.taken = undefined;
    } finally {
      entry.sampling = false;
    }
  }

  private forgetUnasked(now: number): void {
    const limit = now - this.configuration.get(FlameGraphCleanupInterval);
    for (const [key, { askedAt }] of this.entries) if (askedAt < limit) this.entries.delete(key);
  }
}
