/**
 * What every file store promises, as tests.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FileStore } from '../../src/checkpoint/file-store.js';

export function fileStoreConformance(name: string, make: () => { files: FileStore; folder: string }): void {
  describe(`a file store (${name})`, () => {
    let files: FileStore;
    let folder: string;
    beforeEach(() => void ({ files, folder } = make()));

    const write = async (path: string, ...parts: string[]): Promise<void> => {
      const upload = await files.create(path);
      for (const part of parts) await upload.append(Buffer.from(part));
      await upload.publish();
    };
    const text = async (path: string, offset = 0, length = 100): Promise<string> => Buffer.from(await files.read(path, offset, length)).toString();

    it('reads what was published, in the order in which it was appended, in whole and in part', async () => {
      await write(`${folder}/a/b/file`, 'one ', 'two ', 'three');
      expect([await text(`${folder}/a/b/file`), await text(`${folder}/a/b/file`, 4, 3), await text(`${folder}/a/b/file`, 8)]).toEqual(['one two three', 'two', 'three']);
      expect(await files.size(`${folder}/a/b/file`)).toBe(13);
    });

    it('shows nothing of a file before it is published', async () => {
      const upload = await files.create(`${folder}/x/file`);
      await upload.append(Buffer.from('half'));
      expect([await files.size(`${folder}/x/file`), await files.list(`${folder}/x`)]).toEqual([undefined, []]);
      await upload.publish();
      expect([await files.size(`${folder}/x/file`), await files.list(`${folder}/x`)]).toEqual([4, ['file']]);
    });

    it('replaces a file when the new one is published', async () => {
      await write(`${folder}/file`, 'old');
      const upload = await files.create(`${folder}/file`);
      await upload.append(Buffer.from('new!'));
      expect(await text(`${folder}/file`)).toBe('old');
      await upload.publish();
      expect(await text(`${folder}/file`)).toBe('new!');
    });

    it('publishes a file without bytes', async () => {
      await write(`${folder}/empty`);
      expect(await files.size(`${folder}/empty`)).toBe(0);
    });

    it('forgets a discarded file, and discarding after publishing changes nothing', async () => {
      const upload = await files.create(`${folder}/gone`);
      await upload.append(Buffer.from('bytes'));
      await upload.discard();
      await upload.discard();
      const kept = await files.create(`${folder}/kept`);
      await kept.publish();
      await kept.discard();
      expect(await files.list(folder)).toEqual(['kept']);
    });

    it('says that a file is not there by undefined, and refuses to read it, naming it', async () => {
      expect(await files.size(`${folder}/none`)).toBeUndefined();
      expect(await files.size(`${folder}/none/of/them`)).toBeUndefined();
      await expect(files.read(`${folder}/none`, 0, 1)).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE', message: expect.stringContaining(`${folder}/none`) });
    });

    it('lists files and folders directly in a folder, sorted, and nothing where there is none', async () => {
      await write(`${folder}/l/b/deep`, 'x');
      await write(`${folder}/l/a`, 'x');
      await files.makeFolder(`${folder}/l/c`);
      expect([await files.list(`${folder}/l`), await files.list(`${folder}/nowhere`)]).toEqual([['a', 'b', 'c'], []]);
    });

    it('removes files and whole folders, also when they are not there', async () => {
      await write(`${folder}/r/a/deep`, 'x');
      await write(`${folder}/r/b`, 'x');
      await files.remove(`${folder}/r/b`);
      expect(await files.list(`${folder}/r`)).toEqual(['a']);
      await files.remove(`${folder}/r`);
      await files.remove(`${folder}/r`);
      expect(await files.list(folder)).toEqual([]);
    });

    it('makes a folder that is there already', async () => {
      await files.makeFolder(`${folder}/m/n`);
      await files.makeFolder(`${folder}/m/n`);
      expect(await files.list(`${folder}/m`)).toEqual(['n']);
    });
  });
}
