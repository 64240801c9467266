/**
 * What a call says of an argument that it does not take: its own name, what it expects, what came.
 */
import { describe, expect, it } from 'vitest';
import { type FlinkError, OutputTag, RestartStrategies, StreamExecutionEnvironment } from '../../src/index.js';

const env = StreamExecutionEnvironment.getExecutionEnvironment();
const stream = env.fromSequence(1, 3);
const keyed = stream.keyBy((n) => n);
const sink = stream.print();

function errorOf(call: () => unknown): FlinkError {
  try {
    call();
  } catch (error) {
    return error as FlinkError;
  }
  throw new Error('nothing was thrown');
}

describe('a bad argument is refused where it stands', () => {
  const bad = null as never;
  const cases: readonly [message: string | RegExp, call: () => unknown][] = [
    ['setParallelism expects a parallelism: a whole number from 1 to 32768; got 0', () => env.setParallelism(0)],
    ['setParallelism expects a parallelism: a whole number from 1 to 32768; got 1.5', () => stream.setParallelism(1.5)],
    ['setParallelism expects a parallelism: a whole number from 1 to 32768; got "2"', () => sink.setParallelism('2' as never)],
    ['setMaxParallelism expects a maximum parallelism: a whole number from 1 to 32768; got 40000', () => env.setMaxParallelism(40_000)],
    ['setBufferTimeout expects a duration of at least -1 ms; got -2', () => env.setBufferTimeout(-2)],
    ['setBufferTimeout expects a duration; got "soon"', () => stream.setBufferTimeout('soon')],
    ['setAutoWatermarkInterval expects a duration of at least 0 ms; got -1', () => env.getConfig().setAutoWatermarkInterval(-1)],
    ['setRuntimeMode expects STREAMING, BATCH or AUTOMATIC; got "batch"', () => env.setRuntimeMode('batch' as never)],
    ['setCheckpointInterval expects a duration of at least 10 ms; got 9', () => env.enableCheckpointing(9)],
    ['setCheckpointingMode expects one of EXACTLY_ONCE, AT_LEAST_ONCE; got "once"', () => env.enableCheckpointing(10, 'once' as never)],
    ['setExternalizedCheckpointCleanup expects one of RETAIN_ON_CANCELLATION, DELETE_ON_CANCELLATION, NO_EXTERNALIZED_CHECKPOINTS; got "KEEP"', () => env.getCheckpointConfig().setExternalizedCheckpointCleanup('KEEP' as never)],
    ['setMaxConcurrentCheckpoints expects a number of checkpoints: a whole number from 1 to 2147483647; got 0', () => env.getCheckpointConfig().setMaxConcurrentCheckpoints(0)],
    ['setCheckpointStorage expects a folder or a checkpoint storage; got 1', () => env.getCheckpointConfig().setCheckpointStorage(1 as never)],
    ['new FileSystemCheckpointStorage expects a folder that is not empty; got ""', () => env.getCheckpointConfig().setCheckpointStorage('')],
    ['setStateBackend expects a state backend; got "hashmap"', () => env.setStateBackend('hashmap' as never)],
    ['setRestartStrategy expects one of RestartStrategies; got "none"', () => env.setRestartStrategy('none' as never)],
    ['fixedDelayRestart expects a number of attempts: a whole number from 0 to 2147483647; got -1', () => RestartStrategies.fixedDelayRestart(-1, 0)],
    ['exponentialDelayRestart expects a duration of at least 10 ms; got 9', () => RestartStrategies.exponentialDelayRestart(10, 9, 2, 1, 0)],
    ['exponentialDelayRestart expects a jitter from 0 to 1; got 2', () => RestartStrategies.exponentialDelayRestart(10, 90, 2, 1, 2)],
    ['name expects a name that is not empty; got ""', () => stream.map((n) => n).name('')],
    ['uid expects an id that is not empty; got " "', () => sink.uid(' ')],
    ['setUidHash expects 32 hexadecimal digits; got "xyz"', () => sink.setUidHash('xyz')],
    ['slotSharingGroup expects the name of a group that is not empty; got ""', () => sink.slotSharingGroup('')],
    [/^map takes a function, an object with map\(\), or a class of such objects; the number 1 came$/, () => stream.map(1 as never)],
    [/^filter takes a function/, () => stream.filter({} as never)],
    [/^flatMap was given an async function/, () => stream.flatMap((async () => []) as never)],
    [/^reduce takes a function/, () => keyed.reduce(bad)],
    [/^map of connected streams takes an object with map1\(\) and map2\(\)/, () => stream.connect(stream).map({ map1: (n: number) => n } as never)],
    ['keyBy expects a key selector or the name of a field; got null', () => stream.keyBy(bad)],
    ['keyBy expects the name of a field ("word", "user.id") or the index of a tuple; got "a..b"', () => stream.keyBy('a..b' as never)],
    ['sum expects the name of a field ("word", "user.id") or the index of a tuple; got undefined', () => keyed.sum(undefined as never)],
    ['minBy expects true or false as its second argument; got 1', () => keyed.minBy(0, 1 as never)],
    ['partitionCustom expects a partitioner; got null', () => stream.partitionCustom(bad, (n) => n)],
    ['union expects at least one other stream; got undefined', () => (stream.union as () => unknown)()],
    ['union expects a DataStream; got an array of 0', () => stream.union([] as never)],
    ['connect expects a DataStream; got null', () => stream.connect(bad)],
    ['getSideOutput expects an OutputTag; got "late"', () => stream.getSideOutput('late' as never)],
    ['an OutputTag needs a name that is not empty, not ""', () => new OutputTag('')],
    ['iterate expects a duration of at least 0 ms; got -1', () => stream.iterate(-1)],
    ['assignTimestampsAndWatermarks expects a WatermarkStrategy; got null', () => stream.assignTimestampsAndWatermarks(bad)],
    ['sinkTo expects a sink: an object with createWriter(); got null', () => stream.sinkTo(bad)],
    [/^addSink takes a function/, () => stream.addSink(bad)],
    ['print expects an identifier; got 1', () => stream.print(1 as never)],
    ['writeAsText expects a path that is not empty; got ""', () => stream.writeAsText('')],
    ['writeAsCsv expects NO_OVERWRITE or OVERWRITE; got "APPEND"', () => stream.writeAsCsv('out', 'APPEND' as never)],
    [/^writeToSocket .*70000/, () => stream.writeToSocket('localhost', 70_000)],
    [/^socketTextStream .*0/, () => env.socketTextStream('localhost', 0)],
    ['fromElements expects at least one element; got undefined', () => env.fromElements()],
    ['fromElements expects elements that are not null; got null', () => env.fromElements(1, bad)],
    ['fromCollection expects an array, an iterable, an async iterable or a function that makes one; got 5', () => env.fromCollection(5 as never)],
    ['fromSequence expects an end that is not before the start: a whole number of at least 2; got 1', () => env.fromSequence(2, 1)],
    ['fromSource expects a source: an object with createReader(); got null', () => env.fromSource(bad)],
    ['createInput expects an InputFormat: an object with createInputSplits(); got null', () => env.createInput(bad)],
    ['setGlobalJobParameters expects a ParameterTool or an object of texts; got 1', () => env.getConfig().setGlobalJobParameters(1 as never)],
    ['execute expects a job name that is not empty; got ""', () => env.executeAsync('')],
  ];

  it.each(cases)('%s', (message, call) => {
    const error = errorOf(call);
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
    expect(error.code).toBe('INVALID_ARGUMENT');
  });

  it('says which element of fromElements is missing', () => {
    expect(errorOf(() => env.fromElements('a', undefined as never)).hint).toBe('Element 1 is missing; leave it out, or put a value in its place.');
  });

  it('refuses configuration keys that do not exist and values that do not fit', () => {
    expect(errorOf(() => StreamExecutionEnvironment.getExecutionEnvironment({ 'parallelism.defualt': 2 }))).toMatchObject({ code: 'CONFIGURATION', hint: expect.stringContaining('Did you mean "parallelism.default"?') });
    expect(errorOf(() => env.configure({ 'parallelism.default': 0 }))).toMatchObject({ code: 'CONFIGURATION', message: 'parallelism.default is 0 (the program), but must be a whole number from 1 to 32768' });
  });
});
