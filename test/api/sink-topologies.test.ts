/**
 * Sinks that bring operators along: what becomes part of the job, and that each record is seen once whatever fails.
 */
import { describe, expect, it } from 'vitest';
import {
  type CommitRequest, type CommittableMessage, type DataStream, FlinkError, RestartStrategies, type Sink, type SinkTopologies, type SinkWriter,
  type SinkWriterContext, StreamExecutionEnvironment,
} from '../../src/index.js';
import { seededRandom } from '../../src/core/random.js';
import { runNumbers } from '../connectors/numbers-in-virtual-time.js';

/** What a writer prepares: a batch of numbers under a name that no other has. */
interface Batch {
  readonly name: string;
  readonly numbers: readonly number[];
}

/** What the world outside sees, over all attempts. */
class World {
  /** Committed batches by name: to commit one again changes nothing. */
  readonly batches = new Map<string, readonly number[]>();
  /** Names that came behind the committer. */
  readonly announced: string[] = [];
  private made = 0;

  /** @param mayFail called wherever something may go wrong. */
  constructor(readonly mayFail: (where: string) => void = () => {}) {}

  newName(): string {
    return `batch ${++this.made}`;
  }
  get numbers(): number[] {
    return [...this.batches.values()].flat().toSorted((a, b) => a - b);
  }
}

/** Writes batches; between writers and committer everything is put together in one subtask and marked; behind it names are announced. */
class Batching implements Sink<number, Batch>, SinkTopologies<number, Batch, Batch> {
  constructor(private readonly world: World) {}

  addPreWriteTopology(input: DataStream<number>): DataStream<number> {
    return input.keyBy((n) => n % 7).map((n) => n).name('Prepare');
  }

  createWriter(_context: SinkWriterContext): SinkWriter<number, Batch> {
    const { world } = this;
    let numbers: number[] = [];
    return {
      write(value) {
        world.mayFail('writing');
        numbers.push(value);
      },
      flush() {},
      prepareCommit() {
        const batch = { name: world.newName(), numbers };
        numbers = [];
        return batch.numbers.length === 0 ? [] : [batch];
      },
    };
  }

  addPreCommitTopology(written: DataStream<CommittableMessage<Batch>>): DataStream<CommittableMessage<Batch>> {
    const { world } = this;
    return written.global().map((message) => {
      world.mayFail('between writer and committer');
      return message.kind === 'summary' ? message : { ...message, committable: { ...message.committable, name: `marked ${message.committable.name}` } };
    }).name('Mark').uid('mark').setParallelism(1);
  }

  createCommitter(): { commit(requests: readonly CommitRequest<Batch>[]): void } {
    const { world } = this;
    return {
      commit(requests) {
        world.mayFail('before the commit');
        for (const request of requests) world.batches.set(request.getCommittable().name, request.getCommittable().numbers);
        world.mayFail('after the commit');
      },
    };
  }

  addPostCommitTopology(committed: DataStream<CommittableMessage<Batch>>): void {
    const { world } = this;
    committed.rebalance().sinkTo({
      createWriter: () => ({
        async write(message: CommittableMessage<Batch>) {
          await Promise.resolve();
          if (message.kind === 'committable') world.announced.push(message.committable.name);
          world.mayFail('behind the committer');
        },
        flush() {},
      }),
    }).name('Announce');
  }
}

const COUNT = 300;
const ALL = Array.from({ length: COUNT }, (_, n) => n);

/** Runs 300 numbers at 1000 a second through the sink. */
async function run(world: World, set: (env: StreamExecutionEnvironment) => void, sink: Sink<number, Batch> & SinkTopologies<number, Batch, Batch> = new Batching(world)): Promise<void> {
  await runNumbers(COUNT, (env, numbers) => {
    set(env);
    numbers.sinkTo(sink).name('Batches');
  });
}

