/**
 * Runs a job's bundle: imports it with an executor in force and calls its entry, if it has one.
 *
 * Invariant: every call is a program of its own. The instance number makes Node load a fresh copy of the module, so
 * two slots of one TaskManager never share a closure, an object or a module variable.
 */
import { FlinkError } from '../core/errors.js';
import { type PipelineExecutor, withPipelineExecutor } from './pipeline-executor.js';

export interface ProgramSource {
  /** `file:` URL of the bundle. */
  readonly url: string;
  /** What the user sees as the job file; the program finds it in `process.argv[1]`. */
  readonly path: string;
  /** The program's own arguments. */
  readonly args: readonly string[];
  /** Export to call. Without it the default export is called when it is a function. */
  readonly entry?: string | undefined;
}

/**
 * Resolves when the program has ended; rejects with what it threw.
 * @param resident the program is the thread's resident: see `ProgramScope`.
 */
export async function runProgram(source: ProgramSource, executor: PipelineExecutor, instance = 0, resident = false): Promise<void> {
  process.argv = [process.argv[0] ?? 'node', source.path, ...source.args];
  const program = async (): Promise<void> => {
    const module = (await import(instance === 0 ? source.url : `${source.url}?instance=${instance}`)) as Record<string, unknown>;
    const entry = module[source.entry ?? 'default'];
    if (typeof entry === 'function') {
      await (entry as (args: readonly string[]) => unknown)(source.args);
    } else if (source.entry !== undefined) {
      throw noSuchEntry(source.path, source.entry, Object.keys(module));
    }
  };
  await withPipelineExecutor(executor, program, resident);
}

/** The export that was named is not there. */
export function noSuchEntry(shown: string, entry: string, exported: readonly string[]): FlinkError {
  return new FlinkError('USAGE', `${shown} exports no function "${entry}"; it exports ${exported.join(', ') || 'nothing'}`, { hint: 'Export the function, or leave -c out.' });
}
