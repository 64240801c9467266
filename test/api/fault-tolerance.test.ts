/**
 * What a program says of checkpoints, state and restarts: every call stands for configuration keys.
 */
import { describe, expect, it } from 'vitest';
import { checkpointSettings } from '../../src/checkpoint/checkpoint-settings.js';
import {
  CheckpointingMode, type DataStream, Duration, EmbeddedRocksDBStateBackend, ExternalizedCheckpointRetention, FileSystemCheckpointStorage, FsStateBackend, HashMapStateBackend,
  JobManagerCheckpointStorage, LevelStateBackend, MemoryStateBackend, RestartStrategies, type RestartStrategyConfiguration, RocksDBStateBackend, type StateBackend, StreamExecutionEnvironment, Time,
} from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';
import { configurationOf } from '../../src/testing/test-configuration.js';

/** The keys that the program has set. */
function settingsOf(env: StreamExecutionEnvironment): Record<string, unknown> {
  return Object.fromEntries([...env.getConfig().own.entries()].map(([key, { value }]) => [key, value]));
}

const newEnv = (): StreamExecutionEnvironment => StreamExecutionEnvironment.getExecutionEnvironment();
const withBackend = (backend: StateBackend): Record<string, unknown> => settingsOf(newEnv().setStateBackend(backend));
const withRestart = (strategy: RestartStrategyConfiguration): Record<string, unknown> => settingsOf(newEnv().setRestartStrategy(strategy));
const MB = 1024 * 1024;

