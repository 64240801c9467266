/**
 * The process of one program that was submitted to a session cluster or detached: takes its order from whoever started
 * it, runs the program, and says what becomes of its jobs.
 */
import { Configuration } from '../../core/configuration.js';
import { FlinkError, serializeError } from '../../core/errors.js';
import type { Say } from '../../core/log.js';
import { fromJobProcess, jobOrder, type FromJobProcess, type JobOrder } from '../../dispatcher/job-order.js';
import { logTerminal, processLog } from '../log-terminal.js';
import { Reporter } from '../reporter.js';
import { standardTerminal } from '../terminal.js';
import { configurationOf, SubmittedProgram } from './submitted-program.js';
import { sayPlan } from './say-plan.js';
import { watchParent } from './parent-watch.js';

/** What is said when whoever started it has left goes nowhere. */
function tell(message: FromJobProcess): void {
  if (process.connected) process.send!(fromJobProcess.parse(message), () => undefined);
}

process.once('message', (said) => {
  const order = jobOrder.parse(said);
  const say = logOf(order);
  const reporter = new Reporter(logTerminal(standardTerminal({ noColour: true }), (text, facts) => say(text, { jobId: order.jobId, ...facts })), { quiet: false, verbose: false, json: false });
  carryOut(order, reporter).then(
    () => leave(0),
    (error: unknown) => {
      tell({ type: 'refused', error: { ...serializeError(error) } });
      void reporter.error(error instanceof Error ? error : new FlinkError('INTERNAL', String(error)), 1).then(() => leave(1));
    },
  );
});

/** What is wrong with the configuration is told when the program is to run. */
function logOf(order: JobOrder): Say {
  try {
    return processLog(configurationOf(order), 'JobProcess');
  } catch {
    return processLog(new Configuration(), 'JobProcess');
  }
}

async function carryOut(order: JobOrder, reporter: Reporter): Promise<void> {
  const watch = order.diesWithParent ? watchParent(order.lease) : { present: () => true };
  return order.purpose === 'plan' ? sayPlan(order, tell) : new SubmittedProgram(order, reporter, tell).run(watch);
}

/** What was said last is on its way when the channel is closed. */
function leave(code: number): void {
  process.removeAllListeners('disconnect');
  if (!process.connected) process.exit(code);
  process.once('disconnect', () => process.exit(code));
  process.disconnect();
}
