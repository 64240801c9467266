import { describe, expect, it } from 'vitest';
import { CommittableBatches } from '../../src/operators/committable-batches.js';
import { type CommittableMessage, committableMessages, END_OF_INPUT_CHECKPOINT } from '../../src/operators/committable-message.js';

const sent = (checkpointId: number, subtaskId: number, ...committables: string[]): CommittableMessage<string>[] => committableMessages(committables, { checkpointId, subtaskId, numberOfSubtasks: 2 });

function batchesOf(...messages: CommittableMessage<string>[]): CommittableBatches<string> {
  const batches = new CommittableBatches<string>('Committer');
  for (const message of messages) batches.add(message);
  return batches;
}

describe('what is to be committed', () => {
  it('is due with its checkpoint or a later one, the oldest first, of all subtasks together', () => {
    const batches = batchesOf(...sent(2, 0, 'c'), ...sent(1, 0, 'a'), ...sent(1, 1, 'b'));
    batches.snapshot(2);
    expect(batches.take(2)).toEqual([{ checkpointId: 1, committables: ['a', 'b'] }, { checkpointId: 2, committables: ['c'] }]);
    expect(batches.take(3)).toEqual([]);
  });

  it('is not due with a checkpoint whose snapshot does not hold it', () => {
    const batches = batchesOf(...sent(1, 0, 'a'));
    batches.snapshot(1);
    for (const message of sent(END_OF_INPUT_CHECKPOINT, 0, 'last')) batches.add(message);
    expect(batches.take(1)).toEqual([{ checkpointId: 1, committables: ['a'] }]);
    batches.snapshot(2);
    expect(batches.take(2)).toEqual([{ checkpointId: END_OF_INPUT_CHECKPOINT, committables: ['last'] }]);
  });

  it('is not due before all of its subtask has come', () => {
    const [summary, first, second] = sent(1, 0, 'a', 'b');
    const batches = batchesOf(summary!, first!);
    batches.snapshot(1);
    expect(batches.take(1)).toEqual([]);
    batches.add(second!);
    batches.snapshot(2);
    expect(batches.take(2)).toEqual([{ checkpointId: 1, committables: ['a', 'b'] }]);
  });

  it('is due also when it is nothing, for those behind the committer are told so', () => {
    const batches = batchesOf(...sent(1, 0));
    batches.snapshot(1);
    expect(batches.take(1)).toEqual([{ checkpointId: 1, committables: [] }]);
  });
});

describe('what a snapshot holds', () => {
  it('is due when a job goes on from it, also at another parallelism, which tears batches apart', () => {
    const state = batchesOf(...sent(1, 0, 'a', 'b'), ...sent(END_OF_INPUT_CHECKPOINT, 1, 'c')).snapshot(1);
    const halves = [state.filter((_, at) => at % 2 === 0), state.filter((_, at) => at % 2 === 1)];
    const due = halves.flatMap((half) => new CommittableBatches<string>('Committer').restore(half, 1));
    expect(due.flatMap(({ committables }) => committables).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('is dropped when it belongs to a later checkpoint: the writers prepare it anew', () => {
    const state = batchesOf(...sent(1, 0, 'a'), ...sent(2, 0, 'early')).snapshot(1);
    expect(new CommittableBatches<string>('Committer').restore(state, 1)).toEqual([{ checkpointId: 1, committables: ['a'] }]);
  });

  it('may be followed by the rest of a batch, without a summary', () => {
    const [summary, first, second] = sent(1, 0, 'a', 'b');
    const restored = new CommittableBatches<string>('Committer');
    expect(restored.restore(batchesOf(summary!, first!).snapshot(1), 1)).toEqual([{ checkpointId: 1, committables: ['a'] }]);
    restored.add(second!);
    restored.snapshot(2);
    expect(restored.take(2)).toEqual([{ checkpointId: 1, committables: ['b'] }]);
  });
});

describe('a topology in front of the committer that does not keep the rules is told so', () => {
  const [summary, committable] = sent(3, 1, 'a');

  it.each([
    ['a committable without a summary', [committable!], 'more committables of subtask 1 for checkpoint 3 than the 0 that a summary announced'],
    ['more committables than announced', [summary!, committable!, committable!], 'more committables of subtask 1 for checkpoint 3 than the 1 that a summary announced'],
    ['two summaries', [summary!, summary!], 'a second summary of subtask 1 for checkpoint 3'],
  ])('when it sends %s', (_, messages, said) => expect(() => batchesOf(...messages)).toThrow(`"Committer" was sent ${said}`));

  it('when the input ends and committables are missing', () => {
    expect(() => batchesOf(summary!).checkWhole()).toThrow('0 of 1 committables of subtask 1 for checkpoint 3');
    expect(() => batchesOf(sent(END_OF_INPUT_CHECKPOINT, 0, 'a')[0]!).takeAll()).toThrow('for the end of the input');
  });
});
