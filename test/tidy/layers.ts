/**
 * Who may import whom. The one place where the layering is written as data; docs/architecture.md draws it.
 *
 * A file belongs to the row with the longest matching path. A row may import itself and what it lists. When a
 * better cut shows itself, change the row and the folder in the same commit.
 */

export interface Layer {
  /** A folder or a file, from the repository's root. */
  readonly path: string;
  readonly what: string;
  /** Paths of the rows (or single files) this one may import. */
  readonly mayImport: readonly string[];
}

/** The contracts a connector is written against, and nothing else of the operators. */
const OPERATOR_CONTRACTS = [
  'src/operators/source.ts', 'src/operators/sink.ts', 'src/operators/operator.ts', 'src/operators/output.ts', 'src/operators/runtime-context.ts',
  'src/operators/functions.ts', 'src/operators/metric-group.ts', 'src/operators/accumulator.ts',
];

/** What functions are written against that keep state of their own. */
const FUNCTION_CONTRACTS = [
  'src/operators/process-functions.ts', 'src/operators/collector.ts', 'src/operators/checkpointed-function.ts', 'src/operators/committable-message.ts', 'src/state/state.ts', 'src/state/state-descriptor.ts',
];

export const LAYERS: readonly Layer[] = [
  { path: 'src/core', what: 'time, randomness, errors, configuration options, keys: nouns that know nothing of ours', mayImport: [] },
  { path: 'src/graph', what: 'the job as plain data: stream graph, job graph, chaining, operator ids, plans', mayImport: ['src/core'] },
  { path: 'src/state', what: 'keyed state: the contract and its backends', mayImport: ['src/core'] },
  { path: 'src/s3', what: 'objects in S3: requests, credentials, uploads in parts', mayImport: ['src/core'] },
  { path: 'src/operators', what: 'the operator contract and one operator a file; no thread, channel or file', mayImport: ['src/core', 'src/graph', 'src/state'] },
  { path: 'src/windowing', what: 'windows, assigners, triggers, evictors and the operators over them', mayImport: ['src/core', 'src/state', 'src/operators'] },
  { path: 'src/connectors', what: 'one folder a connector, written against the contracts of sources, sinks and functions', mayImport: ['src/core', 'src/s3', ...OPERATOR_CONTRACTS, ...FUNCTION_CONTRACTS] },
  { path: 'src/program', what: 'a job as graph plus functions, and the seam to whatever runs it', mayImport: ['src/core', 'src/graph', 'src/operators', 'src/state'] },
  { path: 'src/api', what: 'what a job author calls; builds a program and never runs one', mayImport: ['src/core', 'src/graph', 'src/operators', 'src/state', 'src/windowing', 'src/program', 'src/connectors'] },
  { path: 'src/checkpoint', what: 'checkpoints: the coordinator’s decisions, the metadata, storage, what a restored subtask gets', mayImport: ['src/core', 'src/graph', 'src/state', 'src/s3'] },
  { path: 'src/runtime/exchange', what: 'batches of records between threads', mayImport: ['src/core', ...OPERATOR_CONTRACTS] },
  { path: 'src/runtime', what: 'runs the tasks of one thread; never sees the API', mayImport: ['src/core', 'src/graph', 'src/operators', 'src/state', 'src/program', 'src/checkpoint', 'src/runtime/exchange'] },
  { path: 'src/cluster/execution', what: 'job and task state machines: pure decisions', mayImport: ['src/core', 'src/graph', 'src/program'] },
  { path: 'src/cluster', what: 'JobManager, TaskManagers, the embedded mini-cluster', mayImport: ['src/core', 'src/graph', 'src/operators', 'src/state', 'src/program', 'src/checkpoint', 'src/runtime', 'src/runtime/exchange', 'src/cluster/execution'] },
  { path: 'src/metrics', what: 'metrics as data, their names for others, and who sends them where', mayImport: ['src/core'] },
  { path: 'src/rest', what: 'the control interface: Flink’s REST API over the jobs of one cluster', mayImport: ['src/core', 'src/graph', 'src/program', 'src/checkpoint', 'src/cluster', 'src/metrics'] },
  { path: 'src/dispatcher', what: 'the session cluster: takes programs, gives each a process, answers for all of them', mayImport: ['src/core', 'src/program', 'src/metrics', 'src/rest', 'src/cluster/execution', 'src/cluster/messages.ts', 'src/checkpoint/file-store.ts', 'src/checkpoint/local-files.ts'] },
  { path: 'src/client', what: 'configuration, bundling, submitting, showing: what a command calls', mayImport: ['src/core', 'src/graph', 'src/operators', 'src/state', 'src/program', 'src/checkpoint', 'src/runtime', 'src/cluster', 'src/cluster/execution', 'src/metrics', 'src/rest', 'src/dispatcher', 'src/s3'] },
  { path: 'src/testing', what: 'what a job author’s tests import', mayImport: ['src/core', 'src/graph', 'src/operators', 'src/state', 'src/program', 'src/api', 'src/connectors', 'src/checkpoint', 'src/runtime', 'src/cluster', 'src/client'] },
  { path: 'src/index.ts', what: 'the public surface: only re-exports', mayImport: ['src/core', 'src/graph', 'src/operators', 'src/state', 'src/windowing', 'src/connectors', 'src/program', 'src/api', 'src/checkpoint', 'src/cluster', 'src/client'] },
  { path: 'commands', what: 'parse, call the client, print', mayImport: ['src/core', 'src/program', 'src/checkpoint', 'src/cluster', 'src/client', 'src/graph'] },
  { path: 'jobs', what: 'jobs that ship: proof that the public surface is enough', mayImport: [] },
];

/** The row a file belongs to: the one with the longest path that contains it. */
export function layerOf(path: string): Layer | undefined {
  return LAYERS.filter((layer) => path === layer.path || path.startsWith(`${layer.path}/`)).sort((a, b) => b.path.length - a.path.length)[0];
}

/** Whether a file of `layer` may import `target`. */
export function mayImport(layer: Layer, target: string): boolean {
  const home = layerOf(target);
  return home === layer || layer.mayImport.includes(target) || (home !== undefined && layer.mayImport.includes(home.path));
}

/** Files nothing imports because something outside the sources starts them. */
export const ENTRY_FILES: readonly (string | RegExp)[] = [
  'src/index.ts', 'src/testing/index.ts', 'src/cluster/task-manager-worker.ts', 'src/client/command-line/main.ts', 'src/client/session/job-process-main.ts',
  'src/client/session/daemon-main.ts', /^commands\/[^/]+\.ts$/,
];
