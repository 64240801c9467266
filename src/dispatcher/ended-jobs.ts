/**
 * How the jobs of one program have ended (Flink: `JobResultStore`): a file for each, in a folder of the program's, for the
 * program that runs once more after its process or its cluster has gone.
 *
 * Invariants:
 * - A file is on the disk, whole, before anything of its job is deleted that the job could go on from.
 * - A job that is here has ended, and is not run again; of a program that is over nothing is.
 */
import { deserialize, serialize } from 'node:v8';
import * as z from 'zod/mini';
import type { FileStore } from '../checkpoint/file-store.js';
import type { EndedJob } from '../cluster/messages.js';
import { FlinkError, type SerializedError } from '../core/errors.js';
import { archivedJob, serializedError } from './job-order.js';
import { readWhole, writeWhole } from './whole-files.js';

const recordedEnd = z.object({
  ...archivedJob.shape,
  /** What the program learns of it. The first version of the store has none. */
  ended: z.optional(z.object({
    netRuntimeMs: z.number(),
    /** As Node's `v8` writes them, in base64: values of user functions are more than JSON has. */
    accumulators: z.string(),
    error: z.optional(serializedError),
  })),
});
export type RecordedEnd = z.infer<typeof recordedEnd>;

const OVER = 'over';

export class EndedJobs {
  /** @param folder a path, or `s3://…`. */
  constructor(private readonly folder: string, private readonly files: FileStore) {}

  /** Rejects with CHECKPOINT_STORAGE. */
  record({ overview, answers }: Pick<RecordedEnd, 'overview' | 'answers'>, { netRuntimeMs, accumulators, error }: EndedJob): Promise<void> {
    const ended = { netRuntimeMs, accumulators: serialize(accumulators).toString('base64'), ...(error ? { error: { ...error } } : {}) };
    return this.write(`${overview.jid}.json`, JSON.stringify({ overview, answers, ended } satisfies RecordedEnd));
  }

  /** The program has ended, not only its jobs so far. */
  recordOver(): Promise<void> {
    return this.write(OVER, 'over');
  }

  async isOver(): Promise<boolean> {
    return (await this.files.size(`${this.folder}/${OVER}`)) !== undefined;
  }

  /** Rejects with JOB_STORE what cannot be read: a job that is taken for one that has not ended would run again. */
  async all(): Promise<readonly RecordedEnd[]> {
    const names = await this.files.list(this.folder);
    return Promise.all(names.filter((name) => /^[0-9a-f]{32}\.json$/.test(name)).map((name) => readEnd(this.files, `${this.folder}/${name}`)));
  }

  /** What the program learns of its jobs that have ended, by id. */
  async learned(): Promise<ReadonlyMap<string, EndedJob>> {
    return new Map((await this.all()).map((record) => [record.overview.jid, endedJob(record)]));
  }

  delete(): Promise<void> {
    return this.files.remove(this.folder);
  }

  private write(name: string, text: string): Promise<void> {
    return writeWhole(this.files, `${this.folder}/${name}`, Buffer.from(text));
  }
}

function endedJob({ overview: { jid, name, duration }, ended }: RecordedEnd): EndedJob {
  const error = ended?.error as SerializedError | undefined;
  return {
    jobId: jid, jobName: name, netRuntimeMs: ended?.netRuntimeMs ?? duration,
    accumulators: ended ? (deserialize(Buffer.from(ended.accumulators, 'base64')) as EndedJob['accumulators']) : {},
    ...(error ? { error } : {}),
  };
}

/** Rejects with JOB_STORE when the file is not what `EndedJobs` writes. */
export async function readEnd(files: FileStore, path: string): Promise<RecordedEnd> {
  const text = (await readWhole(files, path))?.toString('utf8') ?? '';
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new FlinkError('JOB_STORE', `${path}, which says how a job ended, is not JSON: ${(cause as Error).message}`, { cause });
  }
  const read = recordedEnd.safeParse(document);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new FlinkError('JOB_STORE', `what the job store holds of the end of a job (${path}) is not as this engine writes it: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
