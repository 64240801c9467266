/**
 * `flink info`: runs a program up to its first `execute()` and shows the plan of that job instead of running it.
 */
import { renderPlan, streamPlan } from '../graph/plan.js';
import type { StreamGraph } from '../graph/stream-graph.js';
import { runProgram } from '../program/load-program.js';
import type { JobClient, PipelineExecutor } from '../program/pipeline-executor.js';
import { loadConfiguration } from './configuration/load-configuration.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { neverExecuted } from './program-run.js';
import type { Reporter } from './reporter.js';
import { type JobRequest, keepOutputForData, programError, stageJob, type StagedJob } from './staged-job.js';

export interface PlanRequest extends JobRequest {
  readonly parallelism?: number | undefined;
  readonly dynamic: readonly string[];
}

/** Flink's frame around the plan. */
const HEADER = '----------------------- Execution Plan -----------------------';
const FOOTER = '--------------------------------------------------------------';

/** Prints a tree, or with `--json` Flink's plan as JSON and nothing else. */
export async function planJob(request: PlanRequest, reporter: Reporter): Promise<ExitCode> {
  let staged: StagedJob | undefined;
  try {
    const { configuration, warnings } = await loadConfiguration({ dynamic: request.dynamic, parallelism: request.parallelism });
    for (const warning of warnings) reporter.say(`Warning: ${warning}`);
    staged = stageJob(request, reporter);
    await staged.bundle();
    keepOutputForData();
    const { source } = staged;
    const graph = await captureGraph((executor) => runProgram(source, executor), configuration);
    reporter.terminal.print(reporter.manners.json ? `${JSON.stringify(streamPlan(graph))}\n` : `${HEADER}\n${renderPlan(graph)}\n${FOOTER}\n`);
    return EXIT.finished;
  } catch (error) {
    return await reporter.error(error, EXIT.notStarted, staged?.sources);
  } finally {
    staged?.remove();
  }
}

/** The graph of the program's first job. The program never gets past its `execute()`. */
function captureGraph(program: (executor: PipelineExecutor) => Promise<void>, configuration: PipelineExecutor['configuration']): Promise<StreamGraph> {
  return new Promise((resolve, reject) => {
    const execute: PipelineExecutor['execute'] = ({ graph }) => {
      resolve(graph);
      return new Promise<JobClient>(() => undefined);
    };
    const fail = (error: unknown): void => reject(programError(error));
    process.once('uncaughtException', fail);
    process.once('unhandledRejection', fail);
    // A program that did not await its asynchronous main may still execute once the module is loaded.
    process.once('beforeExit', () => reject(neverExecuted()));
    program({ configuration, execute }).catch(fail);
  });
}
