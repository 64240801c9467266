/** `flink state` over snapshots that were written by the engine's own parts. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { DirectoryStorage } from '../../src/checkpoint/directory-storage.js';
import { localFiles } from '../../src/checkpoint/local-files.js';
import { openSnapshotStreams } from '../../src/checkpoint/snapshot-output.js';
import { seededRandom } from '../../src/core/random.js';
import { ClassRegistry } from '../../src/core/serialization/class-registry.js';
import { HashMapBackend } from '../../src/state/hash-map-backend.js';
import { OperatorStates } from '../../src/state/operator-states.js';
import { ListStateDescriptor, MapStateDescriptor, ValueStateDescriptor } from '../../src/state/state-descriptor.js';
import { StateTtlConfig } from '../../src/state/state-ttl-config.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { complete } from '../state/memory-snapshots.js';
import { workspace } from './flink.js';

const { path, flink } = workspace();

class Money {
  constructor(readonly amount: number, readonly currency: string) {}
}

/** Writes checkpoint `id` with these counts by word. */
async function checkpoint(id: number, counts: Readonly<Record<string, number>>): Promise<string> {
  const storage = new DirectoryStorage({ files: localFiles, directory: join(path, 'checkpoints'), savepointDirectory: undefined, jobId: 'abcdef0123456789abcdef0123456789', random: seededRandom(id), inlineBytesMax: id % 2 === 0 ? 0 : 20_000 });
  const pending = await storage.beginCheckpoint(id);
  const classes = new ClassRegistry();
  classes.register('Money', Money);
  const states = new OperatorStates({
    operator: 'Count', runtimeAttach: () => {}, clock: new ManualClock(5_000), mailbox: { execute: (call) => call() }, backend: () => new HashMapBackend(),
    keyGroups: { range: { start: 0, end: 127 }, maxParallelism: 128 }, classes,
  });
  const keyed = states.keyed!;
  const counted = new ValueStateDescriptor<number>('count');
  const seen = new MapStateDescriptor<string, Money>('seen');
  const fading = new ValueStateDescriptor<string>('fading');
  fading.enableTimeToLive(StateTtlConfig.newBuilder(1_000).build());
  for (const [word, count] of Object.entries(counts)) {
    keyed.setCurrentKey(word);
    keyed.store.getState(counted).update(count);
    if (word === 'the') {
      keyed.store.getMapState(seen).put('price', new Money(3, 'EUR'));
      keyed.store.getState(fading).update('soon gone');
    }
  }
  states.operator.getListState(new ListStateDescriptor<{ offset: number }>('offsets')).update([{ offset: id * 100 }]);
  let files = 0;
  const state = await complete(states.snapshot({ checkpointId: id, timestamp: 0, kind: 'checkpoint', format: 'canonical', streams: openSnapshotStreams(pending.location, () => `state-${files++}`, localFiles) }));
  const written = await storage.complete(pending, {
    jobId: 'abcdef0123456789abcdef0123456789', jobName: 'Words', checkpointId: id, kind: 'checkpoint', format: 'canonical', startedAt: 1_000, completedAt: 2_000,
    operators: [
      { operatorId: '11'.repeat(16), uid: 'counts', name: 'Count', vertexId: '11'.repeat(16), parallelism: 1, maxParallelism: 128, finishedSubtasks: [], subtasks: [{ index: 0, state: state! }] },
      { operatorId: '22'.repeat(16), name: 'Sink: Print', vertexId: '11'.repeat(16), parallelism: 1, maxParallelism: 128, finishedSubtasks: [], subtasks: [] },
    ],
  });
  return written.path!;
}

let [early, late] = ['', ''];
beforeAll(async () => {
  mkdirSync(join(path, 'checkpoints'));
  early = await checkpoint(1, { the: 3, of: 2 });
  late = await checkpoint(2, { the: 4, and: 1 });
});

const lines = (text: string): unknown[] => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));

describe('flink state', () => {
  it('ls shows operators, states, entries and bytes', async () => {
    const { code, stdout } = await flink(['state', 'ls', late]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^checkpoint 2 of "Words" \(abcdef0123456789abcdef0123456789\), 1970-01-01T00:00:02.000Z, canonical\n\nCount\n {2}uid counts, id 1{32}, parallelism 1 of 128, \d+ bytes, keys string\n {4}count {2}value {2}2 entries\n {4}fading {2}value {2}1 entry\n {4}offsets {2}SPLIT_DISTRIBUTE {2}1 entry\n {4}seen {2}map {2}1 entry\n\nSink: Print\n {2}uid \(none\), id 2{32}, parallelism 1 of 128, 0 bytes\n$/);
  });

  it('ls answers programs with one object', async () => {
    const { stdout } = await flink(['state', 'ls', '--json', `${early}/_metadata`]);
    expect(JSON.parse(stdout)).toMatchObject({ path: early, jobName: 'Words', checkpointId: 1, operators: [{ uid: 'counts', states: [{ name: 'count', kind: 'value', entries: 2 }, {}, {}, {}] }, { uid: null, states: [] }] });
  });

  it('get prints entries as JSON lines, also of classes that only the program knows', async () => {
    expect(lines((await flink(['state', 'get', early, '--operator', 'counts', '--key', 'the'])).stdout)).toEqual([
      { operator: 'counts', state: 'count', kind: 'value', key: 'the', value: 3 },
      { operator: 'counts', state: 'seen', kind: 'map', key: 'the', value: [['price', { amount: 3, currency: 'EUR' }]] },
      { operator: 'counts', state: 'fading', kind: 'value', key: 'the', value: 'soon gone', lastUsed: 5_000 },
    ]);
    expect(lines((await flink(['state', 'get', early, '--state', 'offsets'])).stdout)).toEqual([{ operator: 'counts', state: 'offsets', kind: 'SPLIT_DISTRIBUTE', subtask: 0, value: { offset: 100 } }]);
  });

  it('diff says what was added, removed and changed', async () => {
    const { stdout, stderr } = await flink(['state', 'diff', early, late]);
    expect(stdout.split('\n').filter(Boolean).sort()).toEqual([
      '+ counts / count / "and": 1', '+ counts / offsets: {"offset":200}', '- counts / count / "of": 2', '- counts / offsets: {"offset":100}', '~ counts / count / "the": 3 → 4',
    ]);
    expect(stderr).toBe('2 added, 2 removed, 1 changed.\n');
    expect((await flink(['state', 'diff', early, early])).stderr).toBe('The two snapshots hold the same state.\n');
    expect(lines((await flink(['state', 'diff', '--json', '-q', early, late])).stdout)).toContainEqual({ change: 'changed', operator: 'counts', state: 'count', key: 'the', was: 3, is: 4 });
  });

  it.each([
    [['state'], 'flink state needs to know what to do: ls, get or diff'],
    [['state', 'show', 'x'], 'flink state knows ls, get and diff, not "show"'],
    [['state', 'ls'], 'flink state ls needs a snapshot'],
    [['state', 'diff', 'x'], 'flink state diff needs two snapshots\n  hint     Write for example `flink state diff chk-49 chk-50`'],
    [['state', 'ls', 'nowhere'], 'there is no snapshot at nowhere'],
  ])('%j is refused: %s', async (words, message) => {
    const { code, stdout, stderr } = await flink(words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('says which operator was meant', async () => {
    expect((await flink(['state', 'get', early, '--operator', 'count'])).stderr).toContain('the snapshot has no operator "count"\n  hint     Did you mean "counts"?');
  });
});
