/**
 * The graphs that API calls build, construct by construct.
 */
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../src/core/configuration.js';
import { BufferTimeout, MaxParallelism, ParallelismDefault, PipelineName } from '../../src/core/options.js';
import { graphHash } from '../../src/graph/graph-hash.js';
import { operatorIds } from '../../src/graph/operator-id.js';
import { StreamGraphSchema } from '../../src/graph/stream-graph.js';
import { type DataStream, DiscardingSink, NumberSequenceSource, OutputTag, StreamExecutionEnvironment, WatermarkStrategy } from '../../src/index.js';
import { type PipelineExecutor, withPipelineExecutor } from '../../src/program/pipeline-executor.js';
import { describeGraph } from './describe-graph.js';

type Env = StreamExecutionEnvironment;

/** The graph of what `build` adds to a fresh environment. */
function graphOf(build: (env: Env) => unknown): string[] {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  build(env);
  const graph = env.getStreamGraph();
  expect(StreamGraphSchema.parse(graph)).toEqual(graph);
  expect(operatorIds(graph).size).toBe(graph.nodes.length);
  return describeGraph(graph);
}

const words = (env: Env) => env.fromCollection([{ word: 'a', count: 1 }]);

describe('names and kinds', () => {
  it('are those of Flink along WordCount', () => {
    expect(graphOf((env) => env.fromElements('to be').flatMap((line) => line.split(' ')).map((word) => [word, 1]).keyBy(0).sum(1).print())).toEqual([
      '1 Source: Collection Source',
      '2 Flat Map',
      '3 Map',
      '4 Keyed Aggregation keyed 0',
      '5 Sink: Print to Std. Out',
      '1 → 2 FORWARD',
      '2 → 3 FORWARD',
      '3 → 4 HASH',
      '4 → 5 FORWARD',
    ]);
  });

  it('are those of Flink for every operator', () => {
    const names = graphOf((env) => {
      const numbers = env.fromSequence(1, 3);
      numbers.filter((n) => n > 1).process<number>((n, _, out) => out.collect(n));
      env.fromElements([1, 'a']).project(1);
      const keyed = numbers.keyBy((n) => n);
      keyed.reduce((a, b) => a + b);
      keyed.fold('', (text, n) => text + n);
      keyed.process<number>((n, _, out) => out.collect(n));
      keyed.maxBy(0);
      numbers.connect(numbers).map((n) => n, (n) => n);
      numbers.connect(numbers).flatMap((n) => [n], (n) => [n]);
      numbers.split(() => 'odd').select('odd', 'even');
      numbers.assignTimestampsAndWatermarks(WatermarkStrategy.forMonotonousTimestamps<number>());
      numbers.transform('Mine', { instantiate: () => ({ inputs: [() => {}] }) });
    }).filter((line) => !line.includes('→'));
    expect(names.map((line) => line.replace(/^\d+ | keyed.*/g, ''))).toEqual([
      'Source: Sequence Source', 'Filter', 'Process', 'Source: Collection Source', 'Projection', 'Keyed Reduce', 'Keyed Fold', 'KeyedProcess', 'Keyed Aggregation',
      'Co-Map', 'Co-Flat Map', 'Select', 'Timestamps/Watermarks', 'Mine',
    ]);
  });

  it('are those of Flink for every source and sink', () => {
    const names = graphOf((env) => {
      const stream = env.fromElements('a');
      env.readTextFile('input.txt').print();
      env.socketTextStream('localhost', 9000).printToErr('err');
      env.addSource<string>(() => {}).addSink(() => {});
      env.addSource<string>(() => {}, 'Mine').sinkTo(new DiscardingSink<string>());
      env.createInput<string>({ createInputSplits: () => [] } as never).writeAsText('out');
      stream.writeAsCsv('out');
      stream.writeToSocket('localhost', 9000);
      stream.discardingSink();
      stream.collectAsync();
    }).filter((line) => /Source: |Sink: /.test(line));
    expect(names.map((line) => line.replace(/^\d+ | HEAD$/g, '')).sort()).toEqual([
      'Sink: Data stream collect sink', 'Sink: Discarding Sink', 'Sink: Print to Std. Err', 'Sink: Print to Std. Out', 'Sink: Unnamed', 'Sink: Unnamed', 'Sink: Unnamed', 'Sink: Unnamed', 'Sink: Writer',
      'Source: Collection Source', 'Source: Custom File Source', 'Source: Custom Source', 'Source: Custom Source', 'Source: Mine', 'Source: Socket Stream',
    ]);
  });

  it('of a source with watermarks are two operators with the source\'s settings on the source', () => {
    expect(graphOf((env) => {
      const strategy = WatermarkStrategy.forBoundedOutOfOrderness<number>('1 s');
      env.fromSource(new NumberSequenceSource(1, 9), strategy, 'numbers').setParallelism(2).name('mine').print();
      env.fromSource(new NumberSequenceSource(1, 9), WatermarkStrategy.noWatermarks(), 'plain').print();
    })).toEqual([
      '1 Source: mine ×2', '2 Timestamps/Watermarks ×2', '3 Sink: Print to Std. Out', '4 Source: plain', '5 Sink: Print to Std. Out',
      '1 → 2 FORWARD', '2 → 3 REBALANCE', '4 → 5 FORWARD',
    ]);
  });

  it('keep what the author names', () => {
    expect(graphOf((env) => env.fromElements(1).name('numbers').map((n) => n).name('same').print().name('out'))).toEqual([
      '1 Source: numbers', '2 same', '3 Sink: out', '1 → 2 FORWARD', '2 → 3 FORWARD',
    ]);
  });

  it('carry uid, description and the job\'s settings', () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.fromElements(1).uid('source').map((n) => n).setUidHash('A'.repeat(32)).setDescription('as it is').setBufferTimeout('1 s').print();
    env.getConfig().setGlobalJobParameters({ a: 1 });
    env.disableOperatorChaining().setMaxParallelism(256).setBufferTimeout(-1);
    const graph = env.getStreamGraph();
    expect(graph).toMatchObject({ chainingEnabled: false, maxParallelism: 256, globalJobParameters: { a: '1' }, jobName: 'Flink Streaming Job', runtimeMode: 'STREAMING' });
    expect(graph.nodes.map(({ uid, uidHash, description, bufferTimeoutMs }) => ({ uid, uidHash, description, bufferTimeoutMs }))).toEqual([
      { uid: 'source', bufferTimeoutMs: -1 },
      { uidHash: 'a'.repeat(32), description: 'as it is', bufferTimeoutMs: 1_000 },
      { bufferTimeoutMs: -1 },
    ]);
  });
});

