/**
 * The settings of one program (Flink: `ExecutionConfig`): what it sets wins over the command line and over the
 * configuration file; what it does not set comes from them.
 */
import { Configuration, type ConfigOption } from '../core/configuration.js';
import { AutoWatermarkInterval, GlobalJobParameters, MaxParallelism, ObjectReuse, ParallelismDefault } from '../core/options.js';
import { MAX_PARALLELISM_LIMIT } from '../core/key-group.js';
import type { DurationLike } from '../core/time.js';
import { badArgument, durationArgument, parallelismArgument, wholeNumber } from './arguments.js';
import { RestartStrategies, RestartStrategyConfiguration } from './restart-strategies.js';

export class ExecutionConfig {
  /** What the program has set. */
  readonly own = new Configuration();

  private restartStrategy = RestartStrategies.fallBackRestart();

  constructor(private base: Configuration = new Configuration()) {}

  /** Puts the configuration of whoever runs the program underneath. */
  resolveAgainst(base: Configuration): void {
    this.base = base;
  }

  /** The value in force. */
  get<T>(option: ConfigOption<T>): T {
    return this.base.overriddenBy(this.own).get(option);
  }

  /** Sets the parallelism of operators that say nothing of their own (1 to 32768). Flink's name is the same. */
  setParallelism(parallelism: number): this {
    this.own.set(ParallelismDefault, parallelismArgument('setParallelism', parallelism));
    return this;
  }

  getParallelism(): number {
    return this.get(ParallelismDefault);
  }

  /** Sets the upper bound of parallelism, the number of key groups (1 to 32768). It cannot change once a job has state. */
  setMaxParallelism(maxParallelism: number): this {
    this.own.set(MaxParallelism, wholeNumber('setMaxParallelism', maxParallelism, 1, MAX_PARALLELISM_LIMIT, 'a maximum parallelism'));
    return this;
  }

  /** -1 when nobody set one: it then follows from the parallelism. */
  getMaxParallelism(): number {
    return this.get(MaxParallelism);
  }

  /**
   * Parameters that every function can read with `getRuntimeContext().getGlobalJobParameters()`: a `ParameterTool`,
   * or an object of texts.
   */
  setGlobalJobParameters(parameters: GlobalParameters): this {
    const given: unknown = typeof parameters === 'object' && parameters !== null && 'toMap' in parameters && typeof parameters.toMap === 'function'
      ? (parameters as { toMap(): unknown }).toMap()
      : parameters;
    if (typeof given !== 'object' || given === null) throw badArgument('setGlobalJobParameters', 'a ParameterTool or an object of texts', given);
    this.own.set(GlobalJobParameters, Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])));
    return this;
  }

  getGlobalJobParameters(): Readonly<Record<string, string>> {
    return this.get(GlobalJobParameters);
  }

  /** Whether and when the job starts again after a failure: one of `RestartStrategies`. */
  setRestartStrategy(strategy: RestartStrategyConfiguration): this {
    if (!(strategy instanceof RestartStrategyConfiguration)) throw badArgument('setRestartStrategy', 'one of RestartStrategies', strategy);
    this.restartStrategy = strategy;
    strategy.configure(this.own);
    return this;
  }

  /** The one that was set, or `fallBackRestart`. */
  getRestartStrategy(): RestartStrategyConfiguration {
    return this.restartStrategy;
  }

  /** Values pass by reference unguarded (the default). */
  enableObjectReuse(): this {
    this.own.set(ObjectReuse, true);
    return this;
  }

  /** Freezes every value deeply, so that a function that changes its input fails. For development: it costs time. */
  disableObjectReuse(): this {
    this.own.set(ObjectReuse, false);
    return this;
  }

  isObjectReuseEnabled(): boolean {
    return this.get(ObjectReuse);
  }

  /** How often watermark generators are asked; 0 turns periodic watermarks off. Default: 200 ms. */
  setAutoWatermarkInterval(interval: DurationLike): this {
    this.own.set(AutoWatermarkInterval, durationArgument('setAutoWatermarkInterval', interval, 0));
    return this;
  }

  /** Milliseconds. */
  getAutoWatermarkInterval(): number {
    return this.get(AutoWatermarkInterval);
  }
}

/** What `setGlobalJobParameters` takes. */
export type GlobalParameters = { toMap(): Readonly<Record<string, string>> } | Readonly<Record<string, string | number | boolean>>;
