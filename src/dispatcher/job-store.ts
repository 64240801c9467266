/**
 * What a session cluster remembers of the jobs it is to go on with (Flink: `JobGraphStore`, `JobResultStore`).
 *
 * Invariants:
 * - A job is in the store before it may write anything, and until its end is in the archive.
 * - One cluster at a time: the database of another one that runs cannot be opened.
 * - A program with several jobs is in the store until the last one has ended; those that have are told of beside it.
 * - What this version cannot read it refuses, naming it: a job that is passed over would be lost.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Level } from 'level';
import * as z from 'zod/mini';
import { localFiles } from '../checkpoint/local-files.js';
import { FlinkError } from '../core/errors.js';
import { EndedJobs, readEnd, type RecordedEnd } from './ended-jobs.js';
import { jobSubmission, rememberedRequirements } from './job-order.js';
import type { LeaseWatch } from './lease-file.js';

/** Of the entries. Another one is needed when versions of the engine before would misunderstand them. */
const VERSION = 1;
/** Where the version stands; ids of jobs are hexadecimal. */
const VERSION_KEY = 'version';

export const storedJob = z.object({
  submission: z.object({ ...jobSubmission.shape, jobId: z.string() }),
  name: z.string(),
  /** Epoch milliseconds. */
  startTime: z.number(),
  /** Of the process that runs it, or ran it last. */
  process: z.object({ pid: z.number(), socket: z.string() }),
  /** What is to be done when its process is lost. */
  lossSettings: z.optional(z.record(z.string(), z.unknown())),
  /** By job id, of jobs that were to have another parallelism than their program says. */
  rescaled: z.optional(z.record(z.string(), rememberedRequirements)),
});
export type StoredJob = z.infer<typeof storedJob>;

export interface JobStore {
  /** Where the bundles of jobs lie that are, or may come, in the store. */
  readonly bundles: string;
  /** Where checkpoints go when the job says nothing about it; undefined: nowhere. */
  readonly checkpoints: string | undefined;
  /** Where another cluster may take the store over without this one knowing: what the processes of its jobs have to watch. */
  readonly lease?: LeaseWatch | undefined;
  /** Whether this cluster still has it. Absent: nobody takes it over as long as this process is there. */
  readonly held?: boolean;
  put(job: StoredJob): Promise<void>;
  /** Forgets the program, and how its jobs ended. */
  delete(jobId: string): Promise<void>;
  all(): Promise<readonly StoredJob[]>;
  /** The folder in which the process of the program is to say how its jobs ended. */
  endedFolder(jobId: string): string;
  /** What is there of it. Rejects with JOB_STORE when it cannot be read. */
  ended(jobId: string): Promise<EndedProgram>;
  close(): Promise<void>;
}

/** How far a program had come that was stored. */
export interface EndedProgram {
  readonly jobs: readonly RecordedEnd[];
  /** Nothing of it is to run again. */
  readonly over: boolean;
}

/** Remembers what a program needs that runs once more because its process was lost, and nothing beyond the cluster's own end. */
export function noJobStore(folder: string): JobStore {
  mkdirSync(folder, { recursive: true });
  const endedFolder = (jobId: string): string => join(folder, `${jobId}.ended`);
  return {
    bundles: folder, checkpoints: undefined,
    put: () => Promise.resolve(), all: () => Promise.resolve([]), close: () => Promise.resolve(),
    delete: (jobId) => new EndedJobs(endedFolder(jobId), localFiles).delete(),
    endedFolder, ended: () => Promise.resolve({ jobs: [], over: false }),
  };
}

/** Rejects with JOB_STORE when the folder cannot be used, or another cluster uses it. */
export async function openJobStore(folder: string): Promise<JobStore> {
  const database = await opened(join(folder, 'jobs'));
  await checkVersion(database, folder);
  const [bundles, results] = [join(folder, 'bundles'), join(folder, 'results')];
  for (const needed of [bundles, results]) mkdirSync(needed, { recursive: true, mode: 0o700 });
  const endedFolder = (jobId: string): string => join(results, jobId);
  /** Of a program's only job, as the first version wrote it. */
  const endedFile = (jobId: string): string => join(results, `${jobId}.json`);
  return {
    bundles,
    checkpoints: join(folder, 'checkpoints'),
    put: (job) => guarded(() => database.put(job.submission.jobId, job, { sync: true } as object)),
    async delete(jobId) {
      await guarded(() => database.del(jobId, { sync: true } as object));
      await new EndedJobs(endedFolder(jobId), localFiles).delete();
      rmSync(endedFile(jobId), { force: true });
    },
    all: async () => {
      const entries = await guarded(() => database.iterator().all());
      return entries.filter(([key]) => key !== VERSION_KEY).map(([jobId, value]) => readable(storedJob, value, `job ${jobId}`));
    },
    endedFolder,
    async ended(jobId) {
      if (existsSync(endedFile(jobId))) return { jobs: [await readEnd(localFiles, endedFile(jobId))], over: true };
      const ended = new EndedJobs(endedFolder(jobId), localFiles);
      return { jobs: await ended.all(), over: await ended.isOver() };
    },
    close: () => database.close(),
  };
}

async function opened(folder: string): Promise<Level<string, unknown>> {
  const { Level: Database } = await import('level');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const database = new Database<string, unknown>(folder, { valueEncoding: 'json' });
    await database.open();
    return database;
  } catch (error) {
    const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
    const why = cause?.code === 'LEVEL_LOCKED' ? 'another session cluster uses it' : (cause?.message ?? (error as Error).message);
    throw new FlinkError('JOB_STORE', `the job store in ${folder} cannot be opened: ${why}`, { cause: error });
  }
}

/** A store without a version is new, or of the first one. */
async function checkVersion(database: Level<string, unknown>, folder: string): Promise<void> {
  try {
    const version = await guarded(() => database.get(VERSION_KEY));
    if (version === VERSION) return;
    if (version !== undefined) {
      throw new FlinkError('JOB_STORE', `the job store in ${folder} has version ${JSON.stringify(version)}, this engine reads version ${VERSION}`, {
        hint: 'Start the cluster with the version of flink-ts that wrote it, or one after that, or name another high-availability.storageDir.',
      });
    }
    await guarded(() => database.put(VERSION_KEY, VERSION, { sync: true } as object));
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Throws JOB_STORE when it is not of this form. */
export function readable<T extends z.ZodMiniType>(schema: T, value: unknown, what: string): z.infer<T> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new FlinkError('JOB_STORE', `what the job store holds of ${what} is not as this engine writes it: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Rejects with JOB_STORE, whatever was wrong. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new FlinkError('JOB_STORE', `the job store cannot be used: ${(cause as Error).message}`, { cause });
  }
}
