/**
 * Runs a job's bundle: imports it with an executor in force and calls its entry, if it has one.
 *
 * Invariant: every call is a program of its own. The instance number makes Node load a fresh copy of the module, so
 * two slots of one TaskManager never share a closure, an object or a module variable.
 */
import { FlinkError } from '../core/errors.js';
import { type PipelineExecutor, withPipelineExecutor } from './pipeline-executor.js';
import { unknownExport } from './unknown-export.js';

export interface ProgramSource {
  /** `file:` URL of the bundle. */
  readonly url: string;
  /** What the user sees as the job file; the program finds it in `process.argv[1]`. */
  readonly path: string;
  /** The program's own arguments. */
  readonly args: readonly string[];
  /** Export to call, or a class whose static `main` is. Without it the default export is called when it is such a thing. */
  readonly entry?: string | undefined;
}

/**
 * Resolves when the program has ended; rejects with what it threw.
 * @param resident the program is the thread's resident: see `ProgramScope`.
 */
export async function runProgram(source: ProgramSource, executor: PipelineExecutor, instance = 0, resident = false): Promise<void> {
  process.argv = [process.argv[0] ?? 'node', source.path, ...source.args];
  const program = async (): Promise<void> => {
    const module = await load(instance === 0 ? source.url : `${source.url}?instance=${instance}`, source.url);
    const main = mainOf(module[source.entry ?? 'default']);
    if (main) await main(source.args);
    else if (source.entry !== undefined) throw noSuchEntry(source.path, source.entry, Object.keys(module));
  };
  await withPipelineExecutor(executor, program, resident);
}

async function load(url: string, bundleUrl: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    throw (await unknownExport(error, bundleUrl)) ?? error;
  }
}

type Main = (args: readonly string[]) => unknown;

/** As in Flink a class has a static `main`; one without, such as a function of the job that others import, is no entry. */
function mainOf(exported: unknown): Main | undefined {
  if (typeof exported !== 'function') return undefined;
  if (!/^class\b/.test(Function.prototype.toString.call(exported))) return exported as Main;
  const { main } = exported as { main?: unknown };
  return typeof main === 'function' ? (main.bind(exported) as Main) : undefined;
}

/** The export that was named is not there. */
export function noSuchEntry(shown: string, entry: string, exported: readonly string[]): FlinkError {
  return new FlinkError('USAGE', `${shown} exports no function "${entry}"; it exports ${exported.join(', ') || 'nothing'}`, { hint: 'Export the function, or a class with a static main, or leave -c out.' });
}