describe('partitioning', () => {
  it('is forward between equal parallelisms and rebalance otherwise', () => {
    expect(graphOf((env) => env.fromSequence(1, 9).setParallelism(2).map((n) => n).setParallelism(2).print().setParallelism(3)).slice(3)).toEqual(['1 → 2 FORWARD', '2 → 3 REBALANCE']);
  });

  it('is what the author says, eight ways', () => {
    const edges = graphOf((env) => {
      const stream = words(env);
      for (const way of [stream.global(), stream.forward(), stream.shuffle(), stream.rebalance(), stream.rescale(), stream.broadcast(), stream.keyBy('word'), stream.partitionCustom((key, n) => key % n, 'count')]) {
        way.map((value) => value);
      }
    }).filter((line) => line.includes('→'));
    expect(edges.map((line) => line.split(' ').at(-1))).toEqual(['GLOBAL', 'FORWARD', 'SHUFFLE', 'REBALANCE', 'RESCALE', 'BROADCAST', 'HASH', 'CUSTOM']);
  });

  it('is the last of several in a row', () => {
    expect(graphOf((env) => env.fromElements(1).shuffle().rebalance().broadcast().print()).at(-1)).toBe('1 → 2 BROADCAST');
    expect(graphOf((env) => words(env).rebalance().keyBy('word').keyBy('count').sum('count')).at(-1)).toBe('1 → 2 HASH');
  });

  it('refuses forward between unequal parallelisms, naming both operators', () => {
    expect(() => graphOf((env) => env.fromElements(1).forward().map((n) => n).setParallelism(2))).toThrow(
      expect.objectContaining({ code: 'GRAPH_INVALID', message: 'forward partitioning needs equal parallelism on both sides; "Source: Collection Source" has 1 and "Map" has 2' }),
    );
  });

  it('cannot be changed on a keyed stream', () => {
    expect(() => graphOf((env) => words(env).keyBy('word').rebalance())).toThrow('rebalance: cannot override partitioning for a KeyedStream');
  });

  it('finds keys and partitions with the functions given', async () => {
    const { edgeFunctions } = await programOf((env) => {
      const stream = words(env);
      stream.keyBy('word', 'count').sum('count');
      stream.keyBy(class { getKey(value: { word: string }) { return value.word; } }).sum('count');
      stream.partitionCustom({ partition: (key: string, n) => key.length % n }, (value) => value.word).print();
    });
    const value = { word: 'four', count: 2 } as never;
    const [two, one, custom] = [...edgeFunctions.values()];
    expect([...edgeFunctions.keys()]).toEqual([0, 1, 2]);
    expect(two?.kind === 'key' && two.keyOf(value)).toEqual(['four', 2]);
    expect(one?.kind === 'key' && one.keyOf(value)).toBe('four');
    expect(custom?.kind === 'custom' && custom.partition(value, 3)).toBe(1);
  });
});

