/** Flame graphs: whose time a look at a thread counts for, and how looks become a graph. */
import { describe, expect, it } from 'vitest';
import type { ThreadSample } from '../../src/cluster/thread-samples.js';
import { Configuration } from '../../src/core/configuration.js';
import { FlameGraphCleanupInterval, FlameGraphRefreshInterval } from '../../src/core/options.js';
import { flameGraphOf, readable, subtaskSamples } from '../../src/rest/flame-graph.js';
import { FlameGraphs } from '../../src/rest/flame-graphs.js';
import type { JobRecord } from '../../src/rest/job-record.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { metrics, vertex } from '../client/fake-job.js';

const frame = (functionName: string, url = 'file:///job.mjs', line = 1) => ({ functionName, url, line, column: 5 });
const turn = (vertexId: string, subtask: number) => ({ vertexId, subtask, name: vertexId });
const MAP = vertex('map', 'Map', [metrics(0), metrics(1, { taskManager: 1 })], { operators: [{ nodeId: 2, name: 'Map', makesWatermarks: false }] });
const SUM = vertex('sum', 'Sum', [metrics(0)], { operators: [{ nodeId: 3, name: 'Sum', makesWatermarks: false }] });
const kernel = (nodeId: number) => frame('call', `flink-operator-${nodeId}-17`);

const states = (samples: ReturnType<typeof subtaskSamples>) => samples.map(({ subtask, onCpu, calls }) => [subtask, onCpu, calls.join(' > ')]);

describe('a look at a thread', () => {
  const atWork: ThreadSample = { turn: turn('map', 0), frames: [frame('burn'), kernel(2), frame('run')] };

  it('counts on the CPU for the subtask that was at work, with its calls from the outermost on, and off it for others there', () => {
    const [run, call, burn] = ['run (file:///job.mjs:1:5)', 'call (flink-operator-2-17:1:5)', 'burn (file:///job.mjs:1:5)'];
    expect(states(subtaskSamples(MAP, 0, [atWork], 100))).toEqual([[0, true, `${run} > ${call} > ${burn}`]]);
    expect(states(subtaskSamples(SUM, 0, [atWork], 100))).toEqual([[0, false, '(another task has its turn)']]);
  });

  it('is told of from the innermost call on, as deep as is wanted', () => {
    expect(states(subtaskSamples(MAP, 0, [atWork], 2))).toEqual([[0, true, 'call (flink-operator-2-17:1:5) > burn (file:///job.mjs:1:5)']]);
  });

  it('says nothing of subtasks in other threads', () => {
    expect(subtaskSamples(SUM, 1, [atWork], 100)).toEqual([]);
    expect(states(subtaskSamples(MAP, 1, [atWork], 100))).toEqual([[1, false, '(another task has its turn)']]);
  });

  it('counts for a task that another one calls directly when its operator is the innermost', () => {
    const within: ThreadSample = { turn: turn('map', 0), frames: [frame('add'), kernel(3), kernel(2), frame('run')] };
    expect(states(subtaskSamples(SUM, 0, [within], 100))).toEqual([[0, true, expect.stringMatching(/^run .* > add /)]]);
    expect(states(subtaskSamples(MAP, 0, [within], 100))).toEqual([[0, false, '(another task has its turn)']]);
  });

  it('counts off the CPU where the thread has nothing to do, or blocks outside of JavaScript', () => {
    const samples: ThreadSample[] = [{ turn: undefined, frames: undefined }, { turn: turn('map', 0), frames: undefined }];
    expect(states(subtaskSamples(MAP, 0, samples, 100))).toEqual([[0, false, '(nothing to do)'], [0, false, '(outside of JavaScript)']]);
  });
});

