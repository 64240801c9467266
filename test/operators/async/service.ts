/** A service whose answers come when a test says so, and an operator around it. */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { AsyncContext, AsyncFunctionLike } from '../../../src/operators/async/async-function.js';
import { asyncWaitOperator, type AsyncWaitSettings } from '../../../src/operators/async/async-wait.js';
import type { Specialise } from '../../../src/operators/operator.js';
import { type OperatorHarness, operatorHarness } from '../../../src/testing/operator-harness.js';

interface Question {
  readonly value: string;
  readonly context: AsyncContext;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Service {
  /** Every call so far, in order. */
  readonly asked: string[] = [];
  private readonly open: Question[] = [];

  readonly ask = (value: string, context: AsyncContext): Promise<unknown> => {
    this.asked.push(value);
    return new Promise((resolve, reject) => this.open.push({ value, context, resolve, reject }));
  };

  /** How many questions wait for an answer. */
  get inFlight(): number {
    return this.open.length;
  }

  /** Answers the oldest open question for a value, in capitals by default, and lets everybody hear of it. */
  async answer(value: string, ...answer: [unknown?]): Promise<void> {
    this.take(value).resolve(answer.length > 0 ? answer[0] : value.toUpperCase());
    await turnOfTheLoop();
  }

  async reject(value: string, error: unknown = new Error(`no ${value}`)): Promise<void> {
    this.take(value).reject(error);
    await turnOfTheLoop();
  }

  context(value: string): AsyncContext {
    return this.question(value).context;
  }

  private question(value: string): Question {
    const found = this.open.find((question) => question.value === value);
    if (!found) throw new Error(`nobody asked for ${value}`);
    return found;
  }

  private take(value: string): Question {
    const question = this.question(value);
    this.open.splice(this.open.indexOf(question), 1);
    return question;
  }
}

export { turnOfTheLoop };

export interface Waiting {
  readonly harness: OperatorHarness<unknown>;
  /** Results and markers as they left: values, `wm 5`, `idle true`. */
  readonly left: unknown[];
}

/** An open operator, without a time limit and with the capacity 100 unless a test says otherwise. */
export async function waiting(fn: AsyncFunctionLike<string, unknown>, specialise: Specialise, settings: Partial<AsyncWaitSettings<string, unknown>> = {}): Promise<Waiting> {
  const definition = asyncWaitOperator(fn, { call: 'orderedWait', order: 'ordered', timeoutMs: 0, capacity: 100, ...settings });
  const left: unknown[] = [];
  const harness = operatorHarness<unknown>(
    {
      instantiate: (context) => {
        const { output } = context;
        return definition.instantiate({
          ...context,
          output: {
            ...output,
            emit: (value, timestamp) => {
              left.push(value);
              output.emit(value, timestamp);
            },
            watermark: (timestamp) => {
              left.push(`wm ${timestamp}`);
              output.watermark(timestamp);
            },
            idle: (idle) => {
              left.push(`idle ${idle}`);
              output.idle(idle);
            },
          },
        });
      },
    },
    { specialise },
  );
  await harness.open();
  return { harness, left };
}