describe('checkpoints', () => {
  it('are off unless an interval is set', () => {
    const env = newEnv();
    expect([env.getCheckpointConfig().isCheckpointingEnabled(), env.getCheckpointInterval(), env.getCheckpointingMode()]).toEqual([false, -1, 'EXACTLY_ONCE']);
    env.enableCheckpointing(5000, CheckpointingMode.AT_LEAST_ONCE);
    expect([env.getCheckpointConfig().isCheckpointingEnabled(), env.getCheckpointInterval(), env.getCheckpointingMode()]).toEqual([true, 5000, 'AT_LEAST_ONCE']);
    expect(settingsOf(env)).toEqual({ 'execution.checkpointing.interval': 5000, 'execution.checkpointing.mode': 'AT_LEAST_ONCE' });
  });

  it('are taken every half second when no interval is named', () => expect(newEnv().enableCheckpointing().getCheckpointInterval()).toBe(500));

  it('can be set from the configuration that the program starts with', () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment({ 'execution.checkpointing.interval': '1 min', 'state.checkpoints.dir': 'snapshots' });
    expect([env.getCheckpointInterval(), env.getCheckpointConfig().getCheckpointDirectory()]).toEqual([60_000, 'snapshots']);
  });

  it('can be switched off by the program, whatever the configuration says', () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment({ 'execution.checkpointing.interval': '1 min' });
    env.getCheckpointConfig().disableCheckpointing();
    expect([env.getCheckpointConfig().isCheckpointingEnabled(), env.getCheckpointInterval()]).toEqual([false, -1]);
    expect(checkpointSettings(configurationOf({ 'execution.checkpointing.interval': '1 min' }).overriddenBy(env.getConfig().own), true).intervalMs).toBeUndefined();
  });

  it('have settings of which each is a key', () => {
    const env = newEnv();
    env.getCheckpointConfig().setCheckpointInterval('1 s').setCheckpointingMode(CheckpointingMode.EXACTLY_ONCE).setCheckpointTimeout(Duration.ofMinutes(2))
      .setMinPauseBetweenCheckpoints(Time.seconds(3)).setMaxConcurrentCheckpoints(4).setTolerableCheckpointFailureNumber(5).enableUnalignedCheckpoints()
      .setAlignedCheckpointTimeout(600).setExternalizedCheckpointRetention(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION).setCheckpointStorage('file:///snapshots')
      .setForceUnalignedCheckpoints(true).setCheckpointIdOfIgnoredInFlightData(7).setCheckpointIntervalDuringBacklog('1 min');
    env.setDefaultSavepointDirectory('saved');
    expect(settingsOf(env)).toEqual({
      'execution.checkpointing.interval': 1000, 'execution.checkpointing.mode': 'EXACTLY_ONCE', 'execution.checkpointing.timeout': 120_000,
      'execution.checkpointing.min-pause': 3000, 'execution.checkpointing.max-concurrent-checkpoints': 4, 'execution.checkpointing.tolerable-failed-checkpoints': 5,
      'execution.checkpointing.unaligned.enabled': true, 'execution.checkpointing.aligned-checkpoint-timeout': 600,
      'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION', 'execution.checkpointing.storage': 'filesystem',
      'execution.checkpointing.dir': 'file:///snapshots', 'execution.checkpointing.savepoint-dir': 'saved',
      'execution.checkpointing.interval-during-backlog': 60_000, 'execution.checkpointing.unaligned.forced': true, 'execution.state-recovery.without-channel-state.checkpoint-id': 7,
    });
    expect([env.isUnalignedCheckpointsEnabled(), env.isForceUnalignedCheckpoints(), env.getCheckpointingConsistencyMode(), env.getCheckpointConfig().getCheckpointIdOfIgnoredInFlightData()])
      .toEqual([true, true, 'EXACTLY_ONCE', 7]);
  });

  it('have the settings that were made, and defaults otherwise', () => {
    const config = newEnv().getCheckpointConfig();
    const all = (): unknown[] => [
      config.getCheckpointTimeout(), config.getMinPauseBetweenCheckpoints(), config.getMaxConcurrentCheckpoints(), config.getTolerableCheckpointFailureNumber(),
      config.isFailOnCheckpointingErrors(), config.isUnalignedCheckpointsEnabled(), config.getAlignedCheckpointTimeout(), config.isExternalizedCheckpointsEnabled(),
      config.getExternalizedCheckpointCleanup(), config.getCheckpointDirectory(), config.getCheckpointingConsistencyMode(),
    ];
    expect(all()).toEqual([600_000, 0, 1, 0, true, false, 0, false, 'NO_EXTERNALIZED_CHECKPOINTS', undefined, 'EXACTLY_ONCE']);
    config.setFailOnCheckpointingErrors(false).enableUnalignedCheckpoints().disableUnalignedCheckpoints().enableExternalizedCheckpoints('DELETE_ON_CANCELLATION')
      .setCheckpointStorage(new URL('file:///here')).setCheckpointingConsistencyMode('AT_LEAST_ONCE');
    expect(all()).toEqual([600_000, 0, 1, 2 ** 31 - 1, false, false, 0, true, 'DELETE_ON_CANCELLATION', 'file:///here', 'AT_LEAST_ONCE']);
    config.setCheckpointStorage(new JobManagerCheckpointStorage()).setExternalizedCheckpointCleanup('NO_EXTERNALIZED_CHECKPOINTS').setFailOnCheckpointingErrors(true);
    expect(all()).toEqual([600_000, 0, 1, 0, true, false, 0, false, 'NO_EXTERNALIZED_CHECKPOINTS', undefined, 'AT_LEAST_ONCE']);
  });

  it('while there is a backlog are as far apart as otherwise, further, or none', () => {
    const config = newEnv().getCheckpointConfig();
    expect(config.getCheckpointIntervalDuringBacklog()).toBe(-1);
    expect(config.setCheckpointInterval('1 s').getCheckpointIntervalDuringBacklog()).toBe(1000);
    expect(config.setCheckpointIntervalDuringBacklog('1 min').getCheckpointIntervalDuringBacklog()).toBe(60_000);
    expect(config.setCheckpointIntervalDuringBacklog(0).getCheckpointIntervalDuringBacklog()).toBe(0);
    expect(() => config.setCheckpointIntervalDuringBacklog(5)).toThrow('setCheckpointIntervalDuringBacklog');
  });

  it('may be kept in a folder that says which state is small', () => {
    const env = newEnv();
    env.getCheckpointConfig().setCheckpointStorage(new FileSystemCheckpointStorage('/snapshots', 1000));
    expect(settingsOf(env)).toEqual({ 'execution.checkpointing.storage': 'filesystem', 'execution.checkpointing.dir': '/snapshots', 'execution.checkpointing.data-inline-threshold': 1000 });
  });
});

