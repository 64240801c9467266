/**
 * The start of a loop: records sent back with `closeWith` enter the stream again here (Flink before 2.0:
 * `IterativeStream`).
 *
 * Invariant: head and tail of a loop have the same parallelism and share slots; their queue stays inside one thread.
 */
import { iterationHeadOperator, iterationTailOperator } from '../operators/iteration.js';
import type { Operator, OperatorContext, OperatorDefinition } from '../operators/operator.js';
import { badArgument } from './arguments.js';
import { ConnectedStreams } from './connected-streams.js';
import type { DataStream } from './data-stream.js';
import { SingleOutputStreamOperator } from './single-output-stream-operator.js';
import type { StreamContext } from './stream-context.js';
import { type OperatorTransformation, physicalInputs, type Transformation } from './transformation.js';

/** One loop before it is closed. */
interface Loop {
  readonly id: string;
  readonly head: OperatorTransformation;
}

export class IterativeStream<T> extends SingleOutputStreamOperator<T> {
  private readonly loop: Loop;

  constructor(context: StreamContext, private readonly input: DataStream<T>, private readonly maxWaitMs: number) {
    const loop = startLoop(context, context.nextIteration(), input, (id) => iterationHeadOperator<T>(id, maxWaitMs));
    super(context, loop.head);
    this.loop = loop;
  }

  /**
   * Sends the records of `feedback` back to the start of the loop. It may be called more than once.
   *
   * @returns `feedback`.
   */
  closeWith(feedback: DataStream<T>): DataStream<T> {
    return closeLoop(this.context, this.loop, feedback);
  }

  /** A loop whose feedback is of another type: the input and the feedback as connected streams. */
  withFeedbackType<F>(): ConnectedIterativeStreams<T, F> {
    return new ConnectedIterativeStreams<T, F>(this.context, this.loop.id, this.input, this.maxWaitMs);
  }
}

/** The input of a loop connected with its feedback (Flink: `IterativeStream.ConnectedIterativeStreams`). */
export class ConnectedIterativeStreams<T, F> extends ConnectedStreams<T, F> {
  private readonly loop: Loop;

  constructor(context: StreamContext, id: string, input: DataStream<T>, maxWaitMs: number) {
    const loop = startLoop(context, id, input, () => feedbackOnly(iterationHeadOperator<F>(id, maxWaitMs)));
    super(context, input, context.kinds.operator<F>(loop.head));
    this.loop = loop;
  }

  /**
   * Sends the records of `feedback` to the second input of the loop's start.
   *
   * @returns `feedback`.
   */
  closeWith(feedback: DataStream<F>): DataStream<F> {
    return closeLoop(this.context, this.loop, feedback);
  }
}

function startLoop<T, R>(context: StreamContext, id: string, input: DataStream<T>, define: (id: string) => OperatorDefinition<R>): Loop {
  const head: OperatorTransformation = {
    kind: 'operator',
    role: 'operator',
    operator: 'Iteration Head',
    settings: { ...context.settings(`IterationSource-${id}`), chaining: 'HEAD' },
    inputs: [input.getTransformation()],
    keyedInputs: [],
    define: () => define(id),
    followsInput: true,
    colocation: `iteration-${id}`,
  };
  return { id, head };
}

function closeLoop<F>(context: StreamContext, loop: Loop, feedback: DataStream<F>): DataStream<F> {
  if (!comesFrom(feedback.getTransformation(), loop.head)) {
    throw badArgument('closeWith', 'a stream that comes from this iteration', feedback, 'Make the feedback from the stream that iterate() answered.');
  }
  context.register(loop.head);
  context.register({
    kind: 'operator',
    role: 'sink',
    operator: 'Iteration Tail',
    settings: context.settings(`IterationSink-${loop.id}`),
    inputs: [feedback.getTransformation()],
    keyedInputs: [],
    define: () => iterationTailOperator(loop.id),
    followsInput: true,
    colocation: `iteration-${loop.id}`,
  });
  return feedback;
}

/** Whether its records have passed `origin`. */
function comesFrom(transformation: Transformation, origin: OperatorTransformation): boolean {
  const seen = new Set<Transformation>();
  const open = [transformation];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next === origin) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    for (const node of physicalInputs(next)) open.push(node, ...(node.kind === 'operator' ? node.inputs : []));
  }
  return false;
}

/** A head whose input counts only for its end: the records go to the other input of the connected streams. */
function feedbackOnly<R>(head: OperatorDefinition<R>): OperatorDefinition<R> {
  return {
    instantiate(context: OperatorContext<R>): Operator {
      return { ...head.instantiate(context), inputs: [() => {}] };
    },
  };
}
