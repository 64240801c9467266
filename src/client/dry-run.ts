/**
 * `flink run --dry-run -s`: says what going on from a snapshot would do, and does nothing of it.
 */
import type { SavedOperator } from '../checkpoint/restore-check.js';
import { storedFiles } from '../checkpoint/stored-files.js';
import { type DryRestore, dryRestore, restoreSettings } from '../cluster/prepare-restore.js';
import { systemClock } from '../core/clock.js';
import { systemRandom } from '../core/random.js';
import { createJobGraph } from '../graph/translate.js';
import { runProgram } from '../program/load-program.js';
import { captureGraph } from './capture-graph.js';
import { loadConfiguration } from './configuration/load-configuration.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Reporter } from './reporter.js';
import { applyRestore, type RunRequest } from './run-request.js';
import { keepOutputForData, stageJob, type StagedJob } from './staged-job.js';

/** A job id is made when a job is submitted; this one is not. */
const NO_JOB_ID = '0'.repeat(32);

/** Ends with `EXIT.notStarted` when the restore would be refused. */
export async function dryRun(request: RunRequest, reporter: Reporter): Promise<ExitCode> {
  let staged: StagedJob | undefined;
  try {
    const { configuration, warnings } = await loadConfiguration({ dynamic: request.dynamic, parallelism: request.parallelism, settings: (settings) => applyRestore(settings, request.restore) });
    for (const warning of warnings) reporter.say(`Warning: ${warning}`);
    staged = stageJob(request, reporter);
    await staged.bundle();
    keepOutputForData();
    const { source } = staged;
    const program = await captureGraph((executor) => runProgram(source, executor), configuration);
    const ofJob = configuration.overriddenBy(program.configuration);
    const settings = restoreSettings(ofJob);
    if (!settings) return saysAfresh(reporter);
    const found = await dryRestore(createJobGraph(program.graph, NO_JOB_ID), { ...program, configuration: ofJob }, settings, storedFiles(ofJob, { clock: systemClock, random: systemRandom }));
    if (reporter.manners.json) reporter.answer(asJson(found));
    else reporter.terminal.print(rendered(found));
    return found.refusal ? await reporter.error(found.refusal, EXIT.notStarted, staged.sources) : EXIT.finished;
  } catch (error) {
    return await reporter.error(error, EXIT.notStarted, staged?.sources);
  } finally {
    staged?.remove();
  }
}

function saysAfresh(reporter: Reporter): ExitCode {
  if (reporter.manners.json) reporter.answer({ snapshot: null });
  else reporter.terminal.print('The job would start afresh: no snapshot is named.\n');
  return EXIT.finished;
}

function asJson({ snapshot, restored, dropped, fresh, refusal, unchecked }: DryRestore): object {
  const { metadata: { jobId, jobName, checkpointId, kind, completedAt }, path } = snapshot;
  return { snapshot: { path, jobId, jobName, checkpointId, kind, completedAt }, restored, dropped, fresh, unchecked, allowed: refusal === undefined };
}

function rendered({ snapshot, restored, dropped, fresh, unchecked }: DryRestore): string {
  const { jobName, jobId, checkpointId, kind, completedAt } = snapshot.metadata;
  const lines = [`From ${kind} ${checkpointId} of "${jobName}" (${jobId}), ${new Date(completedAt).toISOString()}:`];
  for (const { saved, name, parallelism } of restored) {
    const rescaled = saved.parallelism === parallelism ? '' : `, parallelism ${saved.parallelism} to ${parallelism}`;
    lines.push(`  restored  ${savedText(saved)}${saved.name === name ? '' : ` to "${name}"`}${rescaled}`);
  }
  for (const saved of dropped) lines.push(`  dropped   ${savedText(saved)}: no operator of the program has it`);
  for (const { uid, name } of fresh) lines.push(`  new       "${name}"${uid === undefined ? '' : ` (uid ${uid})`} starts empty`);
  for (const { name, reason } of unchecked) lines.push(`  unchecked "${name}": its states could not be compared, for opening it failed: ${reason}`);
  return `${lines.join('\n')}\n`;
}

function savedText({ name, uid, bytes, states, keyType }: SavedOperator): string {
  return `"${name}"${uid === undefined ? '' : ` (uid ${uid})`}, ${bytes} bytes${states.length === 0 ? '' : `: ${states.join(', ')}`}${keyType === undefined ? '' : `, keys of the type ${keyType}`}`;
}
