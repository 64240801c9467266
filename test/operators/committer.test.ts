import { afterEach, describe, expect, it } from 'vitest';
import { type CommittableMessage, committableMessages, END_OF_INPUT_CHECKPOINT } from '../../src/operators/committable-message.js';
import { committerOperator } from '../../src/operators/committer.js';
import type { CommitRequest, Sink } from '../../src/operators/sink.js';
import { sinkOperator, sinkWriterOperator } from '../../src/operators/sink-operator.js';
import type { HarnessSnapshot } from '../../src/testing/harness-snapshot.js';
import { operatorHarness, type OperatorHarness } from '../../src/testing/operator-harness.js';

let commits: string[][] = [];
afterEach(() => void (commits = []));

const commit = (requests: readonly CommitRequest<string>[]): void => {
  commits.push(requests.map((request) => request.getCommittable()));
  for (const request of requests) if (request.getCommittable().startsWith('hopeless')) request.signalFailedWithKnownReason(new Error('gone'));
};
const sent = (checkpointId: number, ...committables: string[]): CommittableMessage<string>[] => committableMessages(committables, { checkpointId, subtaskId: 4, numberOfSubtasks: 5 });

async function opened(options: { readonly tells?: boolean; readonly restoreFrom?: HarnessSnapshot } = {}): Promise<OperatorHarness<CommittableMessage<string>>> {
  const { tells = true, restoreFrom } = options;
  return operatorHarness(committerOperator<string>(() => ({ commit }), tells), restoreFrom ? { restoreFrom } : {}).open();
}

async function pushed(messages: readonly CommittableMessage<string>[], harness: Promise<OperatorHarness<CommittableMessage<string>>> = opened()): Promise<OperatorHarness<CommittableMessage<string>>> {
  for (const message of messages) (await harness).push(message);
  return harness;
}

const told = (checkpointId: number, failed: number, ...committables: string[]): CommittableMessage<string>[] =>
  committableMessages(committables, { checkpointId, subtaskId: 0, numberOfSubtasks: 1 }, failed);

describe('a committer in an operator of its own', () => {
  it('commits what came before the barrier when the checkpoint is complete, and tells of it then', async () => {
    const harness = await pushed(sent(1, 'a', 'b'));
    await harness.snapshot(1);
    expect([commits, harness.values]).toEqual([[], []]);
    await harness.notifyCheckpointComplete(1);
    expect([commits, harness.values]).toEqual([[['a', 'b']], told(1, 0, 'a', 'b')]);
  });

  it('tells how much it has given up, and nothing more of it', async () => {
    const harness = await pushed(sent(1, 'a', 'hopeless', 'b'));
    await harness.snapshot(1);
    await harness.notifyCheckpointComplete(1);
    expect(harness.values).toEqual(told(1, 1, 'a', 'b'));
    expect(harness.host.printed.stderr).toContain('gives up a part of its output: gone');
  });

  it('asks nobody to commit nothing, but tells so', async () => {
    const harness = await pushed(sent(1));
    await harness.snapshot(1);
    await harness.notifyCheckpointComplete(1);
    expect([commits, harness.values]).toEqual([[], told(1, 0)]);
  });

  it('tells nobody where nobody follows', async () => {
    const harness = await pushed(sent(1, 'a'), opened({ tells: false }));
    await harness.snapshot(1);
    await harness.notifyCheckpointComplete(1);
    expect([commits, harness.values]).toEqual([[['a']], []]);
  });

  it('commits what the snapshot holds, and tells of it, before anything else when it goes on from there', async () => {
    const first = await pushed(sent(1, 'a'));
    const snapshot = await first.snapshot(1);
    const restored = await opened({ restoreFrom: snapshot });
    await restored.settle();
    expect([commits, restored.values]).toEqual([[['a']], told(1, 0, 'a')]);
  });

  it('commits at the end of the input, oldest first, where there are no checkpoints', async () => {
    const harness = await pushed([...sent(END_OF_INPUT_CHECKPOINT, 'last'), ...sent(1, 'first')]);
    await harness.end();
    expect(commits).toEqual([['first'], ['last']]);
    expect(harness.values).toEqual([...told(1, 0, 'first'), ...told(END_OF_INPUT_CHECKPOINT, 0, 'last')]);
  });
});

describe('the writer of a sink with a committer of its own', () => {
  const sink: Sink<string, string> = {
    createWriter() {
      let written: string[] = [];
      return {
        write: (value) => void written.push(value),
        flush() {},
        prepareCommit: () => written.splice(0),
        snapshotState: () => (written = []),
      };
    },
    createCommitter: () => ({ commit }),
  };

  it('sends what it has prepared before the barrier, and the rest at the end of the input', async () => {
    const harness = await operatorHarness(sinkWriterOperator(sink)).open();
    harness.push('a').push('b');
    await harness.snapshot(3);
    harness.push('c');
    await harness.end();
    expect(harness.values).toEqual([...told(3, 0, 'a', 'b'), ...told(END_OF_INPUT_CHECKPOINT, 0, 'c')]);
  });

  it('sends what the sink had to commit when it was one operator, once', async () => {
    const before = await operatorHarness(sinkOperator(sink)).open();
    before.push('a').push('b');
    const restoreFrom = await before.snapshot(3);
    const harness = await operatorHarness(sinkWriterOperator(sink), { restoreFrom }).open();
    await harness.settle();
    expect([harness.values, commits]).toEqual([told(3, 0, 'a', 'b'), []]);
    const again = await operatorHarness(sinkWriterOperator(sink), { restoreFrom: await harness.snapshot(4) }).open();
    await again.settle();
    expect(again.values).toEqual([]);
  });
});
