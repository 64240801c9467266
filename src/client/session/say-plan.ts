/**
 * Answers what job a bundle builds, and runs nothing of it.
 */
import type { FromJobProcess, JobOrder } from '../../dispatcher/job-order.js';
import { createJobGraph } from '../../graph/translate.js';
import { runProgram } from '../../program/load-program.js';
import { planNodes } from '../../rest/job-details.js';
import { captureGraph } from '../capture-graph.js';
import { createRunFolder } from '../run-folder.js';
import { keepOutputForData } from '../staged-job.js';
import { configurationOf, stageBundle } from './submitted-program.js';

export async function sayPlan(order: JobOrder, tell: (message: FromJobProcess) => void): Promise<void> {
  const folder = createRunFolder(order.parent);
  try {
    const { source } = stageBundle(order, folder);
    keepOutputForData();
    const { graph } = await captureGraph((executor) => runProgram(source, executor), configurationOf(order));
    const jobGraph = createJobGraph(graph, order.jobId);
    tell({ type: 'planned', plan: { jid: jobGraph.jobId, name: jobGraph.jobName, type: jobGraph.runtimeMode, nodes: planNodes(jobGraph) } });
  } finally {
    folder.remove();
  }
}
