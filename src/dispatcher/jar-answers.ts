/**
 * What is answered about bundles, and what is taken beside JSON. Flink calls them jars.
 */
import * as z from 'zod/mini';
import { id } from '../rest/answers/common.js';
import { described } from '../rest/described.js';

export const jars = () =>
  z.strictObject({
    address: z.string(),
    files: z.array(z.strictObject({ id: z.string(), name: z.string(), uploaded: z.int(), entry: z.array(z.strictObject({ name: z.string(), description: z.nullable(z.string()) })) })),
  });

export const jarUploaded = () => z.strictObject({ filename: z.string(), status: z.literal('success') });

export const jarRun = () => z.strictObject({ jobid: id() });

/** `out` and `log` are the files to which what the job prints, and what is said of it, goes. */
export const jobSubmitted = () => z.strictObject({ jobUrl: z.string(), out: z.string(), log: z.string() });

/** The body counts more, as in Flink. */
export const runQuery = () =>
  z.object({
    'entry-class': z.optional(z.string()), parallelism: z.optional(described(z.string(), { type: 'integer' })), programArg: z.optional(z.string()), 'program-args': z.optional(z.string()),
    savepointPath: z.optional(z.string()), allowNonRestoredState: z.optional(described(z.string(), { type: 'boolean' })),
  });

export const uploadForm = () => z.object({ jarfile: z.file() });

export const submitForm = () => z.object({ bundle: z.file(), request: z.string() });
