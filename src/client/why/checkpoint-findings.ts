/**
 * What is wrong with a job's checkpoints: they fail, or they take long, and which subtask is to blame.
 *
 * Pure.
 */
import type { Finding } from './findings.js';
import type { CheckpointFact, CheckpointFacts, JobFacts, SubtaskCheckpointFact } from './job-facts.js';
import { counted, lasting } from './words.js';

/** A checkpoint that takes less is nothing to speak of, however it compares. */
const SLOW_MS = 10_000;
/** How much longer than the last complete one it may take. */
const SLOWER = 3;
const SUBTASKS_TOLD = 5;
/** In our words, and in Flink's. */
const EXPIRED = /expired/i;

export function checkpointFindings({ checkpoints, now }: JobFacts): Finding[] {
  if (!checkpoints) return [];
  return [failingFinding(checkpoints, now), slowFinding(checkpoints, now)].filter((finding) => finding !== undefined);
}

function failingFinding({ history, lastCompleted }: CheckpointFacts, now: number): Finding | undefined {
  const over = history.filter(({ status, savepoint }) => status !== 'IN_PROGRESS' && !savepoint);
  const good = over.findIndex(({ status }) => status === 'COMPLETED');
  const failed = good < 0 ? over : over.slice(0, good);
  const [newest] = failed;
  if (!newest) return undefined;
  const which = failed.length === 1 ? `The last checkpoint, ${newest.id}, failed` : `The last ${failed.length} checkpoints failed, the newest of them, ${newest.id},`;
  const since = lastCompleted ? `the last complete one is ${lastCompleted.id}, ${lasting(now - lastCompleted.triggered - lastCompleted.durationMs)} old` : 'none is complete so far';
  return {
    kind: 'checkpoint-failing', holds: true,
    what: `${which} ${lasting(now - newest.triggered - newest.durationMs)} ago: ${reasonOf(newest)}; ${since}.`,
    // Of one that failed otherwise nobody was waited for: the reason is the message.
    details: EXPIRED.test(newest.message ?? '') ? blamed(newest.subtasks) : [],
    remedy: 'After a failure the job would go on from that one, and sinks that commit with checkpoints write nothing until the next.',
  };
}

/** Which one failed has been said. */
function reasonOf({ message }: CheckpointFact): string {
  return (message ?? 'nobody said why').replace(/^the (?:check|save)point \d+ failed, for /i, '').replace(/\.$/, '');
}

function slowFinding({ history, lastCompleted, intervalMs }: CheckpointFacts, now: number): Finding | undefined {
  const underWay = history.find(({ status }) => status === 'IN_PROGRESS');
  const age = underWay ? now - underWay.triggered : 0;
  if (underWay && age > Math.max(SLOW_MS, SLOWER * (lastCompleted?.durationMs ?? 0))) {
    return {
      kind: 'checkpoint-slow', holds: false, details: blamed(underWay.subtasks), remedy: REMEDY,
      what: `${underWay.savepoint ? 'Savepoint' : 'Checkpoint'} ${underWay.id} has been under way for ${lasting(age)}${lastCompleted ? `; the last complete one took ${lasting(lastCompleted.durationMs)}` : ''}.`,
    };
  }
  if (!lastCompleted || lastCompleted.durationMs <= Math.max(SLOW_MS, intervalMs ?? 0)) return undefined;
  const than = intervalMs === undefined ? '' : `, longer than from one to the next (${lasting(intervalMs)})`;
  return { kind: 'checkpoint-slow', holds: false, what: `Checkpoint ${lastCompleted.id} took ${lasting(lastCompleted.durationMs)}${than}.`, details: blamed(lastCompleted.subtasks), remedy: REMEDY };
}

const REMEDY = 'Barriers wait behind records where there is back pressure: end that, or switch execution.checkpointing.unaligned.enabled on.';

/** The subtasks that have not acknowledged it; of a complete one those that took longest. */
function blamed(subtasks: readonly SubtaskCheckpointFact[]): string[] {
  const pending = subtasks.filter(({ took }) => !took);
  const told = (pending.length > 0 ? pending : [...subtasks].sort((a, b) => b.took!.endToEndMs - a.took!.endToEndMs).slice(0, 1)).map(described);
  return told.length <= SUBTASKS_TOLD ? told : [...told.slice(0, SUBTASKS_TOLD), `and ${counted(told.length - SUBTASKS_TOLD, 'subtask')} more`];
}

function described({ vertex, subtask, parallelism, took }: SubtaskCheckpointFact): string {
  const who = `"${vertex}" (${subtask + 1}/${parallelism})`;
  if (!took) return `${who} has not acknowledged it`;
  const parts = ([['until its first barrier came', took.startDelayMs], ['until all of them had come', took.alignmentMs], ['taking the snapshot', took.syncMs], ['writing it', took.asyncMs]] as const)
    .filter(([, ms]) => ms > 0).sort(([, a], [, b]) => b - a).map(([what, ms]) => `${lasting(ms)} ${what}`);
  return `${who} took longest, ${lasting(took.endToEndMs)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

/** Of which checkpoints the subtasks are worth asking for. */
export function worthDetails(history: readonly CheckpointFact[], lastCompleted: CheckpointFact | undefined): readonly CheckpointFact[] {
  const newestOver = history.find(({ status }) => status !== 'IN_PROGRESS');
  return [history.find(({ status }) => status === 'IN_PROGRESS'), newestOver?.status === 'FAILED' ? newestOver : undefined, lastCompleted && lastCompleted.durationMs > SLOW_MS ? lastCompleted : undefined].filter((one) => one !== undefined);
}
