/**
 * A stream, keyed or not, and a broadcast one for one operator (Flink: `BroadcastConnectedStream`).
 */
import type { BroadcastProcessFunctionLike, KeyedBroadcastProcessFunctionLike } from '../operators/functions.js';
import { broadcastProcessOperator } from '../operators/broadcast-process.js';
import type { BroadcastStream } from './broadcast-stream.js';
import type { DataStream } from './data-stream.js';
import { keyFunctionOf } from './key-function.js';
import type { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import type { StreamContext } from './stream-context.js';
import type { StreamExecutionEnvironment } from './stream-execution-environment.js';
import type { OperatorTransformation } from './transformation.js';

export class BroadcastConnectedStream<T1, T2, K = never> {
  constructor(private readonly context: StreamContext, private readonly first: DataStream<T1>, private readonly second: BroadcastStream<T2>) {}

  getExecutionEnvironment(): StreamExecutionEnvironment {
    return this.context.environment;
  }

  getFirstInput(): DataStream<T1> {
    return this.first;
  }

  getSecondInput(): BroadcastStream<T2> {
    return this.second;
  }

  /**
   * Any number of results for each record of either stream. The function of a keyed stream may keep keyed state and set
   * timers too. Name the type of what is collected: `process<Alert>({ processElement…, processBroadcastElement… })`.
   */
  process<R>(fn: [K] extends [never] ? BroadcastProcessFunctionLike<T1, T2, R> : KeyedBroadcastProcessFunctionLike<K, T1, T2, R>): SingleOutputStreamOperator<R> {
    const keyOf = keyFunctionOf(this.first.getTransformation()) as ((value: T1) => K) | undefined;
    const name = keyOf ? 'Co-Process-Broadcast-Keyed' : 'Co-Process-Broadcast';
    const definition = broadcastProcessOperator<K, T1, T2, R>(fn as KeyedBroadcastProcessFunctionLike<K, T1, T2, R>, this.second.getBroadcastStateDescriptors(), keyOf);
    const transformation: OperatorTransformation = {
      kind: 'operator',
      role: 'operator',
      operator: name,
      settings: this.context.settings(name),
      inputs: [this.first.getTransformation(), this.second.getStream().getTransformation()],
      keyedInputs: keyOf ? [0] : [],
      define: () => definition,
    };
    this.context.register(transformation);
    return this.context.kinds.operator<R>(transformation);
  }
}