describe('several streams', () => {
  it('unite into one input, a stream with itself over two edges', () => {
    expect(graphOf((env) => {
      const [a, b] = [env.fromElements(1), env.fromElements(2)];
      a.union(b, a).map((n) => n);
    })).toEqual(['1 Source: Collection Source', '2 Source: Collection Source', '3 Map', '1 → 3 FORWARD', '2 → 3 FORWARD', '1 → 3 FORWARD #1']);
  });

  it('keep their own partitioning in a union', () => {
    expect(graphOf((env) => env.fromElements(1).broadcast().union(env.fromElements(2).shuffle()).print()).slice(3)).toEqual(['1 → 3 BROADCAST', '2 → 3 SHUFFLE']);
  });

  it('connect into two inputs, keyed when both are', () => {
    expect(graphOf((env) => {
      const [a, b] = [words(env), words(env)];
      a.connect(b).keyBy('word', 'word').map((v) => v, (v) => v);
      a.keyBy('word').connect(b.broadcast()).map((v) => v, (v) => v);
    })).toEqual([
      '1 Source: Collection Source', '2 Source: Collection Source', '3 Co-Map keyed 0,1', '4 Co-Map',
      '1 → 3 HASH', '2 → 3.1 HASH', '1 → 4 HASH', '2 → 4.1 BROADCAST',
    ]);
  });

  it('leave by side outputs', () => {
    const late = new OutputTag<number>('late');
    expect(graphOf((env) => {
      const main = env.fromSequence(1, 3).process<number>((n, context) => context.output(late, n));
      main.getSideOutput(late).rebalance().print();
      main.print();
    })).toEqual([
      '1 Source: Sequence Source', '2 Process', '3 Sink: Print to Std. Out', '4 Sink: Print to Std. Out',
      '1 → 2 FORWARD', '2 → 3 REBALANCE tag late', '2 → 4 FORWARD',
    ]);
  });

  it('of different environments are refused', () => {
    const other = StreamExecutionEnvironment.getExecutionEnvironment().fromElements(1);
    expect(() => graphOf((env) => env.fromElements(1).union(other))).toThrow('union expects a stream of the same environment');
  });
});

