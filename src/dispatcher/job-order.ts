/**
 * What the Dispatcher and a job's process say to each other, and what a client submits. Loaded by both sides; checked
 * where it arrives.
 */
import * as z from 'zod/mini';

const hexId = z.string().check(z.regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits'));

/** What somebody submits beside the bundle. */
export const jobSubmission = z.object({
  /** Chosen by the client so that submitting twice has no second effect. */
  jobId: z.optional(hexId),
  /** What the program finds in `process.argv[1]`. */
  jobFile: z.string(),
  programArgs: z.array(z.string()),
  /** Export to call. */
  entry: z.optional(z.string()),
  /** By key; values as they may stand in config.yaml. */
  configuration: z.record(z.string(), z.unknown()),
  /** What relative paths in the bundle's source map are relative to. */
  sourceFolder: z.optional(z.string()),
  /** Where the job runs, so that its relative paths mean what they mean to who submits it. */
  folder: z.optional(z.string()),
});
export type JobSubmission = z.infer<typeof jobSubmission>;

const bounds = z.object({ lowerBound: z.int().check(z.positive()), upperBound: z.int().check(z.positive()) });
const requirements = z.record(z.string(), bounds);

/** Between which bounds the parallelism of the vertices of a job may be, and with how many slots it ran last. */
export const rememberedRequirements = z.object({ requirements, slots: z.int().check(z.positive()) });

/** The first message to a job's process. */
export const jobOrder = z.object({
  ...jobSubmission.shape,
  jobId: hexId,
  /** Path of the bundle. */
  bundle: z.string(),
  /** Folder for the process' own folder; the user's by default. */
  parent: z.optional(z.string()),
  /** Whether it goes on from the newest checkpoint of this very job, if there is one. */
  recover: z.boolean(),
  /** Folder that tells which jobs of the program have ended: written to before anything of such a job is deleted. */
  endedJobs: z.optional(z.string()),
  /** Folder that tells of ended jobs, where nobody else keeps them. */
  archive: z.optional(z.string()),
  /** Folder of its log and its output, whose names begin with the job's id. */
  logFolder: z.optional(z.string()),
  /** `plan`: build the graph, say the plan, run nothing. */
  purpose: z.enum(['run', 'plan']),
  /** Whether the process ends when whoever started it has gone. */
  diesWithParent: z.boolean(),
  /** What says until when it may run, where another cluster may have its jobs after that. */
  lease: z.optional(z.object({ path: z.string(), lookMs: z.number() })),
  /** By job id, of jobs that were to have another parallelism than their program says. */
  rescaled: z.optional(z.record(z.string(), rememberedRequirements)),
});
export type JobOrder = z.infer<typeof jobOrder>;

export const serializedError = z.looseObject({ name: z.string(), message: z.string() });

const overview = z.object({
  jid: hexId, name: z.string(), state: z.enum(['INITIALIZING', 'CREATED', 'RUNNING', 'FAILING', 'FAILED', 'CANCELLING', 'CANCELED', 'FINISHED', 'RESTARTING', 'SUSPENDED', 'RECONCILING']),
  'start-time': z.number(), 'end-time': z.number(), duration: z.number(), 'last-modification': z.number(), tasks: z.record(z.string(), z.number()),
  jobType: z.enum(['STREAMING', 'BATCH']),
});

/** Of what is kept of ended jobs. Another one is needed when versions of the engine before would misunderstand it. */
export const ARCHIVE_VERSION = 1;

/** An ended job: its entry of `/jobs/overview`, and what its REST paths answered last, by path. */
export const archivedJob = z.object({ overview, answers: z.record(z.string(), z.unknown()), version: z.optional(z.literal(ARCHIVE_VERSION)) });
export type ArchivedJob = z.infer<typeof archivedJob>;

/** From a job's process. */
export const fromJobProcess = z.discriminatedUnion('type', [
  /** It can be asked at this socket. */
  z.object({ type: z.literal('listening'), socket: z.string() }),
  /** A job has been built and waits for slots. */
  z.object({
    type: z.literal('slots-needed'), jobId: hexId, name: z.string(), slots: z.number(),
    /** What its configuration says of restarts and checkpoints, by key. */
    lossSettings: z.record(z.string(), z.unknown()),
  }),
  z.object({ type: z.literal('submitted'), jobId: hexId }),
  /** A job that runs has a use for so many slots; `slots-extended` answers. */
  z.object({ type: z.literal('slots-wanted'), jobId: hexId, most: z.int().check(z.positive()) }),
  /** It has no use for more than these. */
  z.object({ type: z.literal('slots-kept'), jobId: hexId, slots: z.int().check(z.positive()) }),
  /** What is required of a job's parallelism from now on; `requirements-kept` or `requirements-lost` answers. */
  z.object({ type: z.literal('requirements'), jobId: hexId, requirements, slots: z.int().check(z.positive()) }),
  z.object({ type: z.literal('ended'), jobId: hexId, archived: archivedJob }),
  /** The job was given up, for a cluster after this one to go on with. */
  z.object({ type: z.literal('suspended'), jobId: hexId }),
  /** The program and all its jobs have ended. */
  z.object({ type: z.literal('program-ended') }),
  /** The program ended without a job of its own having started. */
  z.object({ type: z.literal('refused'), error: serializedError }),
  z.object({ type: z.literal('planned'), plan: z.unknown() }),
]);
export type FromJobProcess = z.infer<typeof fromJobProcess>;

/** To a job's process, after its order. */
export const toJobProcess = z.discriminatedUnion('type', [
  z.object({ type: z.literal('slots-granted'), jobId: hexId }),
  z.object({ type: z.literal('slots-refused'), jobId: hexId, error: serializedError }),
  z.object({ type: z.literal('slots-extended'), jobId: hexId, slots: z.number() }),
  z.object({ type: z.literal('requirements-kept'), jobId: hexId }),
  z.object({ type: z.literal('requirements-lost'), jobId: hexId, error: serializedError }),
  /** The cluster ends, and another one is to go on with the program's jobs: the process is to end by itself. */
  z.object({ type: z.literal('suspend') }),
]);
export type ToJobProcess = z.infer<typeof toJobProcess>;
