/**
 * What is answered about bundles, and what is taken beside JSON. Flink calls them jars.
 */
import * as z from 'zod/mini';
import { id } from '../rest/answers/common.js';

export const jars = () =>
  z.strictObject({
    address: z.string(),
    files: z.array(z.strictObject({ id: z.string(), name: z.string(), uploaded: z.number(), entry: z.array(z.strictObject({ name: z.string(), description: z.nullable(z.string()) })) })),
  });

export const jarUploaded = () => z.strictObject({ filename: z.string(), status: z.literal('success') });

export const jarRun = () => z.strictObject({ jobid: id() });

/** `out` and `log` are the files to which what the job prints, and what is said of it, goes. */
export const jobSubmitted = () => z.strictObject({ jobUrl: z.string(), out: z.string(), log: z.string() });

/** The body counts more, as in Flink. */
export const runQuery = () =>
  z.object({
    'entry-class': z.optional(z.string()), parallelism: z.optional(z.string()), programArg: z.optional(z.string()), 'program-args': z.optional(z.string()),
    savepointPath: z.optional(z.string()), allowNonRestoredState: z.optional(z.string()),
  });

export const uploadForm = () => z.object({ jarfile: z.file() });

export const submitForm = () => z.object({ bundle: z.file(), request: z.string() });