describe('iterations', () => {
  it('are a head and a tail in the same slots', () => {
    expect(graphOf((env) => {
      const loop = env.fromSequence(1, 3).setParallelism(2).iterate('1 s');
      const step = loop.map((n) => n - 1).setParallelism(2);
      loop.closeWith(step.filter((n) => n > 0).setParallelism(2));
      step.print();
    })).toEqual([
      '1 Source: Sequence Source ×2', '2 IterationSource-1 ×2 HEAD with iteration-1', '3 Map ×2', '4 Filter ×2', '5 IterationSink-1 ×2 with iteration-1', '6 Sink: Print to Std. Out',
      '1 → 2 FORWARD', '2 → 3 FORWARD', '3 → 4 FORWARD', '4 → 5 FORWARD', '3 → 6 REBALANCE',
    ]);
  });

  it('keep both ends in one slot sharing group', () => {
    expect(graphOf((env) => {
      const loop = env.fromElements(1).iterate();
      loop.closeWith(loop.map((n) => n).slotSharingGroup('apart'));
    }).slice(1, 4)).toEqual(['2 IterationSource-1 HEAD with iteration-1', '3 Map group apart', '4 IterationSink-1 with iteration-1']);
  });

  it('may feed back records of another type', () => {
    expect(graphOf((env) => {
      const loop = env.fromElements('a').iterate().withFeedbackType<number>();
      loop.closeWith(loop.map((text) => text.length, (n) => n - 1).filter((n) => n > 0));
    })).toEqual([
      '1 Source: Collection Source', '2 IterationSource-1 HEAD with iteration-1', '3 Co-Map', '4 Filter', '5 IterationSink-1 with iteration-1',
      '1 → 2 FORWARD', '1 → 3 FORWARD', '2 → 3.1 FORWARD', '3 → 4 FORWARD', '4 → 5 FORWARD',
    ]);
  });

  it('are refused when the feedback does not come from them', () => {
    expect(() => graphOf((env) => {
      const numbers = env.fromElements(1);
      const loop = numbers.iterate();
      loop.map((n) => n).print();
      loop.closeWith(numbers.map((n) => n));
    })).toThrow('closeWith expects a stream that comes from this iteration');
    expect(() => graphOf((env) => {
      const words = env.fromElements('a');
      words.iterate().withFeedbackType<number>().closeWith(words.map((text) => text.length));
    })).toThrow('closeWith expects a stream that comes from this iteration');
  });

  it('may be closed with several streams, and with what comes from them on long ways', () => {
    expect(graphOf((env) => {
      const loop = env.fromElements(1).iterate();
      const step = loop.map((n) => n);
      loop.closeWith(step.rebalance());
      loop.closeWith(step.union(env.fromElements(2)).connect(step).map((n) => n, (n) => n));
    }).filter((line) => line.includes('IterationSink'))).toHaveLength(2);
  });

  it('are refused without feedback, or with one of another parallelism', () => {
    expect(() => graphOf((env) => env.fromElements(1).iterate().print())).toThrow('the iteration "IterationSource-1" has no feedback');
    expect(() => graphOf((env) => {
      const loop = env.fromSequence(1, 3).iterate();
      loop.closeWith(loop.map((n) => n).setParallelism(2));
    })).toThrow(/needs the parallelism of its start/);
  });
});

describe('slots and chains', () => {
  it('inherit a slot sharing group on which all inputs agree', () => {
    expect(graphOf((env) => {
      const a = env.fromElements(1).slotSharingGroup('a');
      const b = env.fromElements(2).slotSharingGroup('b');
      a.map((n) => n).print();
      a.union(b).print();
      b.print().slotSharingGroup('c');
    }).slice(0, 6)).toEqual([
      '1 Source: Collection Source group a', '2 Map group a', '3 Sink: Print to Std. Out group a',
      '4 Source: Collection Source group b', '5 Sink: Print to Std. Out', '6 Sink: Print to Std. Out group c',
    ]);
  });

  it('carry the chaining strategy', () => {
    expect(graphOf((env) => env.fromElements(1).map((n) => n).startNewChain().map((n) => n).disableChaining().print().disableChaining()).slice(0, 4)).toEqual([
      '1 Source: Collection Source', '2 Map HEAD', '3 Map NEVER', '4 Sink: Print to Std. Out NEVER',
    ]);
  });
});

/** An executor that keeps the program and never runs it. */
async function programOf(build: (env: Env) => unknown, configuration = new Configuration()) {
  const programs: Parameters<PipelineExecutor['execute']>[0][] = [];
  const executor: PipelineExecutor = { configuration, execute: async (program) => { programs.push(program); return {} as never; } };
  await withPipelineExecutor(executor, () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    build(env);
    return env.executeAsync();
  });
  return programs[0]!;
}

