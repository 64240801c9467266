/**
 * Operators that a sink brings along: in front of its writers, between writers and committer, and behind the committer
 * (Flink: `SupportsPreWriteTopology`, `SupportsPreCommitTopology`, `SupportsPostCommitTopology`).
 *
 * Invariants:
 * - Behind the writers barriers overtake nothing, so that all that belongs to a checkpoint is in it.
 * - The committer has the parallelism of what it reads.
 * - A sink without such operators, and without anything between writer and committer, stays one operator.
 */
import type { CommittableMessage } from '../operators/committable-message.js';
import { committerOperator } from '../operators/committer.js';
import type { Sink } from '../operators/sink.js';
import { sinkWriterOperator } from '../operators/sink-operator.js';
import { badArgument } from './arguments.js';
import type { DataStream } from './data-stream.js';
import type { DataStreamSink } from './data-stream-sink.js';
import type { StreamContext } from './stream-context.js';
import type { DefinitionFacts, OperatorTransformation } from './transformation.js';

/** A sink that prepares its records first: by another partitioning, by operators of its own. */
export interface SupportsPreWriteTopology<T> {
  /** Answers the stream that the writers read. */
  addPreWriteTopology(input: DataStream<T>): DataStream<T>;
}

/**
 * A sink that works on what its writers have prepared before it is committed: puts small files together, sends everything
 * to one subtask.
 */
export interface SupportsPreCommitTopology<RESULT, COMMITTABLE> {
  /**
   * Answers the stream that the committer reads. For each checkpoint it must have one summary of each `subtaskId`, and
   * behind it as many committables with that id as it says; they come before the barrier of the checkpoint.
   */
  addPreCommitTopology(written: DataStream<CommittableMessage<RESULT>>): DataStream<CommittableMessage<COMMITTABLE>>;
}

/** A sink that does something with what has been committed: tells a catalogue, deletes what is not needed any more. */
export interface SupportsPostCommitTopology<COMMITTABLE> {
  /**
   * The stream tells of everything that has been committed, after each checkpoint. After a failure it may tell the same
   * again, and what it tells of the last checkpoint comes behind the end of the input: operators here should keep no state and bear
   * repetition, as in Flink.
   */
  addPostCommitTopology(committed: DataStream<CommittableMessage<COMMITTABLE>>): void;
}

/** What `sinkTo` takes beside a sink. */
export type SinkTopologies<T, COMMITTABLE, RESULT> = Partial<SupportsPreWriteTopology<T> & SupportsPreCommitTopology<RESULT, COMMITTABLE> & SupportsPostCommitTopology<COMMITTABLE>>;

/** An operator that belongs to a sink, beside the one that writes. */
export interface SinkPart {
  readonly kind: 'committer' | 'global committer' | 'topology';
  readonly transformation: OperatorTransformation;
}

export type SinkWithTopologies<T, COMMITTABLE, STATE, RESULT> = Sink<T, COMMITTABLE, STATE, RESULT> & SinkTopologies<T, COMMITTABLE, RESULT>;

/** Whether the committer has to be an operator of its own. */
export function hasCommitTopology(sink: { readonly addPreCommitTopology?: unknown; readonly addPostCommitTopology?: unknown }): boolean {
  return isMethod(sink.addPreCommitTopology) || isMethod(sink.addPostCommitTopology);
}

/** What the sink puts in front of its writers, and the operators that are new with it. */
export function preWritten<T>(context: StreamContext, input: DataStream<T>, sink: Partial<SupportsPreWriteTopology<T>>): { readonly stream: DataStream<T>; readonly parts: readonly SinkPart[] } {
  if (!isMethod(sink.addPreWriteTopology)) return { stream: input, parts: [] };
  const [stream, added] = context.registering(() => sink.addPreWriteTopology!(input));
  if (!isStream(stream)) throw badArgument('addPreWriteTopology', 'to be answered with a stream', stream);
  return { stream, parts: added.map((transformation) => ({ kind: 'topology', transformation })) };
}

/** Writers, whatever stands between, the committer, whatever stands behind it. */
export function committedSink<T, COMMITTABLE, STATE, RESULT>(
  context: StreamContext, input: DataStream<T>, before: readonly SinkPart[], sink: SinkWithTopologies<T, COMMITTABLE, STATE, RESULT>,
): DataStreamSink<T> {
  if (!isMethod(sink.createCommitter)) throw badArgument('sinkTo', 'a sink with createCommitter(), for it has operators before or behind its committer', sink);
  const written = input.transform<CommittableMessage<RESULT>>('Writer', sinkWriterOperator<T, RESULT, STATE>(sink));
  const writer = written.getTransformation() as OperatorTransformation;
  const [committer, added] = context.registering(() => {
    const preCommitted = isMethod(sink.addPreCommitTopology) ? sink.addPreCommitTopology(written) : written;
    if (!isStream(preCommitted)) throw badArgument('addPreCommitTopology', 'to be answered with a stream', preCommitted);
    return addCommitter(context, preCommitted as DataStream<CommittableMessage<COMMITTABLE>>, sink);
  });
  for (const { settings } of added) settings.keepsBarriersBehind = true;
  const parts = added.map((transformation): SinkPart => ({ kind: transformation === committer ? 'committer' : 'topology', transformation }));
  return context.kinds.sink<T>(writer, [...before, ...parts]);
}

function addCommitter<COMMITTABLE>(context: StreamContext, preCommitted: DataStream<CommittableMessage<COMMITTABLE>>, sink: Pick<Sink<never, COMMITTABLE>, 'createCommitter'> & Partial<SupportsPostCommitTopology<COMMITTABLE>>): OperatorTransformation {
  const tells = isMethod(sink.addPostCommitTopology);
  const definition = committerOperator<COMMITTABLE>((facts) => sink.createCommitter!(facts), tells);
  const committer: OperatorTransformation = {
    kind: 'operator', role: tells ? 'operator' : 'sink', operator: 'Committer', settings: context.settings('Committer'), inputs: [preCommitted.getTransformation()], keyedInputs: [],
    // Messages of one subtask have to reach the same committer: nobody deals them out unasked.
    followsInput: true,
    define: (() => definition) as (facts: DefinitionFacts) => ReturnType<OperatorTransformation['define']>,
  };
  context.register(committer);
  if (tells) sink.addPostCommitTopology!(context.kinds.stream<CommittableMessage<COMMITTABLE>>(committer));
  return committer;
}

function isMethod(given: unknown): given is (...args: never[]) => unknown {
  return typeof given === 'function';
}

function isStream(given: unknown): boolean {
  return typeof given === 'object' && given !== null && typeof (given as { getTransformation?: unknown }).getTransformation === 'function';
}
