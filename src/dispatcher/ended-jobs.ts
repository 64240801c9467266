/**
 * How the jobs of one program have ended (Flink: `JobResultStore`): a file for each, in a folder of the program's, for the
 * program that runs once more after its process or its cluster has gone.
 *
 * Invariants:
 * - A file is on the disk, whole, before anything of its job is deleted that the job could go on from.
 * - A job that is here has ended, and is not run again; of a program that is over nothing is.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import * as z from 'zod/mini';
import type { EndedJob } from '../cluster/messages.js';
import { FlinkError, type SerializedError } from '../core/errors.js';
import { archivedJob, serializedError } from './job-order.js';

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
  constructor(private readonly folder: string) {}

  /** Throws what the file system says. */
  record({ overview, answers }: Pick<RecordedEnd, 'overview' | 'answers'>, { netRuntimeMs, accumulators, error }: EndedJob): void {
    const ended = { netRuntimeMs, accumulators: serialize(accumulators).toString('base64'), ...(error ? { error: { ...error } } : {}) };
    this.write(`${overview.jid}.json`, JSON.stringify({ overview, answers, ended } satisfies RecordedEnd));
  }

  /** The program has ended, not only its jobs so far. */
  recordOver(): void {
    this.write(OVER, '');
  }

  get isOver(): boolean {
    return existsSync(join(this.folder, OVER));
  }

  /** Rejects with JOB_STORE what cannot be read: a job that is taken for one that has not ended would run again. */
  all(): readonly RecordedEnd[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder).filter((name) => /^[0-9a-f]{32}\.json$/.test(name)).map((name) => readEnd(join(this.folder, name)));
  }

  /** What the program learns of a job of its that has ended; undefined when it has not. */
  of(jobId: string): EndedJob | undefined {
    const path = join(this.folder, `${jobId}.json`);
    if (!existsSync(path)) return undefined;
    const { overview: { name, duration }, ended } = readEnd(path);
    const error = ended?.error as SerializedError | undefined;
    return {
      jobId, jobName: name, netRuntimeMs: ended?.netRuntimeMs ?? duration,
      accumulators: ended ? (deserialize(Buffer.from(ended.accumulators, 'base64')) as EndedJob['accumulators']) : {},
      ...(error ? { error } : {}),
    };
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private write(name: string, text: string): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const path = join(this.folder, name);
    const file = openSync(`${path}.new`, 'w', 0o600);
    writeSync(file, text);
    fsyncSync(file);
    closeSync(file);
    renameSync(`${path}.new`, path);
  }
}

/** Throws JOB_STORE when the file is not what `EndedJobs` writes. */
export function readEnd(path: string): RecordedEnd {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new FlinkError('JOB_STORE', `${path}, which says how a job ended, is not JSON: ${(cause as Error).message}`, { cause });
  }
  const read = recordedEnd.safeParse(document);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new FlinkError('JOB_STORE', `what the job store holds of the end of a job (${path}) is not as this engine writes it: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
