/**
 * `flink info`: runs a program up to its first `execute()` and shows the plan of that job instead of running it.
 */
import { renderPlan, streamPlan, streamPlanText } from '../graph/plan.js';
import { runProgram } from '../program/load-program.js';
import { loadConfiguration } from './configuration/load-configuration.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { captureGraph } from './capture-graph.js';
import type { Reporter } from './reporter.js';
import { type JobRequest, keepOutputForData, stageJob, type StagedJob } from './staged-job.js';

export interface PlanRequest extends JobRequest {
  readonly parallelism?: number | undefined;
  readonly dynamic: readonly string[];
  /** As a tree of tasks. */
  readonly tree?: boolean | undefined;
}

/** Flink's frame around the plan, and what it says of programs that describe themselves no further. */
const HEADER = '----------------------- Execution Plan -----------------------';
const FOOTER = '--------------------------------------------------------------';
const NO_DESCRIPTION = 'No description provided.';

/** Prints Flink's plan in Flink's frame; with `tree` the tasks as a tree, with `--json` the plan on one line and nothing else. */
export async function planJob(request: PlanRequest, reporter: Reporter): Promise<ExitCode> {
  let staged: StagedJob | undefined;
  try {
    const { configuration, warnings } = await loadConfiguration({ dynamic: request.dynamic, parallelism: request.parallelism });
    for (const warning of warnings) reporter.say(`Warning: ${warning}`);
    staged = stageJob(request, reporter);
    await staged.bundle();
    keepOutputForData();
    const { source } = staged;
    const { graph } = await captureGraph((executor) => runProgram(source, executor), configuration);
    reporter.terminal.print(reporter.manners.json ? `${JSON.stringify(streamPlan(graph))}\n` : request.tree ? renderPlan(graph) : `${HEADER}\n${streamPlanText(graph)}\n${FOOTER}\n\n${NO_DESCRIPTION}\n`);
    return EXIT.finished;
  } catch (error) {
    return await reporter.error(error, EXIT.notStarted, staged?.sources);
  } finally {
    staged?.remove();
  }
}
