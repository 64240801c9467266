/**
 * What becomes of what a committer is asked for, and how that is counted.
 */
import { describe, expect, it } from 'vitest';
import { CommitMetrics } from '../../src/operators/commit-metrics.js';
import { commitAll, type Committed } from '../../src/operators/commit-requests.js';
import type { MetricGroup } from '../../src/operators/metric-group.js';
import { SimpleCounter } from '../../src/operators/metrics/simple-counter.js';
import type { CommitRequest } from '../../src/operators/sink.js';
import { Configuration, type Sink, SinkOptions } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';
import { ManualClock } from '../../src/testing/manual-clock.js';

const counters = new Map<string, SimpleCounter>();
let pending = (): number => 0;

function metricsOf(waiting: () => number): CommitMetrics {
  counters.clear();
  const group = {
    counter(name: string) {
      const counter = new SimpleCounter();
      counters.set(name, counter);
      return counter;
    },
    gauge: (_name: string, gauge: () => number) => (pending = gauge),
  };
  return new CommitMetrics(group as unknown as MetricGroup, waiting);
}

const counted = (): Record<string, number> => Object.fromEntries([...counters].map(([name, counter]) => [name.replace('Committables', ''), counter.getCount()]));

/** The committer's answers by round; the clock moves on whenever it is waited for. */
async function commits(committables: readonly string[], commit: (requests: readonly CommitRequest<string>[], round: number) => void, retries?: number, metrics?: CommitMetrics): Promise<Committed<string> & { rounds: number; ms: number; warned: string[] }> {
  const clock = new ManualClock();
  const warned: string[] = [];
  let rounds = 0;
  let over = false;
  const done = commitAll(committables, { clock, sinkName: 'Out', warn: (text) => void warned.push(text), committer: { commit: (requests) => commit(requests, rounds++) }, metrics, ...(retries === undefined ? {} : { retries }) })
    .finally(() => void (over = true));
  done.catch(() => {});
  const start = clock.now();
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.scheduled > 0) clock.advance(clock.nextCall! - clock.now());
  }
  return { ...(await done), rounds, ms: clock.now() - start, warned };
}

const asked = (request: CommitRequest<string>): string => `${request.getCommittable()}${request.getNumberOfRetries()}`;

describe('what a committer is asked for', () => {
  it('is committed when nothing is said of it, and asked for again a second later when it wants to be, as often as it wants', async () => {
    const seen: string[][] = [];
    const { rounds, ms, ...done } = await commits(['a', 'b', 'c'], (requests, round) => {
      seen.push(requests.map(asked));
      if (round === 0) for (const request of requests.slice(1)) request.retryLater();
      if (round === 1) requests[0]!.updateAndRetryLater('b, the rest');
    });
    expect(seen).toEqual([['a0', 'b0', 'c0'], ['b1', 'c1'], ['b, the rest2']]);
    expect(done).toMatchObject({ committables: ['a', 'b, the rest', 'c'], failed: 0 });
    expect([rounds, ms]).toEqual([3, 2_000]);
  });

  it('fails the task when it is still to be tried again after the last retry', async () => {
    let tries = 0;
    const never = (requests: readonly CommitRequest<string>[]): void => {
      tries++;
      requests[0]!.retryLater();
    };
    await expect(commits(['a', 'b'], never, 0)).rejects.toThrow('the sink "Out" could not commit 1 of 2 parts of its output, which were to be tried again, after 0 retries');
    expect(tries).toBe(1);
    await expect(commits(['a'], never, 2)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE', hint: expect.stringContaining('sink.committer.retries') });
    expect(tries).toBe(4);
    expect(await commits(['a'], (requests, round) => void (round < 2 && requests[0]!.retryLater()), 2)).toMatchObject({ committables: ['a'], rounds: 3 });
  });

  it('is dropped with a warning for a known reason, and fails the task for an unknown one', async () => {
    const dropped = await commits(['a', 'b'], (requests) => requests[0]!.signalFailedWithKnownReason(new Error('too old')));
    expect(dropped).toMatchObject({ committables: ['b'], failed: 1, warned: ['Warning: the sink "Out" gives up a part of its output: too old'] });
    await expect(commits(['a', 'b'], (requests) => requests[1]!.signalFailedWithUnknownReason(new Error('no idea')))).rejects.toThrow('the sink "Out" could not commit its output: no idea');
  });

  it('is counted when it is asked for, each time that it is tried again, and once as what became of it', async () => {
    const metrics = metricsOf(() => 5);
    const rounds: unknown[] = [];
    const all = ['0', '1', '2', '3', '4', '5', '6'];
    await commits(all, (requests, round) => {
      rounds.push([counted(), pending()]);
      if (round === 0) for (const request of requests) request.retryLater();
      else {
        for (const request of requests) {
          const at = Number(request.getCommittable());
          if (at === 0) request.signalAlreadyCommitted();
          else if (at <= 2) request.signalFailedWithKnownReason(new Error('no'));
          else if (at <= 5 && round === 1) request.retryLater();
        }
      }
    }, undefined, metrics);
    const none = { total: 7, successful: 0, alreadyCommitted: 0, failed: 0, retried: 0 };
    expect(rounds).toEqual([[none, 12], [{ ...none, retried: 7 }, 12], [{ total: 7, successful: 1, alreadyCommitted: 1, failed: 2, retried: 10 }, 8]]);
    expect([counted(), pending()]).toEqual([{ total: 7, successful: 4, alreadyCommitted: 1, failed: 2, retried: 10 }, 5]);
  });
});

it('a job says how often its committers are asked again', async () => {
  const cluster = new MiniCluster();
  let tries = 0;
  const sink: Sink<number, number> = {
    createWriter: () => ({ write() {}, flush() {}, prepareCommit: () => [1] }),
    createCommitter: () => ({
      commit(requests) {
        tries++;
        for (const request of requests) request.retryLater();
      },
    }),
  };
  let over = false;
  const running = cluster.run(async (env) => {
    env.configure(new Configuration().set(SinkOptions.COMMITTER_RETRIES, 2));
    env.fromElements(1).sinkTo(sink);
    await env.execute();
  }).finally(() => void (over = true));
  running.catch(() => {});
  while (!over) await cluster.clock.advance(100);
  await expect(running).rejects.toThrow('after 2 retries');
  expect(tries).toBe(3);
  await cluster.close();
});
