/**
 * Gives finished part files their names (Flink: `FileCommitter`). Renaming is atomic: a reader sees a whole file or none.
 */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import type { CommitRequest, Committer } from '../../operators/sink.js';
import { syncFolder } from '../file/sync-folder.js';
import { unwritable } from '../file/unwritable.js';
import type { PendingFile } from './part-files.js';

export class FileCommitter implements Committer<PendingFile> {
  constructor(private readonly folder: string) {}

  commit(requests: readonly CommitRequest<PendingFile>[]): void {
    const folders = new Set<string>();
    const replaced: string[] = [];
    for (const request of requests) {
      const { pending, final, size, upload, replaces = [] } = request.getCommittable();
      if (upload) {
        request.signalFailedWithUnknownReason(elsewhere(final, this.folder));
        continue;
      }
      const target = join(this.folder, final);
      if (this.rename(join(this.folder, pending), target)) folders.add(dirname(target));
      else if (statSync(target, { throwIfNoEntry: false })?.size === size) request.signalAlreadyCommitted();
      else {
        request.signalFailedWithUnknownReason(lost(join(this.folder, pending), target));
        continue;
      }
      replaced.push(...replaces);
    }
    for (const folder of folders) syncFolder(folder);
    // What is in a file that can be seen, and will be after a loss of power, is needed no more.
    for (const path of replaced) rmSync(join(this.folder, path), { force: true });
  }

  /** False when there is no file to rename. */
  private rename(pending: string, target: string): boolean {
    if (!existsSync(pending)) return false;
    try {
      renameSync(pending, target);
    } catch (cause) {
      throw unwritable(target, cause);
    }
    return true;
  }
}

function elsewhere(final: string, folder: string): FlinkError {
  return new FlinkError('STATE_INCOMPATIBLE', `the snapshot is of a sink that wrote to S3: ${final} cannot be finished in ${folder}`, { hint: 'Give the sink another uid.' });
}

function lost(pending: string, target: string): FlinkError {
  return new FlinkError('OUTPUT_UNWRITABLE', `Cannot finish ${target}: neither it nor the file ${pending}, which was to become it, is there`, {
    hint: 'Somebody removed or moved it. Its records are in the input before the checkpoint: go on from an earlier snapshot to write them again.',
  });
}