describe('unaligned checkpoints', () => {
  const run = async (configuration: Readonly<Record<string, unknown>>, build: (env: StreamExecutionEnvironment) => DataStream<number>): Promise<readonly number[]> => {
    const cluster = new MiniCluster({ configuration: { 'parallelism.default': 2, 'execution.checkpointing.interval': '10 ms', 'execution.checkpointing.unaligned': true, ...configuration } });
    try {
      const { results, finished } = await cluster.submit((env) => build(env));
      // What waits for records that may come back.
      await cluster.clock.advance('1 s');
      await finished;
      return results.toSorted();
    } finally {
      await cluster.close();
    }
  };
  const partitioned = (env: StreamExecutionEnvironment): DataStream<number> => env.fromElements(1, 2, 3).partitionCustom((key: number, n) => key % n, (value) => value).map((value) => value).name('Mine');
  const iterated = (env: StreamExecutionEnvironment): DataStream<number> => {
    const loop = env.fromElements(1, 2, 3).rebalance().map((value) => value).iterate(50);
    loop.closeWith(loop.filter(() => false));
    return loop.map((value) => value);
  };

  it.each([['a custom partitioner', partitioned, '"Mine"'], ['an iteration', iterated, '"IterationSource-1"']] as const)('are refused for a job with %s, unless they are forced', async (_, build, named) => {
    await expect(run({}, build)).rejects.toMatchObject({ code: 'GRAPH_INVALID', message: expect.stringContaining(named) as string, hint: expect.stringContaining('execution.checkpointing.unaligned.forced') as string });
    expect(await run({ 'execution.checkpointing.unaligned.forced': true }, build)).toEqual([1, 2, 3]);
  });

  it.each([
    ['there are no checkpoints', { 'execution.runtime-mode': 'BATCH' }], ['nothing overtakes', { 'execution.checkpointing.unaligned': false }],
    ['state counts at least once', { 'execution.checkpointing.mode': 'AT_LEAST_ONCE' }], ['several are under way', { 'execution.checkpointing.max-concurrent-checkpoints': 2 }],
  ])('refuse no custom partitioner where %s', async (_, configuration) => expect(await run(configuration, partitioned)).toEqual([1, 2, 3]));
});

describe('a state backend', () => {
  it('is the heap unless another one is set', () => {
    expect(newEnv().getStateBackend()).toBeUndefined();
    expect(withBackend(new HashMapStateBackend())).toEqual({ 'state.backend.type': 'hashmap' });
    const backend = new MemoryStateBackend();
    expect(newEnv().setStateBackend(backend).getStateBackend()).toBe(backend);
  });

  it('of the older classes says where checkpoints are kept, too', () => {
    const memory = { 'state.backend.type': 'hashmap', 'execution.checkpointing.storage': 'jobmanager' };
    const max = 'execution.checkpointing.jobmanager-storage.max-state-size';
    expect(withBackend(new MemoryStateBackend())).toEqual({ ...memory, [max]: 5 * MB });
    expect(withBackend(new MemoryStateBackend(10 * MB, true))).toEqual({ ...memory, [max]: 10 * MB });
    const files = { 'state.backend.type': 'hashmap', 'execution.checkpointing.storage': 'filesystem', 'execution.checkpointing.dir': 'file:///x' };
    expect(withBackend(new FsStateBackend('file:///x'))).toEqual(files);
    expect(withBackend(new FsStateBackend(new URL('file:///x'), false))).toEqual(files);
    expect(withBackend(new FsStateBackend('file:///x', 'saved'))).toEqual({ ...files, 'execution.checkpointing.savepoint-dir': 'saved' });
    expect(withBackend(new FsStateBackend('file:///x', 4096))).toEqual({ ...files, 'execution.checkpointing.data-inline-threshold': 4096 });
    expect(withBackend(new RocksDBStateBackend('file:///x', true))).toEqual({ ...files, 'state.backend.type': 'rocksdb', 'execution.checkpointing.incremental': true });
  });

  it('on disk may write only what changed', () => {
    expect(withBackend(new LevelStateBackend())).toEqual({ 'state.backend.type': 'level' });
    expect(withBackend(new EmbeddedRocksDBStateBackend(false))).toEqual({ 'state.backend.type': 'rocksdb', 'execution.checkpointing.incremental': false });
    expect([new LevelStateBackend(true).isIncrementalCheckpointsEnabled(), new LevelStateBackend().isIncrementalCheckpointsEnabled()]).toEqual([true, false]);
  });
});