describe('parallelism', () => {
  const shape = (env: Env) => env.fromSequence(1, 9).map((n) => n).print();
  const parallelisms = async (build: (env: Env) => unknown, configuration?: Configuration) => (await programOf(build, configuration)).graph.nodes.map(({ parallelism }) => parallelism);
  const client = (parallelism: number) => new Configuration().set(ParallelismDefault, parallelism);

  it('is 1 when nobody says anything', async () => expect(await parallelisms(shape)).toEqual([1, 1, 1]));
  it('is the configuration\'s, into which the client writes -p', async () => expect(await parallelisms(shape, client(4))).toEqual([4, 4, 4]));
  it('is the environment\'s before the configuration\'s', async () => {
    expect(await parallelisms((env) => shape(env.setParallelism(3)), client(4))).toEqual([3, 3, 3]);
  });
  it('is the operator\'s before the environment\'s', async () => {
    expect(await parallelisms((env) => env.setParallelism(3).fromSequence(1, 9).setParallelism(2).map((n) => n).print().setParallelism(1), client(4))).toEqual([2, 3, 1]);
  });
  it('is the environment\'s of the moment in which the operator is made', async () => {
    expect(await parallelisms((env) => {
      const source = env.setParallelism(2).fromSequence(1, 9);
      env.setParallelism(5);
      source.print();
    })).toEqual([2, 5]);
  });
  it('is 1 for sources that are not parallel, which refuse another', async () => {
    expect(await parallelisms((env) => env.fromElements(1).print(), client(4))).toEqual([1, 4]);
    expect(() => graphOf((env) => env.fromElements(1).setParallelism(2))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: 'setParallelism(2): The parallelism of non parallel operator must be 1, and "Collection Source" is not parallel' }),
    );
    expect(await parallelisms((env) => env.fromSequence(1, 9).forceNonParallel().print(), client(4))).toEqual([1, 4]);
  });
  it('is the stream\'s where timestamps are assigned and partitions gathered, unless they get one of their own', async () => {
    const assigned = (stream: DataStream<number>) => stream.assignTimestampsAndWatermarks(WatermarkStrategy.noWatermarks<number>());
    expect(await parallelisms((env) => assigned(env.fromElements(1)).print(), client(4))).toEqual([1, 1, 4]);
    expect(await parallelisms((env) => assigned(env.fromSequence(1, 9).map((n) => n).setParallelism(2).rebalance()).print(), client(4))).toEqual([4, 2, 2, 4]);
    expect(await parallelisms((env) => assigned(env.fromElements(1)).setParallelism(3).print(), client(4))).toEqual([1, 3, 4]);
    expect(await parallelisms((env) => env.fromElements(1).fullWindowPartition().reduce((a) => a).print(), client(4))).toEqual([1, 1, 4]);
    expect(await parallelisms((env) => env.fromElements({ n: 1 }).keyBy('n').fullWindowPartition().reduce((a) => a).print(), client(4))).toEqual([1, 4, 4]);
    expect(assigned(StreamExecutionEnvironment.createLocalEnvironment(3).fromElements(1)).getParallelism()).toBe(1);
  });
  it('is 1 where a socket is written to, unless that gets one of its own', async () => {
    expect(await parallelisms((env) => env.fromSequence(1, 9).writeToSocket('localhost', 9000), client(4))).toEqual([4, 1]);
    expect(await parallelisms((env) => env.fromSequence(1, 9).writeToSocket('localhost', 9000).setParallelism(2), client(4))).toEqual([4, 2]);
  });
  it('is at most the maximum, of the operator or of the job', () => {
    expect(() => graphOf((env) => env.fromSequence(1, 9).setMaxParallelism(2).setParallelism(3).print())).toThrow('"Source: Sequence Source" has parallelism 3, more than its own maximum parallelism of 2');
    expect(() => graphOf((env) => env.setMaxParallelism(2).fromSequence(1, 9).setParallelism(3).print())).toThrow("more than the job's maximum parallelism of 2");
  });
  it('is known before execute as far as it is settled', () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment(3);
    expect(env.fromElements(1).getParallelism()).toBe(1);
    const strategy = WatermarkStrategy.forMonotonousTimestamps<number>();
    expect(env.fromSource(new NumberSequenceSource(1, 2), strategy, 'numbers').setParallelism(2).getParallelism()).toBe(2);
    expect(env.fromSequence(1, 2).map((n) => n).rebalance().getParallelism()).toBe(3);
  });
});

