/** Part files on this machine: under a name that begins with a dot until they are committed. */
import { join } from 'node:path';
import { FlinkError } from '../../core/errors.js';
import { PartFile } from './part-file.js';
import type { PartFiles } from './part-files.js';

export function localPartFiles(folder: string): PartFiles {
  return {
    create: ({ pending }) => PartFile.create(join(folder, pending)),
    resume({ pending, length, unfinished }) {
      if (!unfinished) return PartFile.resume(join(folder, pending), length);
      throw new FlinkError('STATE_INCOMPATIBLE', `the snapshot is of a sink that wrote to S3, and ${pending} goes on there: it cannot go on in ${folder}`, { hint: 'Give the sink another uid.' });
    },
  };
}
