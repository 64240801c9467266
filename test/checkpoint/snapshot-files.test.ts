import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointLocation } from '../../src/core/checkpoint.js';
import { openSnapshotReader } from '../../src/checkpoint/snapshot-input.js';
import { openSnapshotStreams } from '../../src/checkpoint/snapshot-output.js';
import type { SnapshotFile } from '../../src/state/snapshot-files.js';
import { MemoryFiles } from './memory-files.js';

const DIRECTORY: CheckpointLocation = { storage: 'directory', exclusive: '/job/chk-1', shared: '/job/shared', inlineBytesMax: 4 };
const FOLDERS = { exclusive: '/job/chk-1', shared: '/job/shared' };

let files: MemoryFiles;
let named: number;
beforeEach(() => {
  files = new MemoryFiles();
  named = 0;
});

const streams = (location: CheckpointLocation = DIRECTORY) => openSnapshotStreams(location, () => `f${named++}`, files);

async function write(text: string, scope: 'exclusive' | 'shared' = 'exclusive', location = DIRECTORY): Promise<SnapshotFile> {
  const output = streams(location).open(scope);
  output.write(Buffer.from(text));
  return output.finish();
}

describe('files of a snapshot', () => {
  it('that are small travel in the metadata; larger ones get a name, a size and a checksum', async () => {
    expect(await write('four')).toEqual({ kind: 'inline', bytes: Uint8Array.from(Buffer.from('four')) });
    expect(await write('fives')).toEqual({ kind: 'file', scope: 'exclusive', name: 'f1', size: 5, checksum: crc32('fives') });
    expect([...files.files.keys()]).toEqual(['/job/chk-1/f1']);
  });

  it('that later checkpoints may refer to are files however small they are, in the shared folder', async () => {
    expect(await write('x', 'shared')).toMatchObject({ kind: 'file', scope: 'shared', name: 'f0' });
    expect([...files.files.keys()]).toEqual(['/job/shared/f0']);
  });

  it('are all the snapshot\'s own where there is no shared folder', async () => {
    expect(await write('longer', 'shared', { storage: 'directory', exclusive: '/save', inlineBytesMax: 0 })).toMatchObject({ scope: 'exclusive' });
  });

  it('come back byte for byte, in whole and in part, whatever the sizes of the writes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(700_000), { maxLength: 4 }), fc.nat(), fc.nat(), async (sizes, from, to) => {
      const parts = sizes.map((size, at) => Uint8Array.from({ length: size }, (_, n) => n * (at + 3)));
      const output = streams().open('exclusive');
      for (const part of parts) output.write(part);
      const whole = Buffer.concat(parts);
      expect(output.position).toBe(whole.length);
      const file = await output.finish();
      const reader = openSnapshotReader(FOLDERS, files);
      expect(Buffer.from(await reader.read(file)).equals(whole)).toBe(true);
      const [start, end] = [from % (whole.length + 1), to % (whole.length + 1)].sort((a, b) => a - b) as [number, number];
      expect(Buffer.from(await reader.read(file, start, end - start)).equals(whole.subarray(start, end))).toBe(true);
    }), { numRuns: 15 });
  });

  it('without bytes take no place', async () => {
    expect(await streams().open('exclusive').finish()).toEqual({ kind: 'inline', bytes: new Uint8Array(0) });
  });

  it('tell at the end what went wrong on the way, and leave nothing', async () => {
    files.fails = (operation) => operation === 'append';
    const output = streams().open('exclusive');
    output.write(new Uint8Array(1_000_000));
    output.write(new Uint8Array(1_000_000));
    await expect(output.finish()).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE', message: expect.stringContaining('/job/chk-1/f0') });
    expect(files.files.size).toBe(0);
  });

  it('that are discarded while they are written leave nothing', async () => {
    const output = streams().open('exclusive');
    output.write(new Uint8Array(1_000_000));
    await output.discard();
    await output.discard();
    expect(files.files.size).toBe(0);
  });

  it('that are discarded while they are being finished leave nothing either', async () => {
    const output = streams().open('exclusive');
    output.write(new Uint8Array(10));
    const finished = output.finish();
    await Promise.resolve();
    void output.discard();
    await expect(finished).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE', message: expect.stringContaining('given up') });
    expect(files.files.size).toBe(0);
  });

  it('that were finished stay when they are discarded', async () => {
    const output = streams().open('exclusive');
    output.write(new Uint8Array(10));
    await output.finish();
    await output.discard();
    expect(files.files.size).toBe(1);
  });
});

describe('state in the memory of the JobManager', () => {
  const memory: CheckpointLocation = { storage: 'memory', maxStateBytes: 6 };

  it('travels whole', async () => {
    expect(await write('sixsix', 'shared', memory)).toEqual({ kind: 'inline', bytes: Uint8Array.from(Buffer.from('sixsix')) });
  });

  it('that is too large is refused with what to do instead', async () => {
    await expect(write('sevens!', 'exclusive', memory)).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED', message: expect.stringMatching(/7 bytes.*at most 6/), hint: expect.stringContaining('execution.checkpointing.dir') });
  });
});

describe('reading a snapshot', () => {
  const read = (file: SnapshotFile, offset?: number, length?: number) => openSnapshotReader(FOLDERS, files).read(file, offset, length);

  it('names a file that is not there', async () => {
    const file = await write('contents');
    await files.remove('/job/chk-1/f0');
    await expect(read(file)).rejects.toMatchObject({ code: 'SNAPSHOT_FILE_MISSING', message: expect.stringContaining('/job/chk-1/f0') });
  });

  it('names a file that was cut off', async () => {
    const file = await write('contents');
    files.files.set('/job/chk-1/f0', files.files.get('/job/chk-1/f0')!.slice(0, 3));
    await expect(read(file, 0, 2)).rejects.toMatchObject({ code: 'SNAPSHOT_TRUNCATED', message: expect.stringMatching(/f0 is cut off: 8 bytes were written, 3 are there/) });
  });

  it('names a file in which something changed, also where it is not read', async () => {
    const file = await write('contents');
    files.files.get('/job/chk-1/f0')![7]! ^= 1;
    await expect(read(file, 0, 2)).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT', message: expect.stringContaining('/job/chk-1/f0') });
  });

  it('checks a file once, however many parts of it are read', async () => {
    const file = await write('contents');
    const reader = openSnapshotReader(FOLDERS, files);
    await Promise.all([reader.read(file, 0, 2), reader.read(file, 2, 2), reader.read(file, 4, 2)]);
    expect(files.log.filter((entry) => entry.startsWith('size'))).toHaveLength(1);
  });

  it('says that a file lies in a folder that the snapshot does not have', async () => {
    const file = await write('contents', 'shared');
    await expect(openSnapshotReader({ exclusive: '/save', shared: undefined }, files).read(file)).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' });
  });
});
