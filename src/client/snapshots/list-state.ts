/**
 * `flink state ls`: what a snapshot holds: operators, their states, entries and bytes.
 */
import { bytesOf, filesOfOperator, keyTypeOfOperator } from '../../checkpoint/snapshot-metadata.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { Reporter } from '../reporter.js';
import { forEachEntry, type OpenSnapshot, openSnapshot } from './state-entries.js';

interface ListedState {
  readonly name: string;
  readonly kind: string;
  entries: number;
}

interface ListedOperator {
  readonly operatorId: string;
  readonly uid: string | null;
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  readonly finished: boolean;
  readonly bytes: number;
  /** Of which type its keys are; null when it has none. */
  readonly keyType: string | null;
  readonly states: readonly ListedState[];
}

/** @param dynamic `-D` values as given. */
export async function listState(path: string, dynamic: readonly string[], reporter: Reporter): Promise<ExitCode> {
  const snapshot = await openSnapshot(path, dynamic);
  const operators = await described(snapshot);
  const { jobId, jobName, checkpointId, kind, format, startedAt, completedAt } = snapshot.metadata;
  if (reporter.manners.json) {
    reporter.answer({ path: snapshot.path, jobId, jobName, checkpointId, kind, format, startedAt, completedAt, operators });
    return EXIT.finished;
  }
  const { terminal } = reporter;
  terminal.print(`${kind} ${checkpointId} of "${jobName}" (${jobId}), ${new Date(completedAt).toISOString()}, ${format}\n`);
  for (const operator of operators) terminal.print(rendered(operator));
  return EXIT.finished;
}

async function described(snapshot: OpenSnapshot): Promise<ListedOperator[]> {
  const states = new Map<string, Map<string, ListedState>>();
  await forEachEntry(snapshot, {}, ({ operator: { operatorId }, state, kind }) => {
    const own = states.get(operatorId) ?? new Map<string, ListedState>();
    states.set(operatorId, own);
    const known = own.get(state) ?? { name: state, kind, entries: 0 };
    own.set(state, known);
    known.entries += 1;
  });
  return snapshot.metadata.operators.map((operator) => {
    const { operatorId, uid, name, parallelism, maxParallelism, finishedSubtasks } = operator;
    return {
      operatorId, uid: uid ?? null, name, parallelism, maxParallelism,
      finished: finishedSubtasks.length === parallelism,
      bytes: bytesOf(filesOfOperator(operator)),
      keyType: keyTypeOfOperator(operator) ?? null,
      states: [...(states.get(operatorId)?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  });
}

function rendered({ operatorId, uid, name, parallelism, maxParallelism, finished, bytes, keyType, states }: ListedOperator): string {
  const facts = [`uid ${uid ?? '(none)'}`, `id ${operatorId}`, `parallelism ${parallelism} of ${maxParallelism}`, sizeText(bytes), ...(finished ? ['finished'] : []), ...(keyType === null ? [] : [`keys ${keyType}`])];
  const rows = states.map((state) => `    ${state.name}  ${state.kind}  ${state.entries} ${state.entries === 1 ? 'entry' : 'entries'}\n`);
  return `\n${name}\n  ${facts.join(', ')}\n${rows.join('')}`;
}

function sizeText(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  const unit = bytes < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10));
  return unit === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** unit).toFixed(1)} ${units[unit]!}`;
}