describe('a sink with operators of its own', () => {
  const nodesOf = (build: (stream: DataStream<number>) => unknown): string[] => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    build(env.fromElements(1));
    const { nodes, edges } = env.getStreamGraph();
    return [
      ...nodes.slice(1).map(({ name, uid, parallelism, slotSharingGroup, chaining }) => [name, uid ?? '-', parallelism, ...(slotSharingGroup === 'default' ? [] : [slotSharingGroup]), ...(chaining === 'ALWAYS' ? [] : [chaining])].join(' | ')),
      ...edges.slice(1).map(({ source, target, partitioning, aligned }) => `${source} → ${target} ${partitioning}${aligned ? ' aligned' : ''}`),
    ];
  };

  it('is prepared, written, marked, committed and announced, with barriers that overtake nothing behind the writers', () => {
    expect(nodesOf((stream) => stream.sinkTo(new Batching(new World())).name('Out').uid('out').setParallelism(3))).toEqual([
      'Out: Prepare | - | 3', 'Out: Writer | out | 3', 'Out: Mark | out: mark | 1', 'Out: Committer | Sink Committer: out | 1', 'Sink: Out: Announce | - | 3',
      '2 → 3 FORWARD', '3 → 4 GLOBAL aligned', '4 → 5 FORWARD aligned', '5 → 6 REBALANCE aligned',
    ]);
  });

  it('shares its settings with operators that have none of their own', () => {
    const lines = nodesOf((stream) => stream.sinkTo(new Batching(new World())).slotSharingGroup('out').disableChaining().setMaxParallelism(9));
    expect(lines.slice(0, 5)).toEqual(['Prepare', 'Writer', 'Mark', 'Committer', 'Sink: Announce'].map((name) => `${name} | ${name === 'Mark' ? 'mark' : '-'} | 1 | out | NEVER`));
  });

  it('that has operators in front of the writers only stays one operator behind them', () => {
    const sink = { addPreWriteTopology: (input: DataStream<number>) => input.rebalance(), createWriter: () => ({ write() {}, flush() {} }) };
    expect(nodesOf((stream) => stream.sinkTo(sink))).toEqual(['Sink: Writer | - | 1']);
  });

  it('is refused when nothing commits, or when it answers no stream', () => {
    const stream = StreamExecutionEnvironment.getExecutionEnvironment().fromElements(1);
    const batching = new Batching(new World());
    expect(() => stream.sinkTo(Object.assign(new Batching(new World()), { createCommitter: undefined }) as never)).toThrow(/createCommitter/);
    expect(() => stream.sinkTo(Object.assign(batching, { addPreCommitTopology: () => 1 }) as never)).toThrow(FlinkError);
    expect(() => stream.sinkTo(Object.assign(new Batching(new World()), { addPreWriteTopology: () => undefined }) as never)).toThrow(/addPreWriteTopology/);
  });
});

describe('the output of a sink with operators of its own', () => {
  it.each([
    ['with checkpoints', (env: StreamExecutionEnvironment) => void env.enableCheckpointing(20)],
    ['with unaligned checkpoints', (env: StreamExecutionEnvironment) => void env.enableCheckpointing(20).getCheckpointConfig().enableUnalignedCheckpoints()],
    ['without checkpoints', () => {}],
    ['in batch mode', (env: StreamExecutionEnvironment) => void env.setRuntimeMode('BATCH')],
  ])('is complete, and announced once, %s', async (_, set) => {
    const world = new World();
    await run(world, set);
    expect(world.numbers).toEqual(ALL);
    expect([...world.batches.keys()].every((name) => name.startsWith('marked '))).toBe(true);
    expect(world.announced.toSorted()).toEqual([...world.batches.keys()].toSorted());
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('has each record once, and all of it is announced, whatever fails (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    let failures = 0;
    const world = new World((where) => {
      if (failures >= 6 || random.next() > (where === 'writing' ? 0.01 : 0.08)) return;
      failures++;
      throw new Error(`failure ${failures}, ${where}`);
    });
    await run(world, (env) => {
      env.enableCheckpointing(20).setRestartStrategy(RestartStrategies.fixedDelayRestart(100, 1));
      if (seed % 2 === 0) env.getCheckpointConfig().enableUnalignedCheckpoints();
    });
    expect(failures).toBeGreaterThan(2);
    expect(world.numbers).toEqual(ALL);
    expect(new Set(world.announced)).toEqual(new Set(world.batches.keys()));
  });

  it.each([1, 2, 3, 4])('is given to a global committer, after it has been committed, whatever fails (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    let failures = 0;
    const world = new World((where) => {
      if (failures >= 5 || random.next() > (where === 'writing' ? 0.005 : 0.08)) return;
      failures++;
      throw new Error(`failure ${failures}, ${where}`);
    });
    const globally = new Set<string>();
    const sink = Object.assign(new Batching(world), {
      createGlobalCommitter: () => ({
        commit(requests: readonly CommitRequest<Batch>[]) {
          for (const request of requests) expect(world.batches.has(request.getCommittable().name)).toBe(true);
          for (const request of requests) globally.add(request.getCommittable().name);
          world.mayFail('after the global commit');
        },
      }),
    });
    await run(world, (env) => void env.enableCheckpointing(20).setRestartStrategy(RestartStrategies.fixedDelayRestart(100, 1)), sink);
    expect(failures).toBeGreaterThan(1);
    expect(world.numbers).toEqual(ALL);
    expect(globally).toEqual(new Set(world.batches.keys()));
    expect(new Set(world.announced)).toEqual(globally);
  });

  it('fails the job when a topology loses what is to be committed', async () => {
    const world = new World();
    const losing = Object.assign(new Batching(world), {
      addPreCommitTopology: (written: DataStream<CommittableMessage<Batch>>) => written.filter((message) => message.kind === 'summary'),
    });
    await expect(run(world, (env) => void env.enableCheckpointing(20), losing)).rejects.toMatchObject({ code: 'GRAPH_INVALID', message: expect.stringContaining('0 of 1 committables') as string });
  });
});