describe('a restart strategy', () => {
  it('is left to whoever runs the program unless it is set', () => {
    expect(newEnv().getRestartStrategy().getDescription()).toBe('Cluster level default restart strategy');
    expect(settingsOf(newEnv())).toEqual({});
    expect(settingsOf(newEnv().setRestartStrategy(RestartStrategies.noRestart()).setRestartStrategy(RestartStrategies.fallBackRestart()))).toEqual({});
  });

  it('is a choice of keys', () => {
    expect(withRestart(RestartStrategies.noRestart())).toEqual({ 'restart-strategy.type': 'none' });
    expect(withRestart(RestartStrategies.fixedDelayRestart(3, Time.seconds(10)))).toEqual({
      'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': 3, 'restart-strategy.fixed-delay.delay': 10_000,
    });
    expect(withRestart(RestartStrategies.failureRateRestart(3, '5 min', 10_000))).toEqual({
      'restart-strategy.type': 'failure-rate', 'restart-strategy.failure-rate.max-failures-per-interval': 3,
      'restart-strategy.failure-rate.failure-rate-interval': 300_000, 'restart-strategy.failure-rate.delay': 10_000,
    });
    expect(withRestart(RestartStrategies.exponentialDelayRestart(1, 1000, 1.1, 2000, 0.1))).toEqual({
      'restart-strategy.type': 'exponential-delay', 'restart-strategy.exponential-delay.initial-backoff': 1, 'restart-strategy.exponential-delay.max-backoff': 1000,
      'restart-strategy.exponential-delay.backoff-multiplier': 1.1, 'restart-strategy.exponential-delay.reset-backoff-threshold': 2000,
      'restart-strategy.exponential-delay.jitter-factor': 0.1,
    });
  });

  it('may be a number of restarts, ten seconds after each failure, as it was before there were strategies', () => {
    const env = newEnv();
    expect(env.getNumberOfExecutionRetries()).toBe(-1);
    expect(settingsOf(env.setNumberOfExecutionRetries(3))).toEqual({ 'restart-strategy.type': 'fixed-delay', 'restart-strategy.fixed-delay.attempts': 3, 'restart-strategy.fixed-delay.delay': 10_000 });
    expect([env.getNumberOfExecutionRetries(), env.setNumberOfExecutionRetries(-1).getRestartStrategy().getDescription()]).toEqual([3, 'Cluster level default restart strategy']);
  });

  it('says in words what it does', () => {
    expect(RestartStrategies.fixedDelayRestart(3, 10_000).getDescription()).toBe('Restart with fixed delay (10 s). #3 restart attempts.');
    const strategy = RestartStrategies.failureRateRestart(2, '1 min', 0);
    expect(newEnv().setRestartStrategy(strategy).getConfig().getRestartStrategy()).toBe(strategy);
  });
});
