import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  CheckpointingOptions, Configuration, CoreOptions, Duration, ExecutionCheckpointingOptions, ExecutionOptions, PipelineOptions, RestartStrategyOptions, RestOptions, StateBackendOptions, StreamExecutionEnvironment,
} from '../../src/index.js';

describe('a configuration that a program makes', () => {
  it('is set by the options of Flink, and is that of the job', () => {
    const configuration = new Configuration()
      .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(10)).set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, '5 min').set(ExecutionCheckpointingOptions.CHECKPOINTING_MODE, 'AT_LEAST_ONCE')
      .set(RestartStrategyOptions.RESTART_STRATEGY, 'fixed-delay').set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3).set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1))
      .set(StateBackendOptions.STATE_BACKEND, 'rocksdb').set(CoreOptions.DEFAULT_PARALLELISM, 2).set(ExecutionOptions.RUNTIME_MODE, 'BATCH').set(PipelineOptions.OBJECT_REUSE, false);
    const env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    expect([env.getCheckpointInterval(), env.getCheckpointConfig().getCheckpointTimeout(), env.getCheckpointingMode(), env.getParallelism(), env.getConfig().isObjectReuseEnabled()]).toEqual([10_000, 300_000, 'AT_LEAST_ONCE', 2, false]);
    expect(env.getConfiguration().get(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY)).toBe(1_000);
    // @ts-expect-error -- no number is a runtime mode
    expect(() => configuration.set(ExecutionOptions.RUNTIME_MODE, 1)).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
    expect(() => configuration.set(CoreOptions.DEFAULT_PARALLELISM, 0)).toThrow(expect.objectContaining({ code: 'CONFIGURATION', message: expect.stringContaining('parallelism.default is 0 (the program)') }));
  });

  it('is set and read by keys, too', () => {
    const configuration = new Configuration().setString('rest.port', '8082').setInteger('parallelism.default', 3).setBoolean('pipeline.object-reuse', false).setDouble(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_JITTER_FACTOR, 0.5).setLong('execution.checkpointing.timeout', 1_000);
    expect([configuration.getString('rest.port'), configuration.getInteger(CoreOptions.DEFAULT_PARALLELISM), configuration.getBoolean('pipeline.object-reuse'), configuration.getDouble('restart-strategy.exponential-delay.jitter-factor'), configuration.getLong('execution.checkpointing.timeout')])
      .toEqual(['8082', 3, false, 0.5, 1_000]);
    expect([configuration.getString('pipeline.name', 'none'), configuration.getString(PipelineOptions.AUTO_WATERMARK_INTERVAL), configuration.contains(PipelineOptions.NAME), configuration.containsKey('rest.port')]).toEqual(['none', '200', false, true]);
    expect(() => configuration.setString('parallelism.defualt', '1')).toThrow(expect.objectContaining({ code: 'CONFIGURATION', hint: expect.stringContaining('parallelism.default') }));
    expect(() => configuration.setString('parallelism.default', 'many')).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
  });

  it('can be copied, joined with another and made of an object', () => {
    const configuration = Configuration.fromMap({ 'rest.port': '8081-8083', 'state.checkpoints.dir': '/tmp/a' });
    const copy = configuration.clone().setInteger('parallelism.default', 4);
    expectTypeOf(copy).toEqualTypeOf<Configuration>();
    expect([configuration.containsKey('parallelism.default'), configuration.addAll(copy).getInteger('parallelism.default')]).toEqual([false, 4]);
    expect(configuration.toMap()).toEqual({ 'rest.port': configuration.get(RestOptions.PORT), 'execution.checkpointing.dir': '/tmp/a', 'parallelism.default': 4 });
    expect(() => Configuration.fromMap({ 'rest.prot': 1 })).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
  });

  it('is what an environment answers, as a copy', () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment({ 'parallelism.default': 2 });
    env.getConfiguration().setInteger('parallelism.default', 5);
    expectTypeOf(env.getConfiguration()).toEqualTypeOf<Configuration>();
    expect([env.getParallelism(), env.getConfiguration().getInteger('parallelism.default')]).toEqual([2, 2]);
  });
});