describe('a flame graph', () => {
  const samples = [
    { subtask: 0, onCpu: true, calls: ['run', 'map', 'burn'] },
    { subtask: 0, onCpu: true, calls: ['run', 'map'] },
    { subtask: 1, onCpu: true, calls: ['run', 'read'] },
    { subtask: 1, onCpu: false, calls: ['(nothing to do)'] },
  ];

  it('counts a call once for each look at it, or at what it calls', () => {
    const map = { name: 'map', value: 2, children: [{ name: 'burn', value: 1, children: [] }] };
    const run = { name: 'run', value: 3, children: [map, { name: 'read', value: 1, children: [] }] };
    expect(flameGraphOf(samples, 'ON_CPU')).toEqual({ name: 'root', value: 3, children: [run] });
    expect(flameGraphOf(samples, 'FULL')).toEqual({ name: 'root', value: 4, children: [run, { name: '(nothing to do)', value: 1, children: [] }] });
    expect(flameGraphOf(samples, 'OFF_CPU')).toEqual({ name: 'root', value: 1, children: [{ name: '(nothing to do)', value: 1, children: [] }] });
  });

  it('of one subtask leaves the others out', () => {
    expect(flameGraphOf(samples, 'FULL', 1)).toMatchObject({ value: 2, children: [{ name: 'run', value: 1 }, { name: '(nothing to do)', value: 1 }] });
  });

  it('names the author’s lines without columns, the engine’s files without folders, and a kernel’s copies alike', async () => {
    const calls = ['turn (file:///a/dist/task-manager.js:7:3)', 'call (flink-operator-2-17:4:5)', 'burn (file:///tmp/job.mjs?0:1:5)', '(nothing to do)'];
    const [sample] = await readable([{ subtask: 0, onCpu: true, calls }], (stack) => Promise.resolve(stack.replace('file:///tmp/job.mjs?0:1:5', 'src/job.ts:12:9')));
    expect(sample!.calls).toEqual(['turn (task-manager.js:7)', 'call (flink-operator-2)', 'burn (src/job.ts:12)', '(nothing to do)']);
  });
});

describe('samples for flame graphs', () => {
  const record = { job: { jobId: 'a'.repeat(32) }, readableStack: (stack: string) => Promise.resolve(stack) } as unknown as JobRecord;
  const taken = (): { graphs: FlameGraphs; clock: ManualClock; asked: string[] } => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const configuration = new Configuration().set(FlameGraphRefreshInterval, 1_000).set(FlameGraphCleanupInterval, 5_000);
    const sample = (name: string) => {
      asked.push(name);
      return Promise.resolve([{ turn: turn('map', 0), frames: [frame('burn')] }]);
    };
    return { graphs: new FlameGraphs(configuration, clock, sample), clock, asked };
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('are taken of every thread of the vertex when somebody asks, and are there for who asks again', async () => {
    const { graphs, asked } = taken();
    expect([graphs.samplesOf(record, MAP), graphs.samplesOf(record, MAP)]).toEqual([undefined, undefined]);
    await settled();
    expect(graphs.samplesOf(record, MAP)?.samples.map(({ subtask, onCpu }) => [subtask, onCpu])).toEqual([[0, true], [1, false]]);
    expect(asked).toEqual(['taskmanager-0', 'taskmanager-1']);
  });

  it('are taken anew when they are old, and the old ones answered meanwhile', async () => {
    const { graphs, asked, clock } = taken();
    graphs.samplesOf(record, SUM);
    await settled();
    const first = graphs.samplesOf(record, SUM);
    clock.advance(1_000);
    expect(graphs.samplesOf(record, SUM)).toBe(first);
    await settled();
    expect(graphs.samplesOf(record, SUM)?.endTime).toBe(clock.now());
    expect(asked.length).toBe(2);
  });

  it('that nobody has asked for in a while are forgotten', async () => {
    const { graphs, clock } = taken();
    graphs.samplesOf(record, SUM);
    await settled();
    clock.advance(5_001);
    expect(graphs.samplesOf(record, SUM)).toBeUndefined();
  });
});
