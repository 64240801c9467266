/**
 * What every checkpoint storage promises, as tests.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CheckpointStorage } from '../../src/checkpoint/checkpoint-storage.js';
import type { FileStore } from '../../src/checkpoint/file-store.js';
import { openSnapshotReader } from '../../src/checkpoint/snapshot-input.js';
import { openSnapshotStreams } from '../../src/checkpoint/snapshot-output.js';
import { readSnapshot } from '../../src/checkpoint/snapshot-path.js';
import type { CanonicalKeyedState } from '../../src/state/operator-snapshot.js';
import { JOB_ID, keyed, operatorOf, snapshotOf } from './snapshot-fixture.js';

/** The storage's job is `JOB_ID`, its default folder for savepoints `/saves` below `root`. */
export function checkpointStorageConformance(name: string, make: () => { storage: CheckpointStorage; files: FileStore }, root = ''): void {
  describe(`checkpoint storage (${name})`, () => {
    let storage: CheckpointStorage;
    let files: FileStore;
    beforeEach(() => void ({ storage, files } = make()));

    it('gives back the state of a completed checkpoint', async () => {
      const pending = await storage.beginCheckpoint(1);
      const output = openSnapshotStreams(pending.location, () => 'state', files).open('exclusive');
      output.write(Buffer.from('some bytes'));
      const metadata = snapshotOf([operatorOf({ subtasks: [{ index: 0, state: keyed(0, 9, await output.finish()) }] })]);
      const completed = await storage.complete(pending, metadata);
      expect(completed.metadata).toEqual(metadata);
      const [handle] = completed.metadata.operators[0]!.subtasks[0]!.state.keyed;
      const bytes = await openSnapshotReader(completed.folders, files).read((handle as CanonicalKeyedState).file);
      expect(Buffer.from(bytes).toString()).toBe('some bytes');
    });

    it('can be prepared any number of times', async () => {
      await storage.prepare();
      await storage.prepare();
      await storage.beginCheckpoint(1);
    });

    it('discards a checkpoint, complete or not, any number of times', async () => {
      const pending = await storage.beginCheckpoint(1);
      await storage.discard(pending);
      const completed = await storage.complete(await storage.beginCheckpoint(2), snapshotOf());
      await storage.discard(completed);
      await storage.discard(completed);
      await storage.discardShared([`${root}/none/a`, `${root}/none/b`]);
      await storage.close();
      await storage.close();
    });

    it('puts every savepoint into a new folder below the one that was named, without a shared folder', async () => {
      const one = await storage.beginSavepoint(`${root}/mine`);
      const two = await storage.beginSavepoint(`${root}/mine`);
      expect([one.folder, two.folder]).toEqual([expect.stringMatching(`^${root}/mine/savepoint-${JOB_ID.slice(0, 6)}-[0-9a-f]{12}$`), expect.not.stringMatching(one.folder!)]);
      expect(one.location).not.toHaveProperty('shared');
    });

    it('puts a savepoint below the default folder when none was named', async () => {
      expect((await storage.beginSavepoint(undefined)).folder).toMatch(new RegExp(`^${root}/saves/`));
    });

    it('completes a savepoint as a folder that can be moved', async () => {
      const pending = await storage.beginSavepoint(`${root}/mine`);
      const output = openSnapshotStreams(pending.location, () => 'state', files).open('shared');
      output.write(Buffer.from('some bytes'));
      const metadata = snapshotOf([operatorOf({ subtasks: [{ index: 0, state: keyed(0, 9, await output.finish()) }] })], { kind: 'savepoint' });
      await storage.complete(pending, metadata);
      for (const name of ['state', '_metadata']) {
        const upload = await files.create(`${root}/moved/here/${name}`);
        await upload.append(await files.read(`${pending.folder}/${name}`, 0, 10_000));
        await upload.publish();
      }
      await files.remove(`${root}/mine`);
      const { metadata: read, folders } = await readSnapshot(`${root}/moved/here`, files);
      const [handle] = read.operators[0]!.subtasks[0]!.state.keyed;
      expect(Buffer.from(await openSnapshotReader(folders, files).read((handle as CanonicalKeyedState).file)).toString()).toBe('some bytes');
    });
  });
}
