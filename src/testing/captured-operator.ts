/**
 * The one operator that a few calls on streams make, taken out of the job that they would be part of.
 */
import { DataStream } from '../api/data-stream.js';
import { StreamExecutionEnvironment } from '../api/stream-execution-environment.js';
import { Configuration } from '../core/configuration.js';
import { FlinkError } from '../core/errors.js';
import type { OperatorDefinition } from '../operators/operator.js';
import type { JobProgram } from '../program/job-program.js';
import { type JobClient, withPipelineExecutor } from '../program/pipeline-executor.js';
import { TestStream } from './test-stream.js';

export interface CapturedOperator {
  readonly definition: OperatorDefinition;
  /** What the graph calls it. */
  readonly name: string;
  readonly inputs: number;
}

/** @param build makes the operator from so many streams. Rejects with `INVALID_ARGUMENT` when it makes none or several. */
export async function capturedOperator(inputs: number, build: (...streams: DataStream<never>[]) => DataStream<unknown>): Promise<CapturedOperator> {
  const { graph, definitions } = await capturedProgram((env) => {
    const streams = Array.from({ length: inputs }, () => env.fromSource(new TestStream<never>([])));
    if (!(build(...streams) instanceof DataStream)) throw new FlinkError('INVALID_ARGUMENT', 'a harness needs the stream that the operator gives', { hint: 'Return it: `(input) => input.map(…)`.' });
  });
  const nodes = graph.nodes.filter((node) => node.kind !== 'source');
  const [node] = nodes;
  const definition = node && definitions.get(node.id);
  if (nodes.length !== 1 || definition?.kind !== 'operator') {
    const made = nodes.length === 0 ? 'none' : nodes.map(({ name }) => `"${name}"`).join(', ');
    throw new FlinkError('INVALID_ARGUMENT', `a harness drives one operator, but ${made} were made`, { hint: 'Test a whole pipeline with MiniCluster.' });
  }
  return { definition: definition.operator, name: node!.name, inputs: node!.inputs };
}

async function capturedProgram(build: (env: StreamExecutionEnvironment) => void): Promise<JobProgram> {
  let captured: JobProgram | undefined;
  const executor = {
    configuration: new Configuration(),
    execute: async (program: JobProgram) => {
      captured = program;
      return {} as JobClient;
    },
  };
  await withPipelineExecutor(executor, async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment();
    build(env);
    await env.executeAsync();
  });
  return captured!;
}
