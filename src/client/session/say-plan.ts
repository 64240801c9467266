/**
 * Answers what job a bundle builds, and runs nothing of it.
 */
import type { FromJobProcess, JobOrder } from '../../dispatcher/job-order.js';
import { streamPlan } from '../../graph/plan.js';
import { runProgram } from '../../program/load-program.js';
import { captureGraph } from '../capture-graph.js';
import type { Reporter } from '../reporter.js';
import { createRunFolder } from '../run-folder.js';
import { keepOutputForData } from '../staged-job.js';
import { configurationOf, stageBundle } from './submitted-program.js';

export async function sayPlan(order: JobOrder, _reporter: Reporter, tell: (message: FromJobProcess) => void): Promise<void> {
  const folder = createRunFolder(order.parent);
  try {
    const { source } = stageBundle(order, folder);
    keepOutputForData();
    const { graph } = await captureGraph((executor) => runProgram(source, executor), configurationOf(order));
    tell({ type: 'planned', plan: streamPlan(graph) });
  } finally {
    folder.remove();
  }
}