describe('the runtime mode', () => {
  const unbounded = (env: Env) => env.socketTextStream('localhost', 9000).print();
  const modeOf = (build: (env: Env) => unknown) => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    build(env);
    return env.getStreamGraph().runtimeMode;
  };

  it('is resolved from the sources when automatic', () => {
    expect(modeOf((env) => env.setRuntimeMode('AUTOMATIC').fromElements(1).print())).toBe('BATCH');
    expect(modeOf((env) => unbounded(env.setRuntimeMode('AUTOMATIC')))).toBe('STREAMING');
    expect(modeOf((env) => env.fromElements(1).print())).toBe('STREAMING');
  });

  it('refuses batch over a source that never ends', () => {
    expect(() => modeOf((env) => unbounded(env.setRuntimeMode('BATCH')))).toThrow('the runtime mode BATCH needs bounded sources, but "Source: Socket Stream" never ends');
  });
});

describe('a program', () => {
  const build = (env: Env) => words(env).keyBy('word').sum('count').print();

  it('builds the same graph each time', () => {
    const graph = () => {
      const env = StreamExecutionEnvironment.getExecutionEnvironment();
      build(env);
      return env.getStreamGraph();
    };
    expect(graphHash(graph())).toBe(graphHash(graph()));
  });

  it('starts empty after execute, and may go on from streams of before', async () => {
    const graphs: string[][] = [];
    const executor: PipelineExecutor = { configuration: new Configuration(), execute: async ({ graph }) => { graphs.push(describeGraph(graph)); return {} as never; } };
    await withPipelineExecutor(executor, async () => {
      const env = StreamExecutionEnvironment.getExecutionEnvironment();
      const numbers = env.fromElements(1).map((n) => n);
      numbers.print();
      await env.executeAsync();
      numbers.filter((n) => n > 0).printToErr();
      await env.executeAsync();
    });
    expect(graphs).toEqual([
      ['1 Source: Collection Source', '2 Map', '3 Sink: Print to Std. Out', '1 → 2 FORWARD', '2 → 3 FORWARD'],
      ['1 Source: Collection Source', '2 Map', '3 Filter', '4 Sink: Print to Std. Err', '1 → 2 FORWARD', '2 → 3 FORWARD', '3 → 4 FORWARD'],
    ]);
  });

  it('without an operator is refused with Flink\'s words', () => {
    expect(() => graphOf((env) => env.fromElements(1))).toThrow(expect.objectContaining({ code: 'GRAPH_INVALID', message: 'No operators defined in streaming topology. Cannot execute.' }));
  });

  it('takes its name from execute, then from the configuration', async () => {
    const names: string[] = [];
    const executor: PipelineExecutor = {
      configuration: new Configuration().set(PipelineName, 'configured'),
      execute: async ({ graph }) => { names.push(graph.jobName); return {} as never; },
    };
    await withPipelineExecutor(executor, async () => {
      const env = StreamExecutionEnvironment.getExecutionEnvironment();
      build(env);
      await env.executeAsync();
      build(env);
      await env.executeAsync('mine');
    });
    expect(names).toEqual(['configured', 'mine']);
  });

  it('wins over the configuration of whoever runs it, and hands over what it set', async () => {
    const program = await programOf((env) => {
      env.configure({ 'execution.buffer-timeout': '2 s' });
      env.getConfig().disableObjectReuse();
      build(env);
    }, new Configuration().set(BufferTimeout, 7).set(MaxParallelism, 64));
    expect(program.graph.nodes[0]?.bufferTimeoutMs).toBe(2_000);
    expect(program.graph.maxParallelism).toBe(64);
    expect([...program.configuration!.entries().keys()]).toEqual(['execution.buffer-timeout', 'pipeline.object-reuse']);
  });

  it('shows its plan as Flink\'s JSON without running', () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    build(env);
    expect(JSON.parse(env.getExecutionPlan())).toMatchObject({ nodes: [{ id: 1, type: 'Source: Collection Source' }, { id: 2, predecessors: [{ id: 1, ship_strategy: 'HASH' }] }, { id: 3 }] });
    expect(env.getStreamGraph().nodes).toHaveLength(3);
  });
});
