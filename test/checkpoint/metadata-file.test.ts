import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMetadata, encodeMetadata } from '../../src/checkpoint/metadata-file.js';
import type { SnapshotMetadata } from '../../src/checkpoint/snapshot-metadata.js';
import { hexId, inline, keyed, operatorOf, snapshotOf } from './snapshot-fixture.js';

const full: SnapshotMetadata = snapshotOf([
  operatorOf({
    uid: 'counter "ü"', finishedSubtasks: [1], parallelism: 2, enumerator: inline(9, 8),
    subtasks: [{
      index: 0,
      state: {
        keyed: [
          ...keyed(0, 3).keyed,
          {
            format: 'native', backend: 'level', keyGroups: { start: 0, end: 63 }, keyType: 'none', states: [{ name: 'w', kind: 'timers', namespaced: true, expiring: true }], entries: 5,
            files: [{ name: '000005.ldb', file: { kind: 'file', scope: 'shared', name: 'a-1', size: 10, checksum: 3 } }],
          },
        ],
        operator: [{ file: inline(1, 2, 3), states: [{ name: 'offsets', redistribution: 'SPLIT_DISTRIBUTE', offsets: [0, 1], end: 3 }] }],
        inputChannels: [{ edgeId: 'edge-1', producer: 0, consumer: 1, file: inline(), offset: 0, length: 0, records: 0 }],
      },
    }],
  }),
  operatorOf({ operatorId: hexId(2), subtasks: [] }),
], { kind: 'savepoint', stop: 'drain' });

const PATH = '/c/_metadata';
const decode = (bytes: Uint8Array): Promise<SnapshotMetadata> => decodeMetadata(bytes, PATH);
const withText = (change: (text: string) => string): Uint8Array => Buffer.from(change(Buffer.from(encodeMetadata(full)).toString('latin1')), 'latin1');

describe('the file _metadata', () => {
  it('gives back what was written, inline state byte for byte', async () => {
    expect(await decode(encodeMetadata(full))).toEqual(full);
  });

  it('begins with a line that people and tools recognise', () => {
    expect(Buffer.from(encodeMetadata(full)).toString('latin1')).toMatch(/^flink-ts snapshot\n1 \d+ \d+ \d+\n\{"jobId"/);
  });

  it('that was not written by this engine is told from a broken one', async () => {
    await expect(decode(Buffer.from('{"some":"json"}'))).rejects.toMatchObject({ code: 'SNAPSHOT_FOREIGN', message: expect.stringContaining(PATH) });
    await expect(decode(Buffer.from('not a snapshot, but longer than its first line'))).rejects.toMatchObject({ code: 'SNAPSHOT_FOREIGN' });
  });

  it.each([0, 2])('of another version (%i) is named as such', async (version) => {
    const { crc32 } = await import('node:zlib');
    const other = `flink-ts snapshot\n${version} 2 0 ${crc32('{}', crc32(`${version} 2 0`))}\n{}`;
    await expect(decode(Buffer.from(other))).rejects.toMatchObject({ code: 'SNAPSHOT_VERSION', message: `${PATH} has version ${version}, this engine reads version 1` });
  });

  it('that is cut off anywhere is called cut off', async () => {
    const bytes = encodeMetadata(full);
    for (let length = 0; length < bytes.length; length++) {
      await expect(decode(bytes.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({ code: 'SNAPSHOT_TRUNCATED' });
    }
  });

  it('in which any bit has flipped is never read', async () => {
    const bytes = encodeMetadata(full);
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const flipped = Uint8Array.from(bytes);
      flipped[at]! ^= 1 << bit;
      await expect(decode(flipped)).rejects.toMatchObject({ code: expect.stringMatching(/^SNAPSHOT_(CORRUPT|FOREIGN|TRUNCATED)$/) });
    }), { numRuns: 300 });
  });

  it('with bytes behind its end is not as it was written', async () => {
    await expect(decode(Buffer.concat([encodeMetadata(full), Buffer.from('x')]))).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' });
  });

  it.each([
    ['a file name that leads out of the folder', { subtasks: [{ index: 0, state: keyed(0, 1, { kind: 'file', scope: 'exclusive', name: '../../etc/passwd', size: 1, checksum: 1 }) }] }, /operators\.0\.subtasks\.0\.state\.keyed\.0/],
    ['an operator id that is none', { operatorId: 'me' }, /operators\.0\.operatorId/],
  ] as const)('with %s is refused, naming the place', async (_, operator, place) => {
    const error = { code: 'SNAPSHOT_CORRUPT', message: expect.stringMatching(place) };
    await expect(decode(encodeMetadata(snapshotOf([operatorOf(operator as object)])))).rejects.toMatchObject(error);
  });

  it('whose document was edited by hand is refused', async () => {
    await expect(decode(withText((text) => text.replace('"Job"', '"Jab"')))).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' });
  });
});
