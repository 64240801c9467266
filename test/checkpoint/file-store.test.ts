import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localFiles } from '../../src/checkpoint/local-files.js';
import { fileStoreConformance } from './file-store-conformance.js';
import { MemoryFiles } from './memory-files.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'files-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

fileStoreConformance('this machine', () => ({ files: localFiles, folder }));
fileStoreConformance('in memory', () => ({ files: new MemoryFiles(), folder: '/files' }));

describe('files of this machine', () => {
  it('leave a temporary file, which is not listed, when the process dies while one is written', async () => {
    const upload = await localFiles.create(`${folder}/file`);
    await upload.append(Buffer.from('half'));
    expect([readdirSync(folder).length, await localFiles.list(folder)]).toEqual([1, []]);
    await upload.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('give up where no folder can be made, though the system says that one is missing', async () => {
    await expect(localFiles.makeFolder('/proc/flink/checkpoints')).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE', message: expect.stringContaining('/proc/flink') });
    await expect(localFiles.create('/proc/flink/savepoints/_metadata')).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE' });
  });

  it('say which path cannot be written, and why', async () => {
    writeFileSync(`${folder}/plain`, '');
    const error = { code: 'CHECKPOINT_STORAGE', message: expect.stringMatching(/could not write .*plain\/file: ENOTDIR/) };
    await expect(localFiles.create(`${folder}/plain/file`)).rejects.toMatchObject(error);
    await expect(localFiles.makeFolder(`${folder}/plain/folder`)).rejects.toMatchObject({ code: 'CHECKPOINT_STORAGE' });
  });
});
